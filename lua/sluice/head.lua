--- The rest of the response: status, headers, and what is known of it. These
--- are methods of sluice.Response too.

local ffi = require("ffi")
local native = require("sluice.native")
local status = require("sluice.status")
local fields = require("sluice.fields")
local Response = require("sluice.interfaces")

local C, host = native.C, native.host
local OK, EINVAL = C.SL_OK, C.SL_EINVAL
local word = status.word

local span = ffi.new("sl_span")
local stat = ffi.new("sl_response_stat")

-- A wrong argument is an error of the script; the rest is returned. What is
-- passed as `_` lives until here, because the call pointed to it. Methods end
-- with a call of this one, which takes their place on the stack: level 2 is
-- the script.
local function result(rc, name, why, _)
  if rc == OK then
    return true
  elseif rc == EINVAL then
    error("bad argument to '" .. name .. "' (" .. why .. ")", 2)
  end
  return nil, word(rc)
end

local function text(value, number, name)
  local kind = type(value)
  if kind ~= "string" and kind ~= "number" then
    error(("bad argument #%d to '%s' (text expected, got %s)"):format(number, name, kind), 3)
  end
  return kind == "string" and value or tostring(value)
end

local header_rules = "a name is a token, a value has no control characters, "
  .. "and framing belongs to the server"
local interim_rules = "a status is 102 to 199; " .. header_rules

---Set a header field, in place of any of that name.
---
---    res:set("Cache-Control", "no-store") --> Cache-Control: no-store
---@param name string
---@param value string|number
---@return boolean? ok
---@return string? err `"committed"` when the headers have left
function Response:set(name, value)
  name, value = text(name, 1, "set"), text(value, 2, "set")
  local rc = C.sl_response_set_header(self.handle, self.generation, name, #name, value, #value, 1)
  return result(rc, "set", header_rules)
end

---Add a header field beside those of that name.
---
---    res:add("Vary", "Accept") --> Vary: Accept
---    res:add("Vary", "Cookie") --> Vary: Cookie
---@param name string
---@param value string|number
---@return boolean? ok
---@return string? err
function Response:add(name, value)
  name, value = text(name, 1, "add"), text(value, 2, "add")
  local rc = C.sl_response_set_header(self.handle, self.generation, name, #name, value, #value, 0)
  return result(rc, "add", header_rules)
end

---A header field that was set; the nth of that name.
---
---    res:set("X-Kind", "example") --> X-Kind: example
---    res:write(res:get("x-kind"), "\n") --> example
---@param name string
---@param nth? integer from 1, which is the default
---@return string? value
---@return string? err
function Response:get(name, nth)
  name = text(name, 1, "get")
  local rc = C.sl_response_header(self.handle, self.generation, name, #name, (nth or 1) - 1, span)
  if rc == OK then
    return ffi.string(span.data, span.len)
  end
  return nil, rc < 0 and word(rc) or nil
end

---Delete a header field.
---
---    res:set("X-Kind", "example")
---    res:delete("X-Kind")
---    res:write(tostring(res:get("X-Kind")), "\n") --> nil
---@param name string
---@return boolean? ok
---@return string? err
function Response:delete(name)
  name = text(name, 1, "delete")
  local rc = C.sl_response_delete_header(self.handle, self.generation, name, #name)
  return result(rc, "delete", header_rules)
end

local function describe(self)
  local rc = C.sl_response_describe(self.handle, self.generation, stat)
  if rc < 0 then
    return nil, word(rc)
  end
  return stat
end

---Set the status, and optionally its reason; or ask for it.
---
---    res:status(404, "Nothing here") --> HTTP/1.1 404 Nothing here
---    res:write(res:status(), "\n") --> 404
---@param code? integer 200 to 599
---@param reason? string
---@return boolean|integer? ok the status, when none was given
---@return string? err
function Response:status(code, reason)
  if code == nil then
    local now, err = describe(self)
    return now and now.status, err
  end
  if type(code) ~= "number" then
    error("bad argument #1 to 'status' (number expected, got " .. type(code) .. ")", 2)
  end
  local rc = C.sl_response_set_status(
    self.handle,
    self.generation,
    code,
    reason and text(reason, 2, "status"),
    reason and #reason or 0
  )
  return result(rc, "status", "a status is 200 to 599, a reason at most 256 bytes of text")
end

---Drop what is buffered of the body, and reset status and headers.
---
---    res:write("half an ans")
---    res:clear()
---    res:status(503) --> HTTP/1.1 503 Service Unavailable
---    res:write("not now\n") --> not now
---@return boolean? ok
---@return string? err
function Response:clear()
  return result(C.sl_response_clear(self.handle, self.generation), "clear", "")
end

---Reset the headers.
---
---    res:set("ETag", '"1"')
---    res:clear_headers()
---    res:write(tostring(res:get("ETag")), "\n") --> nil
---@return boolean? ok
---@return string? err
function Response:clear_headers()
  return result(C.sl_response_clear_headers(self.handle, self.generation), "clear_headers", "")
end

---Answer with a redirection. What comes from others is escaped: as a part of the
---URL with sluice.escape.url.
---
---    local words = sluice.escape.url("tea & milk")
---    res:redirect("/search?q=" .. words, 303) --> HTTP/1.1 303 See Other
---    --> Location: /search?q=tea%20%26%20milk
---@param url string
---@param code? integer 301, 302 (the default), 303, 307 or 308
---@return boolean? ok
---@return string? err
function Response:redirect(url, code)
  url = text(url, 1, "redirect")
  if code ~= nil and type(code) ~= "number" then
    error("bad argument #2 to 'redirect' (number expected, got " .. type(code) .. ")", 2)
  end
  local rc = C.sl_response_redirect(self.handle, self.generation, url, #url, code or 302)
  return result(rc, "redirect", "a URL without control characters, and 301, 302, 303, 307 or 308")
end

---A text for the log and for the error page of development.
---
---    res:status(502) --> HTTP/1.1 502 Bad Gateway
---    res:error_description("the database does not answer")
---@param description string
---@return boolean? ok
---@return string? err
function Response:error_description(description)
  description = text(description, 1, "error_description")
  local rc =
    C.sl_response_set_error_description(self.handle, self.generation, description, #description)
  return result(rc, "error_description", "text expected")
end

---Send an interim response ahead of the final one.
---
---    res:informational(103, { Link = "</style.css>; rel=preload" }) --> HTTP/1.1 103 Early Hints
---    --> Link: </style.css>; rel=preload
---    res:write("the page\n") --> the page
---@param code integer 102 to 199
---@param headers? table<string, string|number>
---@return boolean? ok
---@return string? err
function Response:informational(code, headers)
  local list, why = fields.new(headers or {})
  if not list then
    error("bad argument #2 to 'informational' (" .. why .. ")", 2)
  end
  local rc = C.sl_response_informational(self.handle, self.generation, code, list.specs, list.count)
  return result(rc, "informational", interim_rules, list)
end

---Let the server hold back output for longer than a turn: fewer, larger sends.
---
---    res:buffering(64 * 1024)
---    for row = 1, 3 do
---      res:write(row, " ") --> 1 2 3
---      sluice.sleep(1) -- sends nothing yet
---    end
---@param size boolean|integer bytes; true for the send threshold; false for none
---@return boolean? ok
---@return string? err
function Response:buffering(size)
  local bytes = size == true and host.send_threshold or size or 0
  if type(bytes) ~= "number" or bytes < 0 or bytes ~= bytes then
    error("bad argument #1 to 'buffering' (true, false or a number of bytes expected)", 2)
  end
  local rc = C.sl_response_set_buffering(self.handle, self.generation, bytes)
  return result(rc, "buffering", "true, false or a number of bytes expected")
end

---Close the connection after this response.
---
---    res:need_disconnect() --> Connection: close
---    res:write("bye\n") --> bye
---@param disconnect? boolean true by default
---@return boolean? ok
---@return string? err
function Response:need_disconnect(disconnect)
  local wanted = disconnect == false and 0 or 1
  local rc = C.sl_response_set_need_disconnect(self.handle, self.generation, wanted)
  return result(rc, "need_disconnect", "")
end

---Have status and headers left?
---
---    if not res:is_committed() then
---      res:status(202) --> HTTP/1.1 202 Accepted
---    end
---@return boolean? committed
---@return string? err
function Response:is_committed()
  local now, err = describe(self)
  if not now then
    return nil, err
  end
  return now.committed ~= 0
end

---Bytes of the body that were accepted and not yet sent.
---
---    res:write("Hello\n") --> Hello
---    res:write(res:pending_bytes(), "\n") --> 6
---@return number? bytes
---@return string? err
function Response:pending_bytes()
  local now, err = describe(self)
  return now and now.pending_bytes, err
end

return Response
