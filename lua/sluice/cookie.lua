--- Cookies of a response (RFC 6265): a method of sluice.Response.

local host = require("sluice.native").host
local check_options = require("sluice.misuse").check_options
local Response = require("sluice.head")

-- Browsers drop longer ones without a word.
local MOST_BYTES = 4096

-- RFC 6265, 4.1.1.
local NOT_IN_VALUE = '[%c \128-\255",;\\]'

---@class sluice.CookieAttributes
---@field path string? "/" by default
---@field domain string? this host alone without it
---@field max_age integer? seconds to live; 0 deletes it; without it and without
---expires it lives as long as the browser's session
---@field expires number? seconds since 1970
---@field secure boolean? over HTTPS only; false by default
---@field http_only boolean? hidden from scripts of the page; true by default
---@field same_site string? "Lax" (the default), "Strict" or "None"
---@field partitioned boolean? a jar for each site that embeds this one

local known_attributes = {
  path = "string",
  domain = "string",
  max_age = "number",
  expires = "number",
  secure = "boolean",
  http_only = "boolean",
  same_site = "string",
  partitioned = "boolean",
}

local same_sites = { Lax = true, Strict = true, None = true }

local function problem_of_pair(name, value)
  if type(name) ~= "string" or not name:find("^[%w!#$%%&'*+%-.^_`|~]+$") then
    return 1, "a name of letters, digits and !#$%&'*+-.^_`|~ expected"
  elseif type(value) ~= "string" and type(value) ~= "number" then
    return 2, "text expected, got " .. type(value)
  elseif tostring(value):find(NOT_IN_VALUE) then
    return 2,
      "a cookie holds no space, quote, comma, semicolon, backslash, control or "
        .. "non-ASCII character: encode it, with sluice.escape.url or sluice.base64.encode_url"
  elseif #name + #tostring(value) > MOST_BYTES then
    return 2, "name and value have more than 4096 bytes"
  end
end

local function problem_of_attributes(a)
  if a.path and not a.path:find("^/[^;%c\128-\255]*$") then
    return "path: one that starts with '/' expected"
  elseif a.domain and not a.domain:find("^%.?%w[%w.-]*$") then
    return "domain: the name of a host expected"
  elseif a.max_age and a.max_age % 1 ~= 0 then
    return "max_age: whole seconds expected"
  elseif a.expires and a.expires ~= a.expires then
    return "expires: seconds since 1970 expected"
  elseif a.same_site and not same_sites[a.same_site] then
    return 'same_site: "Lax", "Strict" or "None" expected'
  elseif (a.same_site == "None" or a.partitioned) and not a.secure then
    return 'browsers take same_site = "None" and partitioned with secure = true only'
  end
end

-- Browsers drop a cookie whose name promises what its attributes do not keep.
local function problem_of_prefix(name, a)
  local lower = name:lower()
  if lower:find("^__secure%-") and not a.secure then
    return "a name that starts with __Secure- needs secure = true"
  elseif lower:find("^__host%-") and not (a.secure and not a.domain and (a.path or "/") == "/") then
    return "a name that starts with __Host- needs secure = true, the path / and no domain"
  end
end

local function format(name, value, a)
  local parts = { name .. "=" .. value, "Path=" .. (a.path or "/") }
  local function add(wanted, text)
    if wanted then
      parts[#parts + 1] = text
    end
  end
  add(a.domain, "Domain=" .. (a.domain or ""))
  add(a.max_age, ("Max-Age=%.0f"):format(a.max_age or 0))
  add(a.expires, a.expires and "Expires=" .. host.http_date(a.expires))
  add(a.secure, "Secure")
  add(a.http_only ~= false, "HttpOnly")
  add(true, "SameSite=" .. (a.same_site or "Lax"))
  add(a.partitioned, "Partitioned")
  return table.concat(parts, "; ")
end

---Set a cookie, beside others. Without attributes it is one for the whole site,
---hidden from the scripts of pages, and not sent along from other sites.
---
---    res:cookie("session", sluice.uuid.v4(), { secure = true, max_age = 3600 })
---    res:cookie("session", "", { max_age = 0 }) -- deletes it
---@param name string
---@param value string|number printable ASCII without space, quotes, `,;\`
---@param attributes? sluice.CookieAttributes
---@return boolean? ok
---@return string? err `"committed"` when the headers have left
function Response:cookie(name, value, attributes)
  local number, why = problem_of_pair(name, value)
  if number then
    error(("bad argument #%d to 'cookie' (%s)"):format(number, why), 2)
  end
  attributes = attributes or {}
  if type(attributes) ~= "table" then
    error("bad argument #3 to 'cookie' (table expected, got " .. type(attributes) .. ")", 2)
  end
  check_options(attributes, known_attributes, 3, "cookie")
  why = problem_of_attributes(attributes) or problem_of_prefix(name, attributes)
  if why then
    error("bad argument #3 to 'cookie' (" .. why .. ")", 2)
  end
  return self:add("Set-Cookie", format(name, value, attributes))
end

return Response
