--- What is around an app while it is written: errors are explained to whoever
--- has asked, and pages that are open learn that the code has changed.
--- Nothing of it is there without the setting `development`.

local native = require("sluice.native")
local Channel = require("sluice.channel")
local pages = require("sluice.dev.pages")
local picture = require("sluice.dev.picture")
local stack = require("sluice.dev.stack")

local host = native.host

local PREFIX = "/.sluice/"

local dev = {}

-- Those who listen to events, by their channels: who has left is collected.
local listeners = setmetatable({}, { __mode = "k" })

-- Why the code on the disk does not load; nil: it does, or nobody knows.
local trouble

-- The last error, with what stood on its stack, and the one that is being told.
local caught, told

local function tell(event)
  for channel in pairs(listeners) do
    channel:put(event, 0) -- who does not keep up will hear of the next one
  end
end

---What has happened outside of the app.
---@param what "trouble"|"over"
---@param text string
function dev.news(what, text)
  if what == "trouble" then
    trouble = text
    tell({ event = "trouble", data = text })
  else
    tell({ event = "over", data = "reload" })
  end
end

---Why the code on the disk does not load, or did not start.
---@return string?
function dev.trouble()
  return trouble
end

-- Until this version of the code, or the server, ends.
local function send_events(req, res)
  local channel = Channel.new(8)
  listeners[channel] = true
  req:on_shutdown(function()
    channel:put({ event = "stopping", data = "" }, 0)
  end)
  local events = res:sse()
  local sent = events and events:event({ event = "hello", data = host.version() })
  if sent and trouble then
    events:event({ event = "trouble", data = trouble })
  end
  while sent do
    local event = channel:get()
    sent = events:event(event) and event.event ~= "over" and event.event ~= "stopping"
  end
end

local function send_script(_, res)
  res:set("Content-Type", "text/javascript; charset=utf-8")
  res:set("Cache-Control", "no-store")
  res:write(pages.script)
end

local own = {
  ["/.sluice/events"] = send_events,
  ["/.sluice/page.js"] = send_script,
}

-- Does a browser ask for something that it will show as a page?
local function is_for_a_page(req)
  local destination = req:header("Sec-Fetch-Dest")
  local accept = req:header("Accept") or ""
  return accept:find("text/html", 1, true) ~= nil
    and (not destination or destination == "document" or destination == "iframe")
end

local function is_start(app, req, method, path)
  return path == "/"
    and method == "GET"
    and is_for_a_page(req)
    and not app.router:find(path)
    and not app.scope.not_found
end

-- Of a stack that is full the traceback is all that there is room for.
local function take_frames(err)
  if type(err) == "string" and err:find("stack overflow", 1, true) then
    return {}
  end
  local ok, frames = pcall(stack.take, 4)
  return ok and frames or {}
end

-- While the stack still stands. An error in here would hide the first one.
local function catch(req)
  return function(err)
    if err ~= "cancelled" then
      local traceback = debug.traceback("", 2):sub(2)
      caught = { err = err, frames = take_frames(err), traceback = traceback, req = req }
    end
    return err
  end
end

-- LuaJIT's words for a stack with no room left for `catch` either: which one it
-- was is chance, and they say nothing to who wrote the handler.
local function words_of(err)
  if err == "error in error handling" and not (caught and caught.err == err) then
    return "stack overflow: a function that calls itself without end?"
  end
  return err
end

-- A frame of ours below the handler's, for errors that blame its caller.
local function run_app(app, req, res, method, path)
  local value = app:handle(req, res, method, path)
  return value
end

---Answer a request, in the place of App:handle.
---@param app sluice.App
---@param req sluice.Request
---@param res sluice.Response
---@param method string
---@param path string
---@return any
function dev.handle(app, req, res, method, path)
  local run = path:sub(1, #PREFIX) == PREFIX and (own[path] or picture.find(path))
  if run then
    return run(req, res)
  elseif is_for_a_page(req) then
    host.add_to_page(res.handle, res.generation, pages.tag(host.version()))
  end
  if is_start(app, req, method, path) then
    return pages.start(app, res)
  end
  local ok, value = xpcall(run_app, catch(req), app, req, res, method, path)
  if not ok then
    error(words_of(value), 0)
  end
  return value
end

-- What is below the handler says nothing to who wrote it.
local function trim(traceback)
  local kept = {}
  for line in traceback:gmatch("[^\n]+") do
    if line:find("lua/sluice/dev/init.lua", 1, true) then
      break
    end
    kept[#kept + 1] = line
  end
  if kept[#kept] == "\t[C]: in function 'xpcall'" then
    kept[#kept] = nil
  end
  return table.concat(kept, "\n")
end

---The traceback of an error that was caught here: that of its place.
---@param err any
---@param traceback string
---@return string
function dev.traceback_of(err, traceback)
  told = caught and rawequal(caught.err, err) and caught or nil
  caught = nil
  return told and trim(told.traceback) or traceback
end

---The page of the error that was told last.
---@param message string
---@param traceback string
---@param method string
---@param target string
---@param id string of the request
---@return string text
---@return string type
function dev.error_page(message, traceback, method, target, id)
  local failure = {
    message = message,
    traceback = traceback,
    method = method,
    target = target,
    id = id,
    frames = told and told.frames or {},
    headers = {},
  }
  local accept = ""
  if told then
    local ok, headers = pcall(function()
      return told.req.headers
    end)
    failure.headers = ok and headers or {}
    accept = failure.headers.accept or ""
  end
  told = nil
  return pages.explain(failure, accept)
end

return dev
