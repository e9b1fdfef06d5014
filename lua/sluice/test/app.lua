--- An app under test: loaded, started, asked, and ended.

local blame = require("sluice.test.blame")
local clock = require("sluice.test.clock")
local Connection = require("sluice.test.connection")
local hint = require("sluice.hint")
local Journal = require("sluice.test.journal")
local message = require("sluice.test.message")
local misuse = require("sluice.misuse")
local surroundings = require("sluice.test.surroundings")
local testing = require("sluice.testing")

---@class sluice.test.App
---@field timeout number? of its requests, milliseconds of the app's time
---@field private raises boolean
---@field private journal sluice.test.Journal
---@field private surroundings sluice.test.Surroundings
---@field private completed table[]
---@field private is_open boolean
local App = {}
App.__index = App

---What an app under test is loaded with.
---@class sluice.test.AppOptions
---@field modules table<string, any>? what `require` returns instead of modules
---@field env table<string, string|false>? variables of the environment; false: not set
---@field raise boolean? false: an error of the app does not fail the spec
---@field timeout number? milliseconds of the app's time until an answer has to be there

local known = { modules = "table", env = "table", raise = "boolean", timeout = "number" }

-- For app:on_start and app:on_stop.
local STEP_MS = 60000

---@type sluice.test.App?
local current

local function run_step(name)
  testing.begin(name)
  local done = clock.run(function()
    return testing.life() ~= nil
  end, clock.now() + STEP_MS)
  local ok, why = testing.life()
  if not done then
    return false, ("it takes longer than %d s"):format(STEP_MS / 1000)
  end
  return ok, why
end

---@private
function App:drop()
  testing.end_app()
  surroundings.leave(self.surroundings)
  self.is_open = false
  current = nil
end

---End the app as a server does that stops: what `app:on_stop` was given is
---called, and everything that still runs is dropped.
function App:close()
  if not self.is_open then
    return
  end
  local stopped, why = run_step("stop")
  self:drop()
  if not stopped then
    blame("the app does not stop: " .. tostring(why))
  end
end

local function close_current()
  if current then
    current:close()
  end
end

---Load an app, and start it. One app is open at a time: another one that is
---open is closed first.
---@param path string
---@param options? sluice.test.AppOptions
---@return sluice.test.App
local function open(path, options)
  misuse.check_type(path, "string", 1, "app")
  misuse.check(options == nil or type(options) == "table", 2, "app", "table", options)
  misuse.check_options(options or {}, known, 2, "app")
  options = options or {}
  close_current()
  local self = setmetatable({
    timeout = options.timeout,
    raises = options.raise ~= false,
    journal = Journal.new(),
    surroundings = surroundings.enter(options.modules or {}, options.env or {}),
    completed = {},
    is_open = true,
  }, App)
  current = self
  local loaded, why = testing.load(path)
  if not loaded then
    self:drop()
    blame("the app does not load: " .. why)
  end
  local started, reason = run_step("start")
  if not started then
    self:drop()
    blame("the app does not start: " .. reason)
  end
  return self
end

---Operations of all its requests.
---@private
function App:completions()
  for _, completion in ipairs(testing.completions()) do
    table.insert(self.completed, completion)
  end
  return self.completed
end

---@private
function App:check_open()
  if not self.is_open then
    blame("this app is closed; load it again with t.app")
  end
end

---Raise what the app has logged as an error, unless that is wanted.
---@private
---@param raise boolean? of the request
function App:check(raise)
  local failures = self.journal:take_failures()
  if raise == nil then
    raise = self.raises
  end
  if failures and raise then
    blame(failures)
  end
end

---A connection, on which several requests can follow each other.
---@param address? string of the client: "127.0.0.1:50000" without it
---@return sluice.test.Connection
function App:connect(address)
  self:check_open()
  misuse.check_type(address, "string?", 1, "connect")
  return Connection.new(self, address)
end

local function begin(self, method, target, options)
  self:check_open()
  return Connection.new(self, options and options.address):begin(method, target, options)
end

-- On a connection of its own, which ends with the answer.
local function ask(self, method, target, options)
  local exchange = begin(self, method, target, options)
  local response = exchange:response()
  exchange:leave()
  return response
end

---Send a request on a connection of its own, and wait for the whole answer.
---@param method string
---@param target string path, and query
---@param options? sluice.test.Options
---@return sluice.test.Response
function App:request(method, target, options)
  misuse.check_type(method, "string", 1, "request")
  misuse.check_type(target, "string", 2, "request")
  message.check(options, "request", 3)
  return ask(self, method, target, options)
end

---Begin a request on a connection of its own; what can happen now does.
---@param method string
---@param target string path, and query
---@param options? sluice.test.Options
---@return sluice.test.Exchange
function App:open(method, target, options)
  misuse.check_type(method, "string", 1, "open")
  misuse.check_type(target, "string", 2, "open")
  message.check(options, "open", 3)
  local exchange = begin(self, method, target, options)
  exchange:settle()
  return exchange
end

-- get, post, ...: as request.
for _, method in ipairs({ "get", "head", "post", "put", "patch", "delete", "options" }) do
  App[method] = function(self, target, options)
    misuse.check_type(target, "string", 1, method)
    message.check(options, method, 2)
    return ask(self, method:upper(), target, options)
  end
end

---Let so much time of the app pass: what is due in it happens.
---@param ms number milliseconds
function App:advance(ms)
  misuse.check_type(ms, "number", 1, "advance")
  self:check_open()
  clock.advance(ms)
  self:check()
end

---What can happen now does; time does not move.
function App:settle()
  self:check_open()
  clock.settle()
  self:check()
end

---Tell the app that its server is going to stop: what `req:on_shutdown` was
---given is called.
function App:shut_down()
  self:check_open()
  testing.shutdown()
  self:settle()
end

---What the app and its server have logged, the debug lines included.
---@return sluice.test.LogLine[]
function App:log()
  self.journal:update()
  return self.journal.lines
end

hint.install(App, "an app under test", { stop = "app:close", wait = "app:advance" })

return { open = open, close_current = close_current }
