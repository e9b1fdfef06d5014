--- What a handler returns is not sent: `return res:json(...)` only ends it. A
--- handler that returns a text or a table when nothing was answered is told so;
--- its client would see an empty page that looks like success.

local ffi = require("ffi")
local native = require("sluice.native")

local C, OK = native.C, native.C.SL_OK
local stat = ffi.new("sl_response_stat")

local explanation = "the handler at %s returned a %s, and nothing was answered; what a handler "
  .. "returns is not sent: write %s"
local advice = { string = "return res:text(...)", table = "return res:json(...)" }

-- Objects of the library, such as operations and tasks, are what calls return.
local function is_content(value)
  return type(value) == "string" or type(value) == "table" and not getmetatable(value)
end

local function is_untouched(res)
  local rc = C.sl_response_describe(res.handle, res.generation, stat)
  return rc == OK
    and stat.status == 200
    and stat.committed == 0
    and stat.finished == 0
    and stat.in_flight == 0
    and stat.pending_bytes == 0
end

local function keep(res, value, ...)
  if is_content(value) then
    rawset(res, "returned", value)
  end
  return value, ...
end

---A handler with something around it, which may use what it returns, or drop it.
---@param handler sluice.Handler
---@return sluice.Handler
local function kept(handler)
  return function(req, res)
    return keep(res, handler(req, res))
  end
end

---Raise an error when what was returned should have been the answer.
---@param value any what was returned at last
---@param res sluice.Response
---@param place fun(app: sluice.App, method: string, path: string): string where
---the handler is
---@param app sluice.App
---@param method string
---@param path string
local function check(value, res, place, app, method, path)
  value = rawget(res, "returned") or value
  -- Of what was written for HEAD nothing is left to be seen.
  if method ~= "HEAD" and is_content(value) and is_untouched(res) then
    local kind = type(value)
    error(explanation:format(place(app, method, path), kind, advice[kind]), 0)
  end
end

return { kept = kept, check = check }
