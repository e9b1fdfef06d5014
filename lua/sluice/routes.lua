--- Registering what is around routes, and many routes at once.

local compress = require("sluice.compress")
local folder = require("sluice.folder")
local misuse = require("sluice.misuse")
local hooks = require("sluice.hooks")
local registration = require("sluice.registration")
local stage = require("sluice.stage")
local static = require("sluice.static")
local Routes = require("sluice.methods")

local check, check_open = registration.check, registration.check_open
local check_prefix, source_of = registration.check_prefix, registration.source_of
local register, new_scope = registration.register, registration.new_scope

---Put a function around the handlers of this app or group, or of what is below
---a prefix. It may wait, answer instead of calling `next`, and change the
---response behind it, as long as the head has not left. What an app uses also
---runs around what no route answers.
---
---    app:use("/api", function(req, res, next)
---      if not req.headers.authorization then
---        return res:status(401)
---      end
---      next()
---    end)
---    -- GET /api/users --> HTTP/1.1 401 Unauthorized
---@param prefix string|sluice.Middleware a path without parameters; may be left out
---@param middleware? sluice.Middleware
---@overload fun(self: sluice.Routes, middleware: sluice.Middleware)
function Routes:use(prefix, middleware)
  if middleware == nil and type(prefix) == "function" then
    prefix, middleware = "/", prefix
  end
  prefix = check_prefix(self, prefix)
  if type(middleware) ~= "function" then
    error("bad argument to 'use' (function expected, got " .. type(middleware) .. ")", 2)
  elseif prefix:find("/[:*]") then
    error("the prefix of middleware has no parameters: '" .. prefix .. "'", 2)
  end
  local list = self.scope.middleware
  list[#list + 1] = { prefix = prefix, run = middleware }
end

---Answer when a handler of this app or group failed: called with the error,
---which has been logged. Before the head has left, the response is clear and
---its status 500, or what the library found wrong with the request; afterwards
---the response is aborted. The innermost one is called; what it raises goes on
---to the next.
---
---    app:on_error(function(_, req, res)
---      res:write(req.path, " went wrong\n")
---    end)
---    app:get("/report", function()
---      error("no database")
---    end)
---    -- GET /report --> /report went wrong
---    --> HTTP/1.1 500 Internal Server Error
---@param fn sluice.ErrorHandler
function Routes:on_error(fn)
  check(fn, 1, "function", 2)
  check_open(self, 2)
  self.scope.on_error = fn
end

---Compress the responses of this app or group: by zstd, br or gzip, whichever the
---client likes best. What is short, of another media type than text and the like,
---or encoded by its handler already stays as it is; what is flushed can be decoded
---at once. A group may say something else than its app, and `false` for no
---compression; `res:compress` says it for one response.
---
---    app:compress({ codings = { "br", "gzip" }, min = 200, levels = { gzip = 6 } })
---    app:get("/", function(_, res)
---      res:text(("tea "):rep(1000))
---    end)
---    -- HEAD / [Accept-Encoding: gzip, br;q=0.5] --> Content-Encoding: gzip
---    --> Vary: Accept-Encoding
---@param options? sluice.CompressOptions|boolean
function Routes:compress(options)
  check_open(self, 2)
  self.scope.compress = compress.options(options, "compress", 3)
end

---Put a stage between the handlers of this app or group and the client: a function
---that sees each chunk of a body and returns what goes on in its place. Stages may
---wait; what is registered first is the last to see the chunks, as what is used first
---is the outermost around a handler. See the guide about stages.
---
---    app:stage({
---      name = "shout",
---      match = { type = "text/plain" },
---      chunks = function(chunk)
---        return chunk:upper()
---      end,
---    })
---    app:get("/", function(_, res)
---      res:text("tea\n") --> TEA
---    end)
---@param def sluice.Stage
function Routes:stage(def)
  check_open(self, 2)
  local scope = self.scope
  scope.stages = scope.stages or {}
  scope.stages[#scope.stages + 1] = stage.new(def, 3)
end

---Answer conditions and ranges for the responses of this app or group to GET and HEAD:
---304 and 412 by the ETag and the Last-Modified that handlers set, 206 and 416 for
---bodies whose length is known when their head leaves. Several parts come in the order in
---which they were asked for, but for a body that is still being written. A group may say
---something else than its app, a route than both, and `res:ranges` says it for one response.
---
---    app:ranges()
---    app:get("/", function(_, res)
---      res:text("milk and sugar\n")
---    end)
---    -- GET / [Range: bytes=-6] --> sugar
---    --> HTTP/1.1 206 Partial Content
---    --> Content-Range: bytes 9-14/15
---@param on? boolean true by default
function Routes:ranges(on)
  misuse.check_type(on, "boolean?", 1, "ranges")
  check_open(self, 2)
  self.scope.ranges = on ~= false
end

---Call a function at a point of the way of each request of this app or group:
---
--- * `begin`: `fn(req, res)` before a route is looked for; of an app;
--- * `route`: `fn(req, res, pattern)` when that is done; the pattern is nil where none was
---   found;
--- * `handler`: `fn(req, res, pattern)` inside of all middleware, just before the handler;
--- * `headers`: `fn(req, res)` just before status and headers leave: both may be changed;
--- * `chunks`: `fn(req, res, chunk)` returns what goes on in place of a chunk, as a stage does;
--- * `log`: `fn(req, res, record)` when nothing more of the answer is on the wire;
--- * `end`: `fn(req, res, record)` at the very end, whatever happened.
---
---All may wait. One of the first three ends the request when it answers (writes, sets
---another status, finishes) or returns `"finished"`: what lies between is skipped, but
---never `log` and `end`. The first three are called in the order of registration, the
---others the other way round. See the guide about hooks.
---
---    app:on("begin", function(req, res)
---      if not req:header("X-Key") then
---        return res:text("a key, please\n", 401)
---      end
---    end)
---    app:get("/", function(_, res)
---      res:text("tea\n")
---    end)
---    -- GET / --> HTTP/1.1 401 Unauthorized
---    --> a key, please
---@param point sluice.Point
---@param fn fun(req: sluice.Request, res: sluice.Response, what: any): any
function Routes:on(point, fn)
  check_open(self, 2)
  hooks.add(self.scope, point, fn, 3)
end

local function layers_with(self, base, scope)
  local layers = { unpack(self.layers) }
  layers[#layers + 1] = { scope = scope, base = base }
  return layers
end

---Routes below a prefix, with middleware and `on_error` of their own. A path of
---"/" is the prefix itself.
---
---    app:group("/users/:user<int>", function(user)
---      user:get("/posts", function(req, res)
---        res:write("posts of user ", req.params.user, "\n")
---      end)
---    end)
---    -- GET /users/7/posts --> posts of user 7
---@param prefix string may have parameters; "/" for none
---@param fn? fun(group: sluice.Routes) called at once
---@return sluice.Routes group
function Routes:group(prefix, fn)
  local base = self.base .. check_prefix(self, prefix)
  local scope = new_scope("group")
  local layers = layers_with(self, base, scope)
  local group =
    setmetatable({ owner = self.owner, base = base, scope = scope, layers = layers }, Routes)
  if fn ~= nil then
    check(fn, 2, "function", 2)
    fn(group)
  end
  return group
end

---Routes of another app, below a prefix, with all that is around them. The
---other app is complete by then: nothing can be added to it afterwards.
---
---    local shop = sluice.new() -- or require("shop"), a file that returns an app
---    shop:get("/tea", function(_, res)
---      res:write("tea\n")
---    end)
---    app:mount("/shop", shop)
---    -- GET /shop/tea --> tea
---@param prefix string may have parameters; "/" for none
---@param other sluice.App
function Routes:mount(prefix, other)
  local base = self.base .. check_prefix(self, prefix)
  if type(other) ~= "table" or getmetatable(other) ~= getmetatable(self.owner) then
    error("bad argument #2 to 'mount' (what sluice.new() made is expected)", 2)
  elseif other == self.owner then
    error("bad argument #2 to 'mount' (an app cannot be mounted in itself)", 2)
  end
  other.frozen = other.frozen or "it was mounted at " .. source_of(2)
  local ok, why = self.owner:graft(other, base, self.layers)
  if not ok then
    error(why, 2)
  end
end

---Routes of a folder of scripts: `a/b.lua` answers /a/b, `index.lua` the path
---of its folder, `[id].lua` or `[id<int>].lua` a parameter, `[...path].lua` the
---rest of the path. A script returns a function, for every method, or a table
---of them: `{ get = function(req, res) ... end, post = ... }`. What starts with
---"." or "_" is left out. Scripts are loaded with the app.
---
---    app:scripts("/api", "scripts") -- with scripts/hello.lua
---    -- GET /api/hello --> Hello from a script
---@param prefix string
---@param path string of the folder; a relative one starts at that of the app
function Routes:scripts(prefix, path)
  local base = check_prefix(self, prefix)
  check(path, 2, "string", 2)
  local found, why = folder.load(path)
  if not found then
    error(why, 2)
  end
  for _, script in ipairs(found) do
    local at = base .. script.path
    register(self, 2, script.method, at == "" and "/" or at, script.handler, script.source)
  end
end

---Files of a folder below a prefix, which itself answers with the folder's
---index; see sluice.static.
---
---    app:static("/assets", "public", { cache_control = "max-age=3600" })
---    -- GET /assets/note.txt --> a note
---    --> Cache-Control: max-age=3600
---@param prefix string may have parameters; "/" for none
---@param path string of the folder; a relative one starts at that of the app
---@param options? sluice.StaticOptions
function Routes:static(prefix, path, options)
  local base = check_prefix(self, prefix)
  static.check(path, options, 2, 3)
  local handler, source = static.new_handler(path, options), source_of(2)
  register(self, 2, "GET", base .. "/*path", handler, source)
  if base ~= "" then
    register(self, 2, "GET", base, handler, source)
  end
end

return Routes
