local t = require("sluice.test")

describe("a failure of the app", function()
  local app

  before_each(function()
    app = t.app("tests/testing/app.lua")
  end)

  local function error_of(fn)
    local ok, err = pcall(fn)
    assert.is_false(ok)
    return err
  end

  it("fails the spec, with its traceback and the line of the spec", function()
    local err = error_of(function()
      app:get("/error")
    end)
    assert.truthy(err:find("^tests/testing/failures_spec.lua:%d+: the app failed in GET /error: "))
    assert.truthy(err:find("attempt to index field 'missing'", 1, true))
    assert.truthy(err:find("\n\ttests/testing/app.lua:%d+: in "))
  end)

  it("fails one spec, and not the next", function()
    error_of(function()
      app:get("/error")
    end)
    assert.are.equal(200, app:get("/hello/you").status)
  end)

  it("is an answer where that is wanted", function()
    assert.are.equal(500, app:get("/error", { raise = false }).status)
    app = t.app("tests/testing/app.lua", { raise = false })
    assert.are.equal(500, app:get("/error").status)
    local last = app:log()[#app:log()]
    assert.are.equal("error", last.level)
  end)

  it("is found in the background, too", function()
    assert.are.equal("begun", app:get("/background").body)
    local err = error_of(function()
      app:advance(100)
    end)
    assert.truthy(err:find("in the background", 1, true))
  end)

  it("is told apart from an answer that never comes", function()
    local err = error_of(function()
      app:get("/nothing")
    end)
    assert.truthy(err:find("GET /nothing: the answer is not complete", 1, true))
    assert.truthy(err:find("\n\ttests/testing/app.lua:%d+: in "))
  end)

  it("is not caused by an app that drives itself", function()
    local inside
    app = t.app("tests/testing/app.lua", {
      modules = {
        counter = {
          next = function()
            local _, err = pcall(function()
              inside:get("/started")
            end)
            return err
          end,
        },
      },
    })
    inside = app
    assert.truthy(app:get("/count").body:find("is driven by the functions of a spec", 1, true))
    local co = coroutine.create(function()
      app:get("/started")
    end)
    assert.is_false((coroutine.resume(co)))
  end)
end)
