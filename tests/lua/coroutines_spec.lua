local fake = require("fake")

describe("a coroutine that a script made", function()
  local host, wait
  local standard = {}

  before_each(function()
    for name, value in pairs(coroutine) do
      standard[name] = value
    end
    wait, host = fake.load("sluice.wait")
    require("sluice.coroutines").install()
  end)

  after_each(function()
    local library = _G.coroutine
    for name, value in pairs(standard) do
      library[name] = value
    end
  end)

  -- The scheduler, which uses lua_resume: not the function that was replaced.
  local function task(fn)
    local co = coroutine.create(fn)
    return function(answer)
      return standard.resume(co, answer)
    end
  end

  it("waits for the server through its resumer", function()
    local resume = task(function()
      local generator = coroutine.wrap(function()
        for i = 1, 2 do
          coroutine.yield(i, wait.wait(host.SLEEP, i * 10))
        end
      end)
      local i, answer = generator()
      return i, answer, (generator())
    end)
    assert.same({ true, host.WAIT, host.SLEEP, 10 }, { resume() })
    assert.same({ true, host.WAIT, host.SLEEP, 20 }, { resume(0) })
    assert.same({ true, 1, 0, 2 }, { resume(0) })
  end)

  it("gets a cancel where it waits", function()
    local seen
    local resume = task(function()
      coroutine.wrap(function()
        local _, err = pcall(wait.wait, host.SLEEP, 10)
        seen = err
      end)()
    end)
    resume()
    resume(require("ffi").C.SL_ECANCELLED)
    assert.equal("cancelled", seen)
  end)

  it("keeps its values, its errors and its status", function()
    local co = coroutine.create(function(a, b)
      local c = coroutine.yield(a + b)
      error({ c })
    end)
    assert.same({ true, 3 }, { coroutine.resume(co, 1, 2) })
    assert.equal("suspended", coroutine.status(co))
    local ok, err = coroutine.resume(co, "x")
    assert.is_false(ok)
    assert.same({ "x" }, err)
    assert.equal("dead", coroutine.status(co))
    assert.has_error(
      coroutine.wrap(function()
        error("as it is", 0)
      end),
      "as it is"
    )
  end)

  it("cannot wait inside of a comparator, and says so", function()
    local resume = task(function()
      local ok, err = pcall(table.sort, { 2, 1 }, function()
        coroutine.wrap(function()
          wait.wait(host.SLEEP, 1)
        end)()
        return true
      end)
      return ok, err
    end)
    local _, ok, err = resume()
    assert.is_false(ok)
    assert.matches("cannot wait here", err)
  end)
end)
