--- An app under test: loaded, started, asked, and ended.

local blame = require("sluice.test.blame")
local Client = require("sluice.test.client")
local clock = require("sluice.test.clock")
local Connection = require("sluice.test.connection")
local hint = require("sluice.hint")
local Journal = require("sluice.test.journal")
local misuse = require("sluice.misuse")
local surroundings = require("sluice.test.surroundings")
local testing = require("sluice.testing")

---@class sluice.test.App: sluice.test.Client
---@field timeout number? of its requests, milliseconds of the app's time
---@field private raises boolean
---@field private journal sluice.test.Journal
---@field private surroundings sluice.test.Surroundings
---@field private completed table[]
---@field private is_open boolean
local App = setmetatable({}, Client)
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
---
---    app:close()
---    assert.has_error(function()
---      app:get("/started")
---    end)
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
---
---    local loaded = t.app("app.lua", { env = { PLACE = "here" } })
---    assert.are.equal("here", loaded:get("/env/PLACE").body)
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
---
---    local connection = app:connect()
---    assert.are.equal("Hello, a!\n", connection:get("/hello/a").body)
---    assert.are.equal("Hello, b!\n", connection:get("/hello/b").body)
---@param address? string of the client: "127.0.0.1:50000" without it
---@return sluice.test.Connection
function App:connect(address)
  self:check_open()
  misuse.check_type(address, "string?", 1, "connect")
  return Connection.new(self, address)
end

---@private
function App:begin(method, target, options)
  self:check_open()
  return Connection.new(self, options.address):begin(method, target, options)
end

-- Its connection was for this one request.
---@private
function App:is_through(exchange)
  exchange:leave()
end

---Let so much time of the app pass: what is due in it happens.
---
---    app:advance(60000)
---    assert.are.equal(60, app:get("/started"):json().ticks)
---@param ms number milliseconds
function App:advance(ms)
  misuse.check_type(ms, "number", 1, "advance")
  self:check_open()
  clock.advance(ms)
  self:check()
end

---What can happen now does; time does not move.
---
---    app:open("GET", "/ticks")
---    app:settle()
---    assert.are.equal(0, app:get("/started"):json().ticks)
function App:settle()
  self:check_open()
  clock.settle()
  self:check()
end

---Tell the app that its server is going to stop: what `req:on_shutdown` was
---given is called.
---
---    app:open("GET", "/wait")
---    app:shut_down()
---    local log = app:log()
---    assert.are.equal("shutdown", log[#log].message)
function App:shut_down()
  self:check_open()
  testing.shutdown()
  self:settle()
end

---What the app and its server have logged, the debug lines included.
---
---    app:open("GET", "/wait"):leave()
---    local found = false
---    for _, line in ipairs(app:log()) do
---      found = found or line.message == "aborted"
---    end
---    assert.is_true(found)
---@return sluice.test.LogLine[]
function App:log()
  self.journal:update()
  return self.journal.lines
end

local others = { stop = "app:close", wait = "app:advance" }
setmetatable(Client, { __index = hint.hint("this client", { Client, App, Connection }, others) })

return { open = open, close_current = close_current }
