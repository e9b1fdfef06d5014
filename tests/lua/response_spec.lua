local fake = require("fake")
local ffi = require("ffi")
local C = ffi.C

local MORE, ASYNC = C.SL_MORE_DATA, C.SL_ASYNC

describe("a response", function()
  local Response, host, res

  before_each(function()
    Response, host = fake.load("sluice.interfaces")
    res = Response.new(nil, 7)
  end)

  it("copies a short text and lends a long one", function()
    assert.equal(5, res:write("short"))
    assert.equal(16, res:write("long enough, now"))
    local short, long = fake.calls[1][1], fake.calls[2][1]
    assert.same({ C.SL_CHUNK_MEMORY, "short", 0 }, { short.kind, short.text, short.anchor })
    assert.equal(C.SL_CHUNK_BORROWED, long.kind)
    assert.equal("long enough, now", host.anchors[long.anchor])
    assert.equal(7, fake.calls[1].generation)
  end)

  it("joins a few texts and numbers, and sends many as they are", function()
    assert.equal(6, res:write("a", 1, "b", 2.5))
    assert.equal("a1b2.5", fake.calls[1][1].text)
    assert.equal(5, res:write("a", "b", "c", "d", "e"))
    assert.equal(5, #fake.calls[2])
    assert.equal(14, res:write("a", "bcdefghijklm", 1))
    assert.equal(3, #fake.calls[3])
  end)

  it("says that a method wants a colon", function()
    for _, name in ipairs({ "write", "WriteEntityChunks" }) do
      local ok, why = pcall(function()
        res[name]("text")
      end)
      assert.is_false(ok)
      assert.matches("response_spec.lua:%d+: called with a dot: write res:" .. name, why)
    end
  end)

  it("suspends a write to a full response until there is room", function()
    fake.answers = { C.SL_EAGAIN, C.SL_EAGAIN, C.SL_OK }
    local resume = fake.task(function()
      return res:write("slow")
    end)
    assert.same({ "waits", host.ROOM }, { resume() })
    assert.same({ "done", 4 }, { resume(0) })
    assert.equal(1, host.left)
    assert.is_false(res.line)
  end)

  it("waits one turn when its share of this turn is used up", function()
    fake.answers = { C.SL_EAGAIN, C.SL_EAGAIN }
    host.quota_spent = function()
      return true
    end
    local resume = fake.task(function()
      return res:write("a", "b")
    end)
    assert.same({ "waits", host.TURN }, { resume() })
    assert.same({ "done", 2 }, { resume(0) })
  end)

  it("stands behind those who wait already", function()
    rawset(res, "line", true)
    host.line_enter = function()
      return false
    end
    local resume = fake.task(function()
      return res:write("x")
    end)
    assert.same({ "waits", host.ROOM }, { resume() })
    assert.equal(0, #fake.calls)
    assert.same({ "done", 1 }, { resume(0) })
  end)

  it("gives the slot of a lent text back when it was not taken", function()
    fake.answers = { C.SL_EABORTED }
    assert.same({ nil, "aborted" }, { res:write("long enough, now") })
    res:write("another long text")
    assert.equal(1, fake.calls[2][1].anchor)
  end)

  it("raises a cancel at the wait, and leaves the line", function()
    fake.answers = { C.SL_EAGAIN, C.SL_EAGAIN }
    local resume = fake.task(function()
      return res:write("x")
    end)
    resume()
    assert.same({ "failed", "cancelled" }, { resume(C.SL_ECANCELLED) })
    assert.equal(1, host.left)
  end)

  it("ends the wait of a write when its time is up", function()
    fake.answers = { C.SL_EAGAIN, C.SL_EAGAIN }
    local resume = fake.task(function()
      return res:WriteEntityChunks("x", false, true, nil, { timeout = 20 })
    end)
    assert.same({ "waits", host.ROOM, 20 }, { resume() })
    assert.same({ "done", nil, "timed_out" }, { resume(C.SL_ETIMEDOUT) })
  end)

  it("says that it cannot wait while the app is loading", function()
    fake.answers = { C.SL_EAGAIN, C.SL_EAGAIN }
    host.in_task = function()
      return false
    end
    local ok, err = pcall(function()
      res:write("x")
    end)
    assert.is_false(ok)
    assert.matches("response_spec.lua:%d+: cannot wait here", err)
    assert.equal(1, host.left)
  end)

  it("passes the flags of each way to call", function()
    res:WriteEntityChunks("x")
    res:WriteEntityChunks("x", false, false)
    res:WriteEntityChunks("x", true)
    local options = { no_wait = true, always_post = true, timeout = 5 }
    res:WriteEntityChunks("x", true, false, nil, options)
    local flags = {}
    for i, call in ipairs(fake.calls) do
      flags[i] = call.flags
    end
    local async = ASYNC + C.SL_IN_TURN
    assert.same({
      MORE + C.SL_AT_MARK,
      C.SL_AT_MARK,
      MORE + async,
      async + C.SL_NO_WAIT + C.SL_ALWAYS_POST,
    }, flags)
    assert.equal(5, fake.calls[4].timeout)
  end)

  it("returns an operation and whether a completion will come", function()
    fake.answers = { C.SL_PENDING, C.SL_OK }
    local op, expected = res:WriteEntityChunks("abc", true)
    assert.same({ 1, 3, true }, { op.id, op.bytes, expected })
    op, expected = res:WriteEntityChunks("abcd", true)
    assert.is_false(expected)
    assert.same({ 4, "write" }, { op:GetCompletedOperation() })
  end)

  it("takes nothing at the hard limit when it must not wait", function()
    fake.answers = { C.SL_EAGAIN, C.SL_EAGAIN }
    local op, err = res:WriteEntityChunks("x", true, true, nil, { no_wait = true })
    assert.same({ nil, "full" }, { op, err })
  end)

  it("calls back in a coroutine of its own, and never inline", function()
    local seen = {}
    local function callback(done)
      seen[#seen + 1] = { done:GetCompletionBytes(), done:GetCompletionStatus() }
    end
    fake.answers = { C.SL_OK, C.SL_PENDING }
    res:WriteEntityChunks("x", true, true, callback)
    res:WriteEntityChunks("xy", true, true, callback)
    assert.equal(1, #host.spawned)
    assert.equal(C.SL_BY_ID, bit.band(fake.calls[1].flags, C.SL_BY_ID))
    assert.same({}, seen)
    fake.completions[2] = { status = 0, bytes = 2 }
    host.spawned[1]()
    assert.same({ { 2, "ok" } }, seen)
  end)

  it("waits for a flush to be sent", function()
    fake.answers = { C.SL_PENDING }
    local resume = fake.task(function()
      return res:Flush()
    end)
    assert.same({ "waits", host.COMPLETION, nil, 7, 1 }, { resume() })
    fake.completions[1] = { status = C.SL_EABORTED, bytes = 0 }
    assert.same({ "done", nil, "aborted" }, { resume(0) })
  end)

  it("names the method and the argument in an error", function()
    for _, wrong in ipairs({ true, print, newproxy() }) do
      local ok, err = pcall(function()
        res:write("x", wrong)
      end)
      assert.is_false(ok)
      assert.matches("response_spec.lua:%d+: bad argument #1 to 'write' %(chunk expected", err)
    end
    local ok, err = pcall(function()
      res:write(nil)
    end)
    assert.is_false(ok)
    assert.matches("got nil", err)
    ok, err = pcall(function()
      res:WriteEntityChunks({ "a", { print } })
    end)
    assert.is_false(ok)
    assert.matches("'WriteEntityChunks' %(chunk expected, got function%)", err)
    ok, err = pcall(function()
      res:WriteEntityChunks("x", true, true, "no function")
    end)
    assert.is_false(ok)
    assert.matches("spec.lua:%d+: bad argument #4 to 'WriteEntityChunks' %(function exp", err)
    ok, err = pcall(function()
      res:Flush(true, true, nil, { timeout = "10" })
    end)
    assert.is_false(ok)
    assert.matches("bad argument #4 to 'Flush' %(a timeout in milliseconds expected", err)
    assert.equal(0, #fake.calls)
  end)
end)
