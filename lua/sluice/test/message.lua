--- A request as the bytes that a client sends.

local escape = require("sluice.escape").url
local json = require("sluice.json")
local misuse = require("sluice.misuse")

---What a request has beside its method and its target.
---@class sluice.test.Options
---@field headers table<string, string|number|(string|number)[]>? fields; a list for several lines
---@field query table<string, string|number|(string|number)[]>? added to the target
---@field body string?
---@field json any? a body, and its Content-Type
---@field form table<string, string|number|(string|number)[]>? likewise, urlencoded
---@field version string? of HTTP: "1.1" or "1.0"
---@field stream boolean? the body is sent in pieces, with `write` and `finish`
---@field take integer? bytes that the client takes, until it is told to take more; all
---@field timeout number? milliseconds of the app's time until an answer has to be there
---@field raise boolean? false: an error of the app does not fail the spec
---@field address string? of the client: "127.0.0.1:50000" without it

local known = {
  headers = "table",
  query = "table",
  body = "string",
  json = "table or string or number or boolean",
  form = "table",
  version = "string",
  stream = "boolean",
  take = "number",
  timeout = "number",
  raise = "boolean",
  address = "string",
}

-- name=value&..., in the order of the names.
local function encode_pairs(values)
  local names, pieces = {}, {}
  for name in pairs(values) do
    names[#names + 1] = tostring(name)
  end
  table.sort(names)
  for _, name in ipairs(names) do
    local value = values[name]
    for _, one in ipairs(type(value) == "table" and value or { value }) do
      pieces[#pieces + 1] = escape(name) .. "=" .. escape(one)
    end
  end
  return table.concat(pieces, "&")
end

local function target_of(target, query)
  if not query or next(query) == nil then
    return target
  end
  return target .. (target:find("?", 1, true) and "&" or "?") .. encode_pairs(query)
end

local function body_of(options)
  if options.json ~= nil then
    return json.encode(options.json), "application/json"
  elseif options.form then
    return encode_pairs(options.form), "application/x-www-form-urlencoded"
  end
  return options.body
end

-- Fields that were not given, then those that were, in the order of their names.
local function add_fields(lines, defaults, given)
  local names, has = {}, {}
  for name in pairs(given) do
    names[#names + 1], has[name:lower()] = name, true
  end
  table.sort(names)
  for _, field in ipairs(defaults) do
    if field[2] and not has[field[1]:lower()] then
      lines[#lines + 1] = field[1] .. ": " .. field[2]
    end
  end
  for _, name in ipairs(names) do
    local value = given[name]
    for _, one in ipairs(type(value) == "table" and value or { value }) do
      lines[#lines + 1] = name .. ": " .. tostring(one)
    end
  end
end

---@param options sluice.test.Options?
---@param name string of the function that was given them
---@param number integer of the argument
---@param level? integer of the one to blame; 5 is the caller's caller's caller
local function check(options, name, number, level)
  level = level or 5
  misuse.check(options == nil or type(options) == "table", number, name, "table", options, level)
  misuse.check_options(options or {}, known, number, name, level)
end

---@param method string
---@param target string
---@param options sluice.test.Options
---@return string
local function build(method, target, options)
  local version = options.version or "1.1"
  local body, content_type = body_of(options)
  local lines = { ("%s %s HTTP/%s"):format(method, target_of(target, options.query), version) }
  add_fields(lines, {
    { "Host", version ~= "1.0" and "localhost" },
    { "Content-Type", content_type },
    { "Content-Length", body and #body },
    { "Transfer-Encoding", options.stream and "chunked" },
  }, options.headers or {})
  return table.concat(lines, "\r\n") .. "\r\n\r\n" .. (body or "")
end

return { check = check, build = build }
