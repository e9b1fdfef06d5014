local answers = require("answers")
local fake = require("fake")

describe("what apps are made of", function()
  local App, app, host

  before_each(function()
    App, host = fake.load("sluice.app")
    app = App.new()
    host.logged = {}
    host.log = function(level, message, fields)
      table.insert(host.logged, { level = level, message = message, fields = fields })
    end
  end)

  -- "status body"
  local function get(path, method)
    local res = answers.ask(app, method or "GET", path)
    return res.code .. " " .. res.body
  end

  local function says(text)
    return function(_, res)
      res:write(text)
    end
  end

  -- Middleware that writes its name in front of and behind the rest.
  local function named(name)
    return function(_, res, next)
      res:write(name, "(")
      next()
      res:write(")")
    end
  end

  local function paths()
    local list = {}
    for i, route in ipairs(app.routes) do
      list[i] = route.method .. " " .. route.path
    end
    return list
  end

  local function why(fn, ...)
    local ok, err = pcall(fn, ...)
    assert.is_false(ok)
    return err
  end

  describe("groups", function()
    it("put their prefix in front, also of groups in them", function()
      app:group("/a", function(a)
        a:get("/", says("a"))
        a:post("", says("posted"))
        a:group("/:id<int>/", function(one)
          one:get("/x", function(req, res)
            res:write("x", req.params.id + 1)
          end)
        end)
      end)
      app:group("/"):any("/b", says("b"))
      assert.same({ "GET /a", "POST /a", "GET /a/:id<int>/x", "* /b" }, paths())
      assert.equal("200 a", get("/a"))
      assert.equal("200 x8", get("/a/7/x"))
      assert.equal("404 404 not found\n", get("/a/"))
      assert.equal("200 b", get("/b", "DELETE"))
    end)

    it("have middleware of their own, around their routes only", function()
      app:use(named("app"))
      local g = app:group("/g")
      g:get("/x", says("x"))
      g:use(named("g"))
      app:get("/y", says("y"))
      assert.equal("200 app(g(x))", get("/g/x"))
      assert.equal("200 app(y)", get("/y"))
      assert.equal("404 app(404 not found\n)", get("/g/z"))
    end)
  end)

  describe("middleware", function()
    it("runs in order, whether routes come before it or after", function()
      app:get("/early", says("early"))
      app:use(named("1"))
      app:use(named("2"))
      app:get("/late", says("late"))
      assert.equal("200 1(2(early))", get("/early"))
      assert.equal("200 1(2(late))", get("/late"))
    end)

    it("may answer in the handler's place", function()
      app:use("/secret", function(_, res)
        res:status(401)
      end)
      app:get("/secret/x", says("secret"))
      app:get("/secrets", says("open"))
      assert.equal("401 ", get("/secret/x"))
      assert.equal("401 ", get("/secret"))
      assert.equal("401 ", get("/secret/absent"))
      assert.equal("200 open", get("/secrets"))
    end)

    it("guards a path also where a parameter leads to it", function()
      app:use("/f/private", function(_, res)
        res:status(403)
      end)
      app:get("/f/*path", says("file"))
      app:get("/:a/:b/:c", says("parts"))
      for _, path in ipairs({
        "/f/private",
        "/f/private/",
        "/f/private/a/b",
        "/f/%70rivate/a",
        "/%66/private/x",
        "/f/private%2Fx",
        "/f%2Fprivate/x/y",
      }) do
        assert.equal("403 ", get(path), path)
      end
      assert.equal("200 file", get("/f/privateer"))
      assert.equal("200 file", get("/f/a/private"))
      assert.equal("200 parts", get("/g/private/x"))
    end)

    it("runs around what no route answers", function()
      app:use(named("m"))
      app:get("/a", says("a"))
      assert.equal("404 m(404 not found\n)", get("/b"))
      assert.equal("405 m(405 method not allowed\n)", get("/a", "POST"))
      assert.equal("204 m()", get("/a", "OPTIONS"))
    end)

    it("calls next once", function()
      app:use(function(_, _, next)
        next()
        next()
      end)
      app:get("/", says("x"))
      assert.matches("routes_spec.lua:%d+: next was called twice", why(get, "/"))
    end)

    it("passes on what the handler returns", function()
      local got
      app:use(function(_, _, next)
        got = { next() }
      end)
      app:get("/", function()
        return 1, 2
      end)
      get("/")
      assert.same({ 1, 2 }, got)
    end)

    it("leaves a route that it is not around as it is", function()
      app:use("/elsewhere", named("m"))
      local handler = says("x")
      app:get("/x", handler)
      get("/x")
      assert.equal(handler, app.routes[1].run)
    end)

    it("is refused with parameters in its prefix", function()
      assert.matches(
        "routes_spec.lua:%d+: the prefix of middleware",
        why(function()
          app:use("/:id", named("m"))
        end)
      )
      assert.matches(
        "routes_spec.lua:%d+: bad argument to 'use'",
        why(function()
          app:use("/x")
        end)
      )
    end)
  end)

  describe("a mounted app", function()
    local other

    before_each(function()
      other = App.new()
      other:get("/", says("root"))
      other:get("/x/:id", function(req, res)
        res:write(req.params.shop or "", req.params.id)
      end)
    end)

    it("answers below the prefix", function()
      app:mount("/o", other)
      app:mount("/shops/:shop", other)
      assert.equal("200 root", get("/o"))
      assert.equal("200 7", get("/o/x/7"))
      assert.equal("200 kiosk7", get("/shops/kiosk/x/7"))
      assert.same(
        { "GET /o", "GET /o/x/:id", "GET /shops/:shop", "GET /shops/:shop/x/:id" },
        paths()
      )
    end)

    it("keeps what is around its routes, inside of what the mount is in", function()
      local inner = App.new()
      inner:get("/y", says("y"))
      inner:use(named("inner"))
      other:use(named("other"))
      other:use("/x", named("other-x"))
      other:mount("/in", inner)
      app:use(named("app"))
      app:group("/g", function(g)
        g:use(named("g"))
        g:mount("/o/:shop", other)
      end)
      assert.equal("200 app(g(other(root)))", get("/g/o/1"))
      assert.equal("200 app(g(other(other-x(17))))", get("/g/o/1/x/7"))
      assert.equal("200 app(g(other(inner(y))))", get("/g/o/1/in/y"))
      assert.equal("404 app(g(other(inner(404 not found\n))))", get("/g/o/1/in/z"))
      assert.equal("404 app(404 not found\n)", get("/g/absent"))
    end)

    it("guards its own prefix behind that of the mount", function()
      other:use("/x", named("x"))
      other:get("/:any", says("any"))
      app:mount("/o/:shop", other)
      assert.equal("200 x(any)", get("/o/1/x"))
      assert.equal("200 any", get("/o/x/y"))
    end)

    it("answers what it has no route for", function()
      other:not_found(function(req, res)
        res:write("no ", req.raw_path, " in ", req.params.shop)
        assert.same({ shop = "1" }, req.params)
      end)
      app:not_found(says("nowhere"))
      app:mount("/s/:shop", other)
      assert.equal("404 no /s/1/z in 1", get("/s/1/z"))
      assert.equal("404 nowhere", get("/z"))
      assert.equal("404 nowhere", get("/a//../b"))
    end)

    it("is complete", function()
      app:mount("/o", other)
      local text = why(function()
        other:get("/late", says("late"))
      end)
      assert.matches("^tests/lua/routes_spec.lua:%d+: nothing can be added", text)
      assert.matches("it was mounted at tests/lua/routes_spec.lua:%d+$", text)
      assert.matches("nothing can be added", why(other.use, other, says("")))
      assert.matches("nothing can be added", why(other.on_error, other, says("")))
      assert.matches("nothing can be added", why(other.not_found, other, says("")))
    end)

    it("is refused where it conflicts, with both places", function()
      app:get("/o/x/:name", says("mine"))
      local text = why(function()
        app:mount("/o", other)
      end)
      local place = "tests/lua/routes_spec.lua:%d+"
      assert.matches("^" .. place .. ": 'GET /o/x/:id' of " .. place .. " conflicts", text)
      assert.matches("with 'GET /o/x/:name' of " .. place .. "$", text)
    end)

    it("is an app, and another one", function()
      assert.matches("bad argument #2 to 'mount'", why(app.mount, app, "/x", {}))
      assert.matches("cannot be mounted in itself", why(app.mount, app, "/x", app))
      assert.matches("a prefix ends before", why(app.mount, app, "/x/*y", other))
    end)
  end)

  it("cannot be changed while they are served", function()
    app:get("/", function()
      app:get("/late", says("late"))
    end)
    assert.matches("any more: it is being served", why(get, "/"))
  end)

  describe("on_error", function()
    local function fails()
      error({ code = 7 })
    end

    it("answers in the place of a handler that failed, and logs", function()
      app:on_error(function(err, req, res)
        res:write(req.raw_path, " failed with ", err.code)
      end)
      app:get("/", function(_, res)
        res:write("half of an answer")
        fails()
      end)
      assert.equal("500 / failed with 7", get("/"))
      assert.equal(1, #host.logged)
      assert.equal(3, host.logged[1].level)
      assert.matches("routes_spec.lua", host.logged[1].fields.traceback)
    end)

    it("is the innermost one; what it raises goes on to the next", function()
      app:on_error(function(err, _, res)
        res:write("app: ", err)
      end)
      app:use(function(req, _, next)
        if req.raw_path == "/m" then
          error("middleware", 0)
        end
        next()
      end)
      local g = app:group("/g")
      g:on_error(function(err, _, res)
        if err == "deep" then
          error("deeper", 0)
        end
        res:write("g: ", err)
      end)
      for _, word in ipairs({ "shallow", "deep" }) do
        g:get("/" .. word, function()
          error(word, 0)
        end)
      end
      assert.equal("500 g: shallow", get("/g/shallow"))
      assert.equal("500 app: deeper", get("/g/deep"))
      assert.equal("500 app: middleware", get("/m"))
    end)

    it("is called after the commit too, and the response is aborted", function()
      local called
      app:on_error(function()
        called = true
      end)
      app:get("/", function(_, res)
        res.committed = true
        fails()
      end)
      local res = answers.ask(app, "GET", "/")
      assert.same({ true, true }, { called, res.aborted })
    end)

    it("leaves a cancelled handler alone", function()
      app:on_error(says("caught"))
      app:get("/", function()
        error("cancelled", 0)
      end)
      assert.equal("cancelled", why(get, "/"))
    end)
  end)
end)
