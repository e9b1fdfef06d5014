--- The name under which a client saves what it gets (RFC 6266). It may come from
--- anybody: nothing of it leaves its quotes, and it is no path.

---Well-formed characters of UTF-8, and nothing else?
---@param text string
---@return boolean
local function is_utf8(text)
  local rest = text
    :gsub("[\240-\244][\128-\191][\128-\191][\128-\191]", "")
    :gsub("[\224-\239][\128-\191][\128-\191]", "")
    :gsub("[\194-\223][\128-\191]", "")
  return not rest:find("[\128-\255]")
end

local function percent(byte)
  return ("%%%02X"):format(byte:byte())
end

---@param name string a name or a path, whose last part counts
---@return string value of Content-Disposition
local function attachment(name)
  name = name:match("[^/\\]*$"):gsub("%c", "")
  if name == "" then
    return "attachment"
  end
  -- Clients disagree on escapes inside of quotes, so that there are none.
  local plain = name:gsub("[\128-\255]+", "_"):gsub('["%%]', "_")
  local value = 'attachment; filename="' .. plain .. '"'
  if plain ~= name and is_utf8(name) then
    local encoded = name:gsub("[^%w!#$&+%-.^_`|~]", percent)
    value = value .. "; filename*=UTF-8''" .. encoded
  end
  return value
end

return { attachment = attachment, is_utf8 = is_utf8 }
