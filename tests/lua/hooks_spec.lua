local answers = require("answers")
local fake = require("fake")

describe("hooks", function()
  local App, app, host, trail

  before_each(function()
    App, host = fake.load("sluice.app")
    app, trail = App.new(), {}
    host.log = function() end
    host.untouched = function(res)
      return res.body == "" and res.code or nil
    end
    host.note_route = function(res, _, number)
      res.noted = number
    end
    host.on_done = function(res, _, fn)
      res.done = fn
    end
  end)

  local function get(path)
    local res = answers.ask(app, "GET", path)
    return res.code .. " " .. res.body, res
  end

  local function notes(name)
    return function(_, _, what)
      trail[#trail + 1] = name .. (type(what) == "string" and " " .. what or "")
    end
  end

  local function trail_of(path)
    trail = {}
    get(path)
    return table.concat(trail, ", ")
  end

  local function why(fn, ...)
    local ok, err = pcall(fn, ...)
    assert.is_false(ok)
    return err
  end

  local function add_all(to, name)
    to:on("handler", notes(name .. " handler"))
    to:on("route", notes(name .. " route"))
    to:use(function(_, _, next)
      notes(name .. " use")()
      next()
      notes(name .. " used")()
    end)
  end

  it("come point by point, from the outside to the inside, as registered", function()
    add_all(app, "app")
    app:on("begin", notes("begin"))
    app:on("begin", notes("again"))
    app:group("/g", function(group)
      add_all(group, "group")
      group:get("/:id", notes("handled"))
    end)
    assert.are.equal(
      "begin, again, app route /g/:id, group route /g/:id, app use, group use, "
        .. "app handler /g/:id, group handler /g/:id, handled, group used, app used",
      trail_of("/g/1")
    )
    assert.are.equal("begin, again, app route, app use, app used", trail_of("/none"))
  end)

  it("of a mounted app begin when it is known that a request is its own", function()
    local shop = App.new()
    shop:on("begin", notes("shop"))
    shop:get("/tea", notes("tea"))
    app:on("begin", notes("begin"))
    app:on("route", notes("route"))
    app:mount("/shop", shop)
    app:get("/", notes("start"))
    assert.are.equal("begin, shop, route /shop/tea, tea", trail_of("/shop/tea"))
    assert.are.equal("begin, route /, start", trail_of("/"))
  end)

  describe("end a request", function()
    local ways = {
      ["by writing"] = {
        "200 no",
        function(_, res)
          res:write("no")
        end,
      },
      ["by a status"] = {
        "401 ",
        function(_, res)
          return res:status(401)
        end,
      },
      ["by saying so"] = {
        "200 ",
        function()
          return "finished"
        end,
      },
    }
    for way, case in pairs(ways) do
      for _, point in ipairs({ "begin", "route", "handler" }) do
        it(way .. " at '" .. point .. "'", function()
          app:on(point, case[2])
          app:on(point, notes("second"))
          app:get("/", notes("handled"))
          assert.are.equal(case[1], (get("/")))
          assert.are.same({}, trail)
        end)
      end
    end

    it("but not by what calls of the library return", function()
      app:on("begin", function()
        return true
      end)
      app:get("/", notes("handled"))
      assert.are.equal("handled", trail_of("/"))
    end)

    it("and not by a text or a table, which is an error that names them", function()
      app:on("begin", function()
        return { "no" }
      end)
      local err = why(get, "/")
      assert.truthy(err:find("the 'begin' hook at .*hooks_spec.lua:%d+ returned a table"))
    end)
  end)

  -- A hook is a middleware that goes on by itself unless it has answered: the same chain.
  it("do what the same functions do as middleware", function()
    local function act(what)
      return function(_, res)
        trail[#trail + 1] = what
        if what == "answers" then
          res:write("answered")
        elseif what == "fails" then
          error("fails")
        end
      end
    end
    local function as_middleware(fn)
      return function(req, res, next)
        fn(req, res)
        if host.untouched(res) == 200 then
          next()
        end
      end
    end
    local acts = { "passes", "answers", "fails" }
    for n = 0, 26 do
      local told = {}
      for _, kind in ipairs({ "hooks", "middleware" }) do
        app, trail = App.new(), {}
        app:on_error(function(err, _, res)
          res:write("caught ", err:match("fails"))
        end)
        for step = 0, 2 do
          local fn = act(acts[math.floor(n / 3 ^ step) % 3 + 1])
          if kind == "hooks" then
            app:on("route", fn)
          else
            app:use(as_middleware(fn))
          end
        end
        app:get("/", act("answers"))
        told[kind] = get("/") .. " " .. table.concat(trail, ",")
      end
      assert.are.equal(told.middleware, told.hooks)
    end
  end)

  it("that fail are answered by on_error of their layer, or of one around it", function()
    app:on_error(function(_, _, res)
      res:write("outer")
    end)
    app:on("begin", function(req)
      assert(req.raw_path ~= "/begin")
    end)
    app:group("/g", function(group)
      group:on_error(function(_, _, res)
        res:write("inner")
      end)
      group:on("route", error)
      group:get("/", notes("handled"))
    end)
    app:get("/begin", notes("handled"))
    assert.are.equal("500 inner", (get("/g")))
    assert.are.equal("500 outer", (get("/begin")))
    assert.are.same({}, trail)
  end)

  it("at the end are known as soon as the request has begun, and then its group's", function()
    for _, point in ipairs({ "log", "end" }) do
      app:on(point, notes("first " .. point))
      app:on(point, notes("second " .. point))
    end
    app:on("begin", function(req, res)
      if req.raw_path == "/stop" then
        res:status(403)
      end
    end)
    app:group("/g", function(group)
      group:on("log", notes("group log"))
      group:get("/", notes("handled"))
    end)
    local function ended(path)
      local spawned = {}
      host.is_over = function()
        return true
      end
      host.spawn = function(_, _, run, task, fn, ...)
        spawned[#spawned + 1] = select(3, ...)
        run(task, fn, ...)
        return 1
      end
      local _, res = get(path)
      trail = {}
      res.done(200, 1, 3, 90, 1.5, -1, 2, 1)
      return table.concat(trail, ", "), spawned[1], res
    end
    local list, record, res = ended("/g")
    assert.are.equal("group log, second log, first log, second end, first end", list)
    assert.are.same({
      status = 200,
      outcome = "sent",
      bytes = 3,
      wire_bytes = 90,
      duration = 1.5,
      route = "/g",
      chunks = 2,
      sends = 1,
    }, record)
    assert.are.equal(app.routes[1].number, res.noted)
    list, record = ended("/stop")
    assert.are.equal("second log, first log, second end, first end", list)
    assert.is_nil(record.route)
  end)

  it("are refused where they make no sense", function()
    local group = app:group("/g")
    local route = group:get("/", print)
    assert.truthy(why(group.on, group, "begin", print):find("use its 'route', or 'begin' of the"))
    assert.truthy(why(route.on, route, "begin", print):find("use its 'handler', or 'begin' of"))
    assert.truthy(why(route.on, route, "route", print):find("'handler', or 'route' of its group"))
    assert.truthy(why(route.on, route, "start", print):find("begin, route, handler, headers"))
    assert.truthy(why(app.on, app, "start", print):find("begin, route, handler, headers"))
    assert.truthy(why(app.on, app, "log", {}):find("#2 to 'on' %(function expected, got table"))
    app:freeze("it is being served")
    assert.truthy(why(app.on, app, "log", print):find("it is being served"))
    assert.truthy(why(route.on, route, "log", print):find("it is being served"))
  end)

  it("of a route are the innermost, and of no other route", function()
    app:on("handler", notes("app"))
    app:group("/g", function(group)
      group:on("handler", notes("group"))
      group:get("/one", notes("one")):on("handler", notes("first")):on("handler", notes("second"))
      group:get("/two", notes("two"))
    end)
    assert.are.equal(
      "app /g/one, group /g/one, first /g/one, second /g/one, one",
      trail_of("/g/one")
    )
    assert.are.equal("app /g/two, group /g/two, two", trail_of("/g/two"))
  end)

  it("of a route go with it into the app that it is mounted in", function()
    local shop = App.new()
    shop:get("/tea", notes("tea")):on("handler", notes("hook"))
    app:mount("/shop", shop)
    assert.are.equal("hook /shop/tea, tea", trail_of("/shop/tea"))
  end)

  it("cost an app without them nothing but a look", function()
    app:get("/", notes("handled"))
    app:get("/hooked", notes("handled")):on("handler", notes("hook"))
    app:freeze("it is being served")
    assert.is_false(app.entrance)
    assert.are.equal(app.routes[1].handler, app.routes[1].run)
    assert.are_not.equal(app.routes[2].handler, app.routes[2].run)
  end)
end)
