local fake = require("fake")

describe("heartbeats", function()
  local Response, host

  before_each(function()
    Response, host = fake.load("sluice.sse")
    host.spawn_for = function(_, _, fn)
      table.insert(host.spawned, fn)
    end
    fake.answers = {}
  end)

  local function open(options)
    local stream = Response.new(nil, 7):sse(options)
    fake.calls = {}
    return stream
  end

  local function written()
    local list = {}
    for i, call in ipairs(fake.calls) do
      list[i] = call[1].text
    end
    return list
  end

  it("share one coroutine for each interval", function()
    open()
    open()
    open({ heartbeat = 30 })
    open({ heartbeat = 30 })
    open({ heartbeat = false })
    assert.equal(2, #host.spawned)
  end)

  it("go to streams that were silent, and not to those that send", function()
    local stream = open()
    local resume = fake.task(host.spawned[1])
    assert.same({ "waits", host.SLEEP, 7500 }, { resume() })
    resume(0)
    assert.same({}, written()) -- opening it was no silence
    resume(0)
    assert.same({ ":\n\n" }, written())
    resume(0)
    assert.equal(1, #fake.calls)
    resume(0)
    assert.equal(2, #fake.calls)
    fake.calls[2] = nil
    stream:event({ data = "x" })
    resume(0)
    assert.equal(2, #fake.calls)
    fake.pending = 1 -- a client that does not keep up
    resume(0)
    resume(0)
    assert.equal(2, #fake.calls)
    fake.pending = 0
    resume(0)
    assert.equal(3, #fake.calls)
  end)

  it("end with the last stream, and begin again", function()
    open()
    local resume = fake.task(host.spawned[1])
    resume()
    resume(0)
    fake.answers = { -2 } -- the client has left
    assert.equal("done", (resume(0)))
    open()
    assert.equal(2, #host.spawned)
  end)

  it("begin again when their coroutine was ended by others", function()
    open()
    host.now = function()
      return 1000 + 15000 + 60001
    end
    open()
    assert.equal(2, #host.spawned)
  end)

  it("are asked for with a number of seconds", function()
    for _, seconds in ipairs({ 0, -1, 0.01, 1e9, 0 / 0 }) do
      local ok, err = pcall(function()
        open({ heartbeat = seconds })
      end)
      assert.is_false(ok)
      assert.matches("sse_spec.lua:%d+: bad argument #1 to 'sse' %(heartbeat: ", err)
    end
  end)
end)
