local fake = require("fake")
local C = require("ffi").C

describe("who waits", function()
  local host

  -- Run `fn` as task `id` until it parks: what to call with the answer.
  local function parked(id, fn)
    local resume = fake.task(fn)
    host.running = id
    local status, kind = resume()
    assert.same({ "waits", host.PARK }, { status, kind })
    return function(answer)
      host.running = id
      return resume(answer)
    end
  end

  local function at_once(fn)
    return { fake.task(fn)() }
  end

  describe("for a semaphore", function()
    local semaphore

    before_each(function()
      local Semaphore
      Semaphore, host = fake.load("sluice.semaphore")
      semaphore = Semaphore.new(1)
      assert.same(
        { "done", true },
        at_once(function()
          return semaphore:wait()
        end)
      )
    end)

    local function waiting(id, timeout)
      return parked(id, function()
        return semaphore:wait(timeout)
      end)
    end

    it("is let through in the order of the calls", function()
      local first, second = waiting(1), waiting(2)
      semaphore:post(2)
      assert.same({ 1, 2 }, host.woken)
      assert.same({ "done", true }, { first(C.SL_OK) })
      assert.same({ "done", true }, { second(C.SL_OK) })
      assert.equal(0, semaphore:count())
    end)

    it("takes nothing when it was cancelled before it was woken", function()
      local first, second = waiting(1), waiting(2)
      host.awake[1] = true
      semaphore:post()
      assert.same({ "failed", "cancelled" }, { first(C.SL_ECANCELLED) })
      assert.same({ "done", true }, { second(C.SL_OK) })
      semaphore:post()
      assert.equal(1, semaphore:count())
    end)

    it("leaves the line when its time is over", function()
      local first = waiting(1, 10)
      assert.same({ "done", nil, "timed_out" }, { first(C.SL_ETIMEDOUT) })
      semaphore:post()
      assert.same({}, host.woken)
      assert.equal(1, semaphore:count())
    end)

    it("does not wait when it asks not to", function()
      assert.same(
        { "done", nil, "timed_out" },
        at_once(function()
          return semaphore:wait(0)
        end)
      )
    end)
  end)

  describe("for a channel", function()
    local Channel

    before_each(function()
      Channel, host = fake.load("sluice.channel")
    end)

    it("gets values in the order in which they were put", function()
      local channel = Channel.new(2)
      assert.same({ true, true }, { channel:put("a"), channel:put("b") })
      local putter = parked(1, function()
        return channel:put("c")
      end)
      assert.same({ "a", "b", "c" }, { channel:get(), channel:get(), channel:get() })
      assert.same({ "done", true }, { putter(C.SL_OK) })
    end)

    it("keeps its value when it was cancelled before that was taken", function()
      local channel = Channel.new()
      local putter = parked(1, function()
        return channel:put("kept")
      end)
      host.awake[1] = true
      assert.same({ nil, "timed_out" }, { channel:get(0) })
      assert.same({ "failed", "cancelled" }, { putter(C.SL_ECANCELLED) })
    end)

    it("is passed over when it cannot take a value any more", function()
      local channel = Channel.new()
      local first = parked(1, function()
        return channel:get(10)
      end)
      local second = parked(2, function()
        return channel:get()
      end)
      host.awake[1] = true
      assert.is_true(channel:put("x"))
      assert.same({ "done", nil, "timed_out" }, { first(C.SL_ETIMEDOUT) })
      assert.same({ "done", "x" }, { second(C.SL_OK) })
    end)

    it("is told that it was closed, after what was put before", function()
      local channel = Channel.new(1)
      channel:put(false)
      channel:close()
      assert.same({ nil, "closed" }, { channel:put("late") })
      assert.is_false(channel:get())
      assert.same({ nil, "closed" }, { channel:get() })
    end)

    it("holds as much as it was made for, again and again", function()
      local channel = Channel.new(3)
      for i = 1, 1000 do
        assert.is_true(channel:put(i, 0))
        assert.is_true(channel:put(-i, 0))
        assert.equal(i, channel:get())
        assert.equal(-i, channel:get())
      end
    end)
  end)

  describe("for a callback", function()
    local await

    before_each(function()
      await, host = fake.load("sluice.await")
    end)

    it("does not wait when it was called at once", function()
      assert.same(
        { "done", 1, nil, 3 },
        at_once(function()
          return await(function(resume)
            resume(1, nil, 3)
          end)
        end)
      )
    end)

    it("gets the first call only", function()
      local kept
      local resume = parked(1, function()
        return await(function(callback)
          kept = callback
        end)
      end)
      assert.is_true(kept("first"))
      assert.is_false(kept("second"))
      assert.same({ "done", "first" }, { resume(C.SL_OK) })
      assert.same({ 1 }, host.woken)
    end)

    it("gets none when its time is over", function()
      local kept
      local resume = parked(1, function()
        return await(function(callback)
          kept = callback
        end, 10)
      end)
      assert.same({ "done", nil, "timed_out" }, { resume(C.SL_ETIMEDOUT) })
      assert.is_false(kept("late"))
      assert.same({}, host.woken)
    end)

    it("begins nothing where it cannot wait", function()
      host.in_task = function()
        return false
      end
      local begun
      assert.error_matches(function()
        await(function()
          begun = true
        end)
      end, "cannot wait here")
      assert.is_nil(begun)
    end)
  end)
end)

describe("a queue", function()
  it("gives up any of its members", function()
    local queue = fake.load("sluice.queue").new()
    local items = {}
    for i = 1, 5 do
      items[i] = { i }
      queue:push(items[i])
    end
    for _, i in ipairs({ 3, 1, 5 }) do
      queue:remove(items[i])
    end
    assert.equal(items[2], queue:pop())
    queue:push(items[3])
    assert.equal(items[4], queue:pop())
    assert.equal(items[3], queue:pop())
    assert.is_nil(queue:pop())
  end)
end)
