--- What is said of an error: its text, and the lines that led to it.
---
--- When the host sees an error, the coroutine has been unwound already. So a
--- few things that a traceback should say are put back here: the line of the
--- function that failed, where another coroutine failed whose error was raised
--- again, and the handler whose frame a tail call has replaced.

local host = require("sluice.native").host
local Router = require("sluice.router")

-- The last error that came out of a coroutine or a task, what led to it (a
-- coroutine, or a traceback), and when: the same text at another time is
-- another error.
local origin = {}

-- Of texts the end is compared: assert puts where it stands in front of them.
local function is_origin_of(err)
  if not origin.from or origin.at ~= host.now() then
    return false
  elseif type(err) == "string" and type(origin.err) == "string" then
    return err:sub(-#origin.err) == origin.err
  end
  return rawequal(origin.err, err)
end

---An error that is about to be raised again, or returned, elsewhere.
---@param err any
---@param from thread|string? the coroutine that it ended, or its traceback
local function remember(err, from)
  if from and not is_origin_of(err) then
    origin = { err = err, from = from, at = host.now() }
  end
end

---@param err any
---@return string
local function text_of(err)
  if type(err) == "string" or type(err) == "number" then
    return tostring(err)
  end
  local meta = debug.getmetatable(err)
  local ok, text = pcall(tostring, err)
  if type(meta) == "table" and meta.__tostring and ok and type(text) == "string" then
    return text
  end
  local message = type(err) == "table" and rawget(err, "message")
  return "error object is a " .. type(err) .. (message and ": " .. tostring(message) or "")
end

-- Of the function that failed only the file is known any more; the line is in
-- front of the message.
local function complete(traceback, text)
  local file, line = text:match("^(.-):(%d+): ")
  local first = file and "stack traceback:\n\t" .. file .. ":"
  if first and traceback:find(first .. " in ", 1, true) == 1 then
    return first .. line .. ":" .. traceback:sub(#first + 1)
  end
  return traceback
end

local function add_origin(traceback, err)
  local from = is_origin_of(err) and origin.from
  origin = {}
  if not from then
    return traceback
  end
  local inner = type(from) == "thread" and debug.traceback(from) or from
  return complete(inner, text_of(err))
    .. "\nwhich was raised again:"
    .. traceback:gsub("^stack traceback:", "")
end

-- Callers of handlers. An error that names one is for a handler that called the
-- library last of all, with `return res:status("x")`: its frame is gone.
local callers = { main = true, app = true, middleware = true, returned = true, ["dev/init"] = true }

local function place_of(handler)
  local info = debug.getinfo(handler, "S")
  return info.short_src .. ":" .. info.linedefined
end

---Name the handler in an error that is for it and cannot name its line.
---@param text string
---@param handler function?
---@return string
local function blame(text, handler)
  local file, rest = text:match("sluice/([%w_/]+)%.lua:%d+: (.*)$")
  if not handler or not callers[file] then
    return text
  end
  return ("in the handler at %s: %s"):format(place_of(handler), rest)
end

local function handler_of(app, method, path)
  local node = app and path and app.router:find(path)
  local route = node and Router.choose(node, method)
  return route and route.handler
end

---Where the handler of a request begins.
---@return string
local function place(app, method, path)
  local handler = handler_of(app, method, path)
  return handler and place_of(handler) or "unknown"
end

---Called by the host for an error that nobody caught.
---@param app sluice.App
---@param err any
---@param text string
---@param traceback string of the coroutine that ended with it
---@param method string? of a handler's request
---@param path string?
---@return string text
---@return string traceback
local function explain(app, err, text, traceback, method, path)
  if type(err) == "table" then
    text = text_of(err)
  end
  traceback = add_origin(complete(traceback, text), err)
  return blame(text, handler_of(app, method, path)), traceback
end

return { place = place, remember = remember, text_of = text_of, blame = blame, explain = explain }
