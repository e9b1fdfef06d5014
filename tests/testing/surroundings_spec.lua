local t = require("sluice.test")

local path = "tests/testing/app.lua"

describe("an app", function()
  it("is started before it is asked", function()
    assert.is_true(t.app(path):get("/started"):json().started)
  end)

  it("is loaded afresh, with its modules", function()
    local app = t.app(path)
    assert.are.equal("1", app:get("/count").body)
    assert.are.equal("2", app:get("/count").body)
    assert.are.equal("1", t.app(path):get("/count").body)
  end)

  it("gets modules that a spec puts in the place of others", function()
    local fake = {
      next = function()
        return 42
      end,
    }
    assert.are.equal("42", t.app(path, { modules = { counter = fake } }):get("/count").body)
    assert.are.equal("1", t.app(path):get("/count").body)
  end)

  it("gets variables of the environment that a spec sets", function()
    local app = t.app(path, { env = { PLACE = "here", HOME = false } })
    assert.are.equal("here", app:get("/env/PLACE").body)
    assert.are.equal("not set", app:get("/env/HOME").body)
    assert.are.equal("not set", t.app(path):get("/env/PLACE").body)
  end)

  it("calls what is to be called when it ends", function()
    local folder = t.folder()
    local file = assert(io.open(folder .. "/app.lua", "w"))
    file:write([[
      local sluice = require("sluice")
      local app = sluice.new()
      app:on_stop(function()
        sluice.sleep(1000)
        stopped = true
      end)
      return app
    ]])
    file:close()
    t.app(folder .. "/app.lua"):close()
    assert.is_true(rawget(_G, "stopped"))
  end)

  it("is closed when another one is opened", function()
    local first = t.app(path)
    t.app(path)
    assert.has_error(function()
      first:get("/started")
    end, "this app is closed; load it again with t.app")
  end)

  it("says so when it does not load, and leaves nothing behind", function()
    t.app(path):close()
    local before = package.path
    local ok, why = pcall(t.app, "tests/testing/missing.lua")
    assert.is_false(ok)
    assert.truthy(why:find("the app does not load: cannot open tests/testing/missing.lua", 1, true))
    assert.are.equal(before, package.path)
  end)

  it("finds fixtures beside the spec", function()
    assert.are.equal("a fixture\n", t.fixture("note.txt"))
    assert.has_error(function()
      t.fixture("missing.txt")
    end)
  end)
end)
