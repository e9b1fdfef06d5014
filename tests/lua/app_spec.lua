local fake = require("fake")

describe("an app", function()
  local App, app

  before_each(function()
    App = fake.load("sluice.app")
    app = App.new()
  end)

  -- What a request gets: status, body, Allow.
  local function ask(method, path)
    local got = { status = 200, body = "" }
    local res = {
      status = function(_, code)
        got.status = code
      end,
      set = function(_, name, value)
        got[name] = value
      end,
      write = function(_, text)
        got.body = got.body .. text
      end,
    }
    if not app.frozen then
      app:freeze("it is being served")
    end
    app:handle({ method = method, raw_path = path }, res, method, path)
    return got.status, got.body, got.Allow
  end

  it("calls the handler of the route with its parameters", function()
    app:get("/hello/:name", function(req, res)
      res:write(req.params.name)
    end)
    assert.same({ 200, "a b" }, { ask("GET", "/hello/a%20b") })
    assert.same({ 200, "x" }, { ask("HEAD", "/hello/x") })
  end)

  it("answers what has no route", function()
    app:get("/a", function() end)
    app:post("/a", function() end)
    assert.equal(404, (ask("GET", "/b")))
    local status, _, allow = ask("DELETE", "/a")
    assert.same({ 405, "GET, HEAD, OPTIONS, POST" }, { status, allow })
    status, _, allow = ask("OPTIONS", "/a")
    assert.same({ 204, "GET, HEAD, OPTIONS, POST" }, { status, allow })
    assert.equal(204, (ask("OPTIONS", "*")))
  end)

  it("lets `any` answer every method, and a method of its own go first", function()
    app:any("/a", function(_, res)
      res:write("any")
    end)
    app:put("/a", function(_, res)
      res:write("put")
    end)
    assert.same({ 200, "any" }, { ask("OPTIONS", "/a") })
    assert.same({ 200, "put" }, { ask("PUT", "/a") })
  end)

  it("blames the line that registers a wrong route", function()
    app:get("/a", function() end)
    local ok, err = pcall(function()
      app:get("/a", function() end)
    end)
    assert.is_false(ok)
    assert.matches("app_spec.lua:%d+: 'GET /a' of .* conflicts with 'GET /a' of .*:%d+", err)
    ok, err = pcall(function()
      app:post("/b", "no function")
    end)
    assert.is_false(ok)
    assert.matches("app_spec.lua:%d+: bad argument #2", err)
  end)

  it("says that a method wants a colon", function()
    local ok, why = pcall(function()
      app.get("/", function() end)
    end)
    assert.is_false(ok)
    assert.matches("app_spec.lua:%d+: called with a dot: write app:get", why)
  end)

  it("lists its routes in the order of registration", function()
    app:delete("/z", function() end)
    app:any("/a", function() end)
    local list = {}
    for i, route in ipairs(app.routes) do
      list[i] = route.method .. " " .. route.path
    end
    assert.same({ "DELETE /z", "* /a" }, list)
  end)
end)
