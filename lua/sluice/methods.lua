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

local misuse = require("sluice.misuse")
local registration = require("sluice.registration")
local route = require("sluice.route")

local check, check_open = registration.check, registration.check_open
local source_of = registration.source_of

---@alias sluice.Handler fun(req: sluice.Request, res: sluice.Response)

---@class sluice.Routes
---@field protected owner sluice.App
---@field protected base string the path that its routes are below; "" for all
---@field protected layers sluice.Layer[] itself, behind what it is in
---@field protected scope sluice.Scope
local Routes = {}
Routes.__index = Routes

-- Calls that return what this returns stand in brackets: a tail call would take the
-- place of who is to blame from the stack.
local function add(self, method, path, handler)
  misuse.check_self(self, "app:get(path, handler)", 4)
  check(path, 1, "string", 3)
  check(handler, 2, "function", 3)
  check_open(self, 3)
  if not path:match("^/") and not (path == "" and self.base ~= "") then
    error(("the path '%s' does not start with '/'"):format(path), 3)
  end
  return (route.register(self, 3, method, path, handler, source_of(3)))
end

---Answer GET, and HEAD where it has no route of its own.
---
---    app:get("/hello/:name", function(req, res)
---      res:write("Hello, ", req.params.name, "!\n")
---    end)
---    -- GET /hello/you --> Hello, you!
---@param path string see pattern.lua for what it may be
---@param handler sluice.Handler
---@return sluice.RouteOptions route for what is said of it alone
function Routes:get(path, handler)
  return (add(self, "GET", path, handler))
end

---Answer HEAD in place of the handler for GET.
---
---    app:head("/report", function(_, res)
---      res:set("X-Rows", 12)
---    end)
---    -- HEAD /report --> X-Rows: 12
---@param path string
---@param handler sluice.Handler
---@return sluice.RouteOptions route for what is said of it alone
function Routes:head(path, handler)
  return (add(self, "HEAD", path, handler))
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
---@return sluice.RouteOptions route for what is said of it alone
function Routes:post(path, handler)
  return (add(self, "POST", path, handler))
end

---Answer PUT.
---
---    app:put("/notes/:id", function(req, res)
---      res:write("note ", req.params.id, " is now: ", req:body(), "\n")
---    end)
---    -- PUT /notes/7 buy tea --> note 7 is now: buy tea
---@param path string
---@param handler sluice.Handler
---@return sluice.RouteOptions route for what is said of it alone
function Routes:put(path, handler)
  return (add(self, "PUT", path, handler))
end

---Answer PATCH.
---
---    app:patch("/notes/:id", function(req, res)
---      res:write("note ", req.params.id, " ends with: ", req:body(), "\n")
---    end)
---    -- PATCH /notes/7 and milk --> note 7 ends with: and milk
---@param path string
---@param handler sluice.Handler
---@return sluice.RouteOptions route for what is said of it alone
function Routes:patch(path, handler)
  return (add(self, "PATCH", path, handler))
end

---Answer DELETE.
---
---    app:delete("/notes/:id", function(_, res)
---      res:status(204)
---    end)
---    -- DELETE /notes/7 --> HTTP/1.1 204 No Content
---@param path string
---@param handler sluice.Handler
---@return sluice.RouteOptions route for what is said of it alone
function Routes:delete(path, handler)
  return (add(self, "DELETE", path, handler))
end

---Answer OPTIONS in place of the server, which lists the methods of the path.
---
---    app:options("/notes", function(_, res)
---      res:set("Allow", "GET, OPTIONS")
---    end)
---    -- OPTIONS /notes --> Allow: GET, OPTIONS
---@param path string
---@param handler sluice.Handler
---@return sluice.RouteOptions route for what is said of it alone
function Routes:options(path, handler)
  return (add(self, "OPTIONS", path, handler))
end

---Answer every method that has no route of its own.
---
---    app:any("/echo", function(req, res)
---      res:write(req.method, "\n")
---    end)
---    -- PROPFIND /echo --> PROPFIND
---@param path string
---@param handler sluice.Handler
---@return sluice.RouteOptions route for what is said of it alone
function Routes:any(path, handler)
  return (add(self, "*", path, handler))
end

return Routes
