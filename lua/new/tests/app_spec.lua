--- `sluice test` runs this, without a port.

local t = require("sluice.test")

describe("@NAME@", function()
  local app

  before_each(function()
    app = t.app("app.lua")
  end)

  it("has a start page", function()
    local res = app:get("/")
    assert.are.equal(200, res.status)
    assert.are.equal("text/html; charset=utf-8", res.headers["Content-Type"])
    assert.truthy(res.body:find("@NAME@", 1, true))
  end)

  it("greets", function()
    assert.are.same({ greeting = "Hello, you!" }, app:get("/api/hello/you"):json())
  end)

  it("ticks once a second, which takes no time here", function()
    local exchange = app:open("GET", "/ticks")
    assert.are.equal("tick 1", exchange:line())
    assert.are.equal("tick 2", exchange:line())
    local res = exchange:response()
    assert.are.equal("done\n", res.chunks[#res.chunks])
    assert.are.equal(5000, res.took)
  end)

  it("keeps notes", function()
    assert.are.equal(201, app:post("/api/notes", { json = { text = "milk" } }).status)
    assert.are.same({ notes = { { text = "milk" } } }, app:get("/api/notes"):json())
  end)

  it("refuses a note without a text", function()
    assert.are.equal(400, app:post("/api/notes", { json = { title = "milk" } }).status)
    assert.are.equal(400, app:post("/api/notes", { body = "no JSON" }).status)
  end)
end)
