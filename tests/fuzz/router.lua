--- Paths through the router, against a matcher that tries every route.

local Router = require("sluice.router")
local pattern = require("sluice.pattern")
local url = require("sluice.url")

local paths = {
  "/",
  "/a",
  "/a/",
  "/a/b",
  "/:x",
  "/:x/b",
  "/:n<int>",
  "/:n<int>/c",
  "/a/:x/c",
  "/a/:x<int>",
  "/files/*path",
  "/a/b/*rest",
  "/%",
  "/:x/:y/:z",
  "/a b",
}
local router, routes = Router.new(), {}
for _, path in ipairs(paths) do
  local route = { method = "GET", path = path, source = "here", handler = print }
  assert(router:add(route))
  routes[#routes + 1] = route
end

-- Byte by byte, unlike the library.
local function decode(text)
  local out, i = {}, 1
  while i <= #text do
    local digits = text:sub(i + 1, i + 2)
    if text:byte(i) == 37 and #digits == 2 and not digits:find("%X") then
      out[#out + 1], i = string.char(tonumber(digits, 16)), i + 3
    else
      out[#out + 1], i = text:sub(i, i), i + 1
    end
  end
  return table.concat(out)
end

local function is_clean(rest)
  for name in (rest .. "/"):gmatch("([^/]*)/") do
    if name == "." or name == ".." then
      return false
    end
  end
  return not rest:find("//", 1, true) and rest:sub(1, 1) ~= "/" and not rest:find("\0", 1, true)
end

local function segments_of(path)
  local list, from = {}, 2
  repeat
    local slash = path:find("/", from, true)
    list[#list + 1] = { text = decode(path:sub(from, slash and slash - 1)), from = from }
    from = slash and slash + 1
  until not from
  return list
end

-- The values of the parameters, or nil when the route does not fit.
local function match(route, path)
  local values, parts = {}, segments_of(path)
  for i, segment in ipairs(route.segments) do
    local part = parts[i]
    if not part then
      return nil
    elseif segment.is_rest then
      local rest = decode(path:sub(part.from))
      values[#values + 1] = rest
      return is_clean(rest) and values or nil
    elseif segment.fixed then
      if segment.fixed ~= part.text then
        return nil
      end
    else
      local value = part.text
      if segment.type then
        value = pattern.convert[segment.type](value)
      end
      if value == nil or value == "" then
        return nil
      end
      values[#values + 1] = value
    end
  end
  return #parts == #route.segments and values or nil
end

local function check_found(node, values, path)
  local route = assert(Router.choose(node, "GET"))
  local expected = match(route, path)
  if not expected and router.plain[path] == node then
    return -- taken literally
  end
  assert(expected, "a route that does not fit: " .. route.path)
  for i, value in ipairs(expected) do
    assert(values[i] == value, "a wrong value for " .. route.path)
  end
end

return function(input)
  assert(url.decode(input) == decode(input), "decoded differently")
  for _ in url.pairs(input) do -- must end
  end
  local path = "/" .. input
  local node, values = router:find(path)
  if node then
    return check_found(node, values, path)
  end
  for _, route in ipairs(routes) do
    assert(not match(route, path), "not found: " .. route.path)
  end
end
