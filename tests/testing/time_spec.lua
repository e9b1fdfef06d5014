local t = require("sluice.test")

describe("time", function()
  local app

  before_each(function()
    app = t.app("tests/testing/app.lua")
  end)

  it("moves to what is due when nothing else is to be done", function()
    assert.are.equal(3000, app:get("/ticks").took)
    assert.are.equal(0, app:get("/hello/you").took)
  end)

  it("moves as far as it is told", function()
    assert.are.equal(0, app:get("/started"):json().ticks)
    app:advance(979) -- its start has taken 20
    assert.are.equal(0, app:get("/started"):json().ticks)
    app:advance(1)
    assert.are.equal(1, app:get("/started"):json().ticks)
    app:advance(60000)
    assert.are.equal(61, app:get("/started"):json().ticks)
  end)

  it("is what the clocks of sluice.time say", function()
    local past = app:get("/clocks"):json()
    assert.is_near(5, past.wall, 0.001)
    assert.is_near(5, past.monotonic, 0.001)
  end)

  it("ends idle connections", function()
    local connection = app:connect()
    connection:get("/hello/you")
    app:advance(74000)
    assert.are.equal("open", connection:state())
    app:advance(2000)
    assert.are.equal("closed", connection:state())
  end)

  it("is not waited for longer than is asked for", function()
    assert.has_error(function()
      app:get("/ticks", { timeout = 1500 })
    end)
    assert.are.equal(200, app:get("/ticks", { timeout = 3500 }).status)
  end)

  it("is real while the system is waited for", function()
    assert.truthy(app:get("/read").body:find("What the specs beside it ask", 1, true))
    assert.are.equal("7", app:get("/process").body)
  end)
end)
