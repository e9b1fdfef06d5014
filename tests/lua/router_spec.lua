local Router = require("sluice.router")

local function route(method, path)
  return { method = method, path = path, source = "app.lua:1", handler = function() end }
end

describe("a router", function()
  local router

  before_each(function()
    router = Router.new()
  end)

  local function add(...)
    for _, text in ipairs({ ... }) do
      assert(router:add(route(text:match("(%S+) (.+)"))))
    end
  end

  -- "/path" and the values of its parameters, for GET.
  local function find(path)
    local node, values = router:find(path)
    local found = node and Router.choose(node, "GET")
    return found and found.path, values
  end

  it("finds plain paths exactly", function()
    add("GET /", "GET /a", "GET /a/", "GET /a/b")
    for _, path in ipairs({ "/", "/a", "/a/", "/a/b" }) do
      assert.equal(path, (find(path)))
    end
    for _, path in ipairs({ "/b", "/a/b/", "//a", "/a//b", "*", "", "a" }) do
      assert.is_nil((find(path)))
    end
  end)

  it("finds parameters, decoded, and none that is empty", function()
    add("GET /u/:id", "GET /u/:id/files/:name")
    assert.same({ "/u/:id", { "7" } }, { find("/u/7") })
    assert.same({ "/u/:id/files/:name", { "a b", "c/d" } }, { find("/u/a%20b/files/c%2Fd") })
    assert.is_nil((find("/u/")))
    assert.is_nil((find("/u/7/files")))
  end)

  it("decodes fixed segments too", function()
    add("GET /a b", "GET /caf\195\169/:x")
    assert.equal("/a b", (find("/a%20b")))
    assert.equal("/caf\195\169/:x", (find("/caf%C3%A9/1")))
  end)

  it("prefers a fixed segment, and goes back when that leads nowhere", function()
    add("GET /:a/x", "GET /f/:b", "GET /f/y/z", "GET /f/:b/c/d", "GET /:a/:b/c")
    assert.equal("/f/:b", (find("/f/x")))
    assert.equal("/f/:b", (find("/f/y")))
    assert.equal("/:a/x", (find("/g/x")))
    assert.same({ "/:a/:b/c", { "f", "1" } }, { find("/f/1/c") })
    assert.is_nil((find("/g/y")))
  end)

  it("chooses by method", function()
    add("GET /a", "POST /a", "* /b", "PUT /b", "HEAD /c", "GET /c")
    local function choose(path, method)
      local chosen = Router.choose(router:find(path), method)
      return chosen and chosen.method
    end
    assert.equal("POST", choose("/a", "POST"))
    assert.equal("GET", choose("/a", "HEAD"))
    assert.is_nil(choose("/a", "DELETE"))
    assert.equal("PUT", choose("/b", "PUT"))
    assert.equal("*", choose("/b", "DELETE"))
    assert.equal("HEAD", choose("/c", "HEAD"))
  end)

  it("lists what is allowed", function()
    add("GET /a", "POST /a", "DELETE /b")
    assert.equal("GET, HEAD, OPTIONS, POST", Router.allowed(router:find("/a")))
    assert.equal("DELETE, OPTIONS", Router.allowed(router:find("/b")))
  end)

  it("refuses routes that conflict, and wrong paths", function()
    add("GET /a/:x", "POST /a/:y")
    local function why(path)
      local ok, err = router:add(route("GET", path))
      assert.is_nil(ok)
      return err
    end
    assert.equal("'GET /a/:z' conflicts with 'GET /a/:x' of app.lua:1", why("/a/:z"))
    assert.matches("does not start with '/'", why("a"))
    assert.matches("occurs twice", why("/:x/:x"))
    assert.matches("is no name", why("/:"))
    assert.matches("is no name", why("/:a-b"))
  end)
end)
