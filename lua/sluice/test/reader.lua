--- The client's side of HTTP/1.1: the bytes of one answer, as they come.

---@class sluice.test.Headers fields by name, in any case; repeated ones joined by ", "
---@field [string] string

---@class sluice.test.Reader
---@field status integer? once the head has come
---@field reason string?
---@field headers sluice.test.Headers?
---@field lines { name: string, value: string }[] the fields as they came
---@field informational { status: integer, headers: sluice.test.Headers }[]
---@field body string[] pieces as they came
---@field chunks string[]? of a chunked body
---@field trailers sluice.test.Headers?
---@field is_complete boolean
---@field is_cut boolean the connection ended before the answer did
---@field private text string bytes that were not looked at, from `at` on
---@field private at integer
local Reader = {}
Reader.__index = Reader

---@param is_head boolean the answer to HEAD has no body
---@return sluice.test.Reader
function Reader.new(is_head)
  return setmetatable({
    is_head = is_head,
    step = "read_head",
    lines = {},
    informational = {},
    body = {},
    is_complete = false,
    is_cut = false,
    text = "",
    at = 1,
  }, Reader)
end

local any_case = {
  __index = function(fields, name)
    return type(name) == "string" and rawget(fields, name:lower()) or nil
  end,
}

local function parse_fields(text)
  local fields, lines = setmetatable({}, any_case), {}
  for name, value in text:gmatch("([^:\r\n]+):[ \t]*([^\r\n]-)[ \t]*\r\n") do
    local key = name:lower()
    local old = rawget(fields, key)
    rawset(fields, key, old and old .. ", " .. value or value)
    lines[#lines + 1] = { name = name, value = value }
  end
  return fields, lines
end

-- Cut off what is in front of an end, and the end itself; nil: not there yet.
function Reader:take_to(mark)
  local from, to = self.text:find(mark, self.at, true)
  if not from then
    return nil
  end
  local text = self.text:sub(self.at, from - 1)
  self.at = to + 1
  return text
end

-- Bytes that have come and were not looked at.
function Reader:has()
  return #self.text - self.at + 1
end

function Reader:read_head()
  local head = self:take_to("\r\n\r\n")
  if not head then
    return false
  end
  local status, reason, fields = head:match("^HTTP/1%.[01] (%d%d%d) ?([^\r\n]*)\r?\n?(.*)$")
  if not status then
    error("the server sent no answer of HTTP: " .. head, 0)
  end
  local headers, lines = parse_fields(fields .. "\r\n")
  status = tonumber(status)
  if status < 200 then
    table.insert(self.informational, { status = status, headers = headers })
    return true
  end
  self.status, self.reason, self.headers, self.lines = status, reason, headers, lines
  self.step = self:choose_framing()
  return true
end

-- RFC 9112, 6.3.
function Reader:choose_framing()
  local headers = self.headers
  if self.is_head or self.status == 204 or self.status == 304 then
    self.left = 0
    return "read_length"
  elseif headers["transfer-encoding"] then
    self.chunks = {}
    return "read_chunk_size"
  elseif headers["content-length"] then
    self.left = tonumber(headers["content-length"])
    return "read_length"
  end
  return "read_to_end"
end

function Reader:take_body(most)
  local part = self.text:sub(self.at, self.at + most - 1)
  self.at = self.at + #part
  if part ~= "" then
    table.insert(self.body, part)
  end
  return part
end

function Reader:read_length()
  self.left = self.left - #self:take_body(self.left)
  self.is_complete = self.left == 0
  return false
end

function Reader:read_to_end()
  self:take_body(self:has())
  return false
end

function Reader:read_chunk_size()
  local line = self:take_to("\r\n")
  if not line then
    return false
  end
  self.left = tonumber(line:match("^%x+"), 16)
  self.parts = {}
  self.step = self.left == 0 and "read_trailers" or "read_chunk"
  return true
end

function Reader:read_chunk()
  local part = self:take_body(self.left)
  self.left = self.left - #part
  table.insert(self.parts, part)
  if self.left > 0 or self:has() < 2 then
    return false
  end
  self.at = self.at + 2 -- the end of its line
  table.insert(self.chunks, table.concat(self.parts))
  self.step = "read_chunk_size"
  return true
end

function Reader:read_trailers()
  local none = self.text:sub(self.at, self.at + 1) == "\r\n"
  local text = self:take_to(none and "\r\n" or "\r\n\r\n")
  if not text then
    return false
  end
  self.trailers = parse_fields(text .. "\r\n")
  self.is_complete = true
  return false
end

---@param bytes string
function Reader:feed(bytes)
  self.text, self.at = self.text:sub(self.at) .. bytes, 1
  while not self.is_complete and self[self.step](self) do -- luacheck: ignore 542
  end
end

---What has come behind the answer.
---@return string
function Reader:rest()
  return self.text:sub(self.at)
end

---The connection has ended.
---@param in_order boolean and not with a reset
function Reader:close(in_order)
  if self.is_complete then
    return
  elseif self.step == "read_to_end" and in_order then
    self.is_complete = true
  else
    self.is_cut = true
  end
end

return Reader
