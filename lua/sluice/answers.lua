--- Whole answers in one call: methods of sluice.Response.

local json = require("sluice.json")
local misuse = require("sluice.misuse")
local Response = require("sluice.head")

local check = misuse.check

local function is_status(value)
  return type(value) == "number" and value >= 200 and value <= 599 and value % 1 == 0
end

-- The type that a handler set before stays.
local function answer(self, text, status, kind)
  local ok, err = true, nil
  if status then
    ok, err = self:status(status)
  end
  if ok and not self:get("Content-Type") then
    ok, err = self:set("Content-Type", kind)
  end
  if not ok then
    return nil, err
  end
  return self:write(text)
end

---Answer with a value as JSON; see sluice.json for how it is encoded.
---
---    res:json({ id = 7, tags = sluice.json.array(tags) }, 201)
---@param value any
---@param status? integer 200 to 599
---@return number? bytes accepted
---@return string? err `"committed"` when the headers have left
function Response:json(value, status)
  check(status == nil or is_status(status), 2, "json", "a status from 200 to 599", status)
  local text, why = json.try_encode(value)
  if not text then
    error("bad argument #1 to 'json' (" .. why .. ")", 2)
  end
  return answer(self, text, status, "application/json")
end

local function is_text(value)
  return type(value) == "string" or type(value) == "number"
end

---Answer with plain text.
---
---    res:text("not today\n", 503)
---@param text string|number
---@param status? integer 200 to 599
---@return number? bytes accepted
---@return string? err
function Response:text(text, status)
  check(is_text(text), 1, "text", "text", text)
  check(status == nil or is_status(status), 2, "text", "a status from 200 to 599", status)
  return answer(self, text, status, "text/plain; charset=utf-8")
end

---Answer with HTML. What comes from others goes through sluice.escape.html.
---
---    res:html("<!doctype html><title>Hi</title><h1>Hi</h1>")
---@param text string|number
---@param status? integer 200 to 599
---@return number? bytes accepted
---@return string? err
function Response:html(text, status)
  check(is_text(text), 1, "html", "text", text)
  check(status == nil or is_status(status), 2, "html", "a status from 200 to 599", status)
  return answer(self, text, status, "text/html; charset=utf-8")
end

return Response
