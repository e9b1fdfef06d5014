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
    return found and found.path, values and { unpack(values, 1, #found.names) }
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
    assert.equal("'GET /a/:z' of app.lua:1 conflicts with 'GET /a/:x' of app.lua:1", why("/a/:z"))
    assert.matches("does not start with '/'", why("a"))
    assert.matches("occurs twice", why("/:x/:x"))
    assert.matches("occurs twice", why("/:x/*x"))
    assert.matches("is no name", why("/:"))
    assert.matches("is no name", why("/:a-b"))
    assert.matches("is no name", why("/*"))
    assert.matches("'float' is no type: int, uuid, hex, word", why("/:a<float>"))
    assert.matches("is no type", why("/*a<int>"))
    assert.matches("the last segment", why("/*a/b"))
  end)

  it("tells values by their types, the narrowest first", function()
    add("GET /:any", "GET /:w<word>", "GET /:h<hex>", "GET /:u<uuid>", "GET /:i<int>")
    local uuid = "01234567-89ab-cdef-0123-456789ABCDEF"
    assert.same({ "/:i<int>", { 42 } }, { find("/42") })
    assert.same({ "/:i<int>", { -7 } }, { find("/-7") })
    assert.same({ "/:u<uuid>", { uuid } }, { find("/" .. uuid) })
    assert.same({ "/:h<hex>", { "c0ffee" } }, { find("/c0ffee") })
    assert.same({ "/:w<word>", { "so_what-1" } }, { find("/so_what-1") })
    assert.same({ "/:any", { "4.2" } }, { find("/4.2") })
    assert.same({ "/:any", { "a b" } }, { find("/a%20b") })
  end)

  it("takes no number that Lua cannot hold", function()
    add("GET /n/:i<int>")
    assert.same({ "/n/:i<int>", { 2 ^ 53 - 1 } }, { find("/n/9007199254740991") })
    for _, text in ipairs({ "9007199254740993", "99999999999999999999", "1e3", "0x1", "-" }) do
      assert.is_nil((find("/n/" .. text)))
    end
  end)

  it("goes on to another route when a type does not fit further down", function()
    add("GET /:i<int>/a", "GET /:any/b")
    assert.same({ "/:any/b", { "1" } }, { find("/1/b") })
    assert.same({ "/:i<int>/a", { 1 } }, { find("/1/a") })
  end)

  it("gives a wildcard the rest, after everything else", function()
    add("GET /f/*path", "GET /f/a", "GET /f/:x/y", "GET /:a/:b/*rest")
    assert.same({ "/f/*path", { "a/b c/d" } }, { find("/f/a/b%20c/d") })
    assert.same({ "/f/*path", { "" } }, { find("/f/") })
    assert.same({ "/f/*path", { "b/" } }, { find("/f/b/") })
    assert.equal("/f/a", (find("/f/a")))
    assert.equal("/f/:x/y", (find("/f/x/y")))
    assert.same({ "/:a/:b/*rest", { "g", "h", "i/j" } }, { find("/g/h/i/j") })
    assert.is_nil((find("/f")))
  end)

  it("matches no wildcard with a path that climbs or hides", function()
    add("GET /f/*path")
    for _, path in ipairs({
      "..",
      "../x",
      "a/..",
      "a/../b",
      "%2e%2e/x",
      "..%2fx",
      "a%2F..%2fb",
      "./a",
      "a/.",
      "a//b",
      "/a",
      "a%2f%2fb",
      "%2Fetc",
      "a%00.txt",
    }) do
      assert.is_nil((find("/f/" .. path)), path)
    end
    assert.same({ "/f/*path", { "..a/b../.c" } }, { find("/f/..a/b../.c") })
  end)

  -- Instructions of the interpreter, which are steps that do not depend on the
  -- machine.
  local function steps(fn)
    local was_on = jit.status()
    local count = 0
    jit.off()
    jit.flush()
    debug.sethook(function()
      count = count + 1
    end, "", 1)
    fn()
    debug.sethook()
    if was_on then
      jit.on()
    end
    return count
  end

  it("finds one of 1,000 routes in as many steps as one of 10", function()
    local function cost(count)
      local one = Router.new()
      for n = 1, count do
        local path = ("/v1/things%d/:id<int>/parts/:part"):format(n)
        assert(one:add(route("GET", path)))
      end
      local target = ("/v1/things%d/7/parts/x"):format(count)
      local lost = ("/v1/things%d/7/nothing"):format(count)
      one:find(target)
      return steps(function()
        assert(one:find(target))
      end),
        steps(function()
          assert(not one:find(lost))
        end)
    end
    local found, lost = cost(10)
    assert.is_true(found > 50) -- they are counted
    assert.same({ found, lost }, { cost(1000) })
  end)
end)
