--- Registering routes: what apps and groups have in common.
---
---     app:group("/admin", function(admin)
---       admin:use(function(_, res, next)
---         res:set("Cache-Control", "no-store")
---         next()
---       end)
---       admin:get("/users/:id<int>", function(req, res)
---         res:write("user ", req.params.id, "\n")
---       end)
---     end)
---     -- GET /admin/users/7 --> user 7
---     --> Cache-Control: no-store
---
--- The order in which things are registered decides nothing but the order of
--- middleware: what protects an app or a group protects all of it.

local folder = require("sluice.folder")
local misuse = require("sluice.misuse")
local pattern = require("sluice.pattern")
local static = require("sluice.static")

---@alias sluice.Handler fun(req: sluice.Request, res: sluice.Response)

---@class sluice.Routes
---@field protected owner sluice.App
---@field protected base string the path that its routes are below; "" for all
---@field protected layers sluice.Layer[] itself, behind what it is in
---@field protected scope sluice.Scope
local Routes = {}
Routes.__index = Routes

---@param is_app boolean
---@return sluice.Scope
local function new_scope(is_app)
  return { is_app = is_app, middleware = {} }
end

local function source_of(level)
  local info = debug.getinfo(level + 1, "Sl")
  return info.short_src .. ":" .. info.currentline
end

-- Errors are for the callers of the methods below: `level` 2 is the caller of
-- who checks.

local function check(value, number, kind, level)
  if type(value) ~= kind then
    local name = kind == "string" and "path" or kind
    error(("bad argument #%d (%s expected, got %s)"):format(number, name, type(value)), level + 1)
  end
end

local function check_open(self, level)
  local frozen = self.owner.frozen
  if frozen then
    error("nothing can be added to this app any more: " .. frozen, level + 1)
  end
end

-- Where a path of this group is: its "/" is the path of the group itself.
local function join(base, path)
  if base ~= "" and (path == "/" or path == "") then
    return base
  end
  return base .. path
end

local function register(self, level, method, path, handler, source)
  local ok, why = self.owner:add({
    method = method,
    path = join(self.base, path),
    handler = handler,
    source = source,
    layers = self.layers,
  })
  if not ok then
    error(why, level + 1)
  end
end

local function add(self, method, path, handler)
  misuse.check_self(self, "app:get(path, handler)", 4)
  check(path, 1, "string", 3)
  check(handler, 2, "function", 3)
  check_open(self, 3)
  if not path:match("^/") and not (path == "" and self.base ~= "") then
    error(("the path '%s' does not start with '/'"):format(path), 3)
  end
  register(self, 3, method, path, handler, source_of(3))
end

-- A prefix without its trailing slash.
local function check_prefix(self, prefix)
  check(prefix, 1, "string", 3)
  local segments, why = pattern.parse(prefix)
  local last = segments and segments[#segments]
  if not segments then
    error(why, 3)
  elseif last.is_rest then
    error("a prefix ends before the wildcard: '" .. prefix .. "'", 3)
  end
  check_open(self, 3)
  return (prefix:gsub("/$", ""))
end

---Answer GET, and HEAD where it has no route of its own.
---
---    app:get("/hello/:name", function(req, res)
---      res:write("Hello, ", req.params.name, "!\n")
---    end)
---    -- GET /hello/you --> Hello, you!
---@param path string see pattern.lua for what it may be
---@param handler sluice.Handler
function Routes:get(path, handler)
  add(self, "GET", path, handler)
end

---Answer HEAD in place of the handler for GET.
---
---    app:head("/report", function(_, res)
---      res:set("X-Rows", 12)
---    end)
---    -- HEAD /report --> X-Rows: 12
---@param path string
---@param handler sluice.Handler
function Routes:head(path, handler)
  add(self, "HEAD", path, handler)
end

---Answer POST.
---
---    app:post("/notes", function(req, res)
---      res:status(201)
---      res:write("noted: ", req:body(), "\n")
---    end)
---    -- POST /notes buy milk --> noted: buy milk
---    --> HTTP/1.1 201 Created
---@param path string
---@param handler sluice.Handler
function Routes:post(path, handler)
  add(self, "POST", path, handler)
end

---Answer PUT.
---
---    app:put("/notes/:id", function(req, res)
---      res:write("note ", req.params.id, " is now: ", req:body(), "\n")
---    end)
---    -- PUT /notes/7 buy tea --> note 7 is now: buy tea
---@param path string
---@param handler sluice.Handler
function Routes:put(path, handler)
  add(self, "PUT", path, handler)
end

---Answer PATCH.
---
---    app:patch("/notes/:id", function(req, res)
---      res:write("note ", req.params.id, " ends with: ", req:body(), "\n")
---    end)
---    -- PATCH /notes/7 and milk --> note 7 ends with: and milk
---@param path string
---@param handler sluice.Handler
function Routes:patch(path, handler)
  add(self, "PATCH", path, handler)
end

---Answer DELETE.
---
---    app:delete("/notes/:id", function(_, res)
---      res:status(204)
---    end)
---    -- DELETE /notes/7 --> HTTP/1.1 204 No Content
---@param path string
---@param handler sluice.Handler
function Routes:delete(path, handler)
  add(self, "DELETE", path, handler)
end

---Answer OPTIONS in place of the server, which lists the methods of the path.
---
---    app:options("/notes", function(_, res)
---      res:set("Allow", "GET, OPTIONS")
---    end)
---    -- OPTIONS /notes --> Allow: GET, OPTIONS
---@param path string
---@param handler sluice.Handler
function Routes:options(path, handler)
  add(self, "OPTIONS", path, handler)
end

---Answer every method that has no route of its own.
---
---    app:any("/echo", function(req, res)
---      res:write(req.method, "\n")
---    end)
---    -- PROPFIND /echo --> PROPFIND
---@param path string
---@param handler sluice.Handler
function Routes:any(path, handler)
  add(self, "*", path, handler)
end

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
  local scope = new_scope(false)
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
    register(self, 2, script.method, base .. script.path, script.handler, script.source)
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

return { Routes = Routes, new_scope = new_scope, join = join }
