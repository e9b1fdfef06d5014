--- What the functions that register routes share.

local pattern = require("sluice.pattern")

---@param kind "app"|"group"|"route"
---@return sluice.Scope
local function new_scope(kind)
  return { kind = kind, middleware = {} }
end

local function source_of(level)
  local info = debug.getinfo(level + 1, "Sl")
  return info.short_src .. ":" .. info.currentline
end

-- Errors are for the callers of an app's methods: `level` 2 is the caller of who
-- checks.

local function check(value, number, kind, level)
  if type(value) ~= kind then
    local name = kind == "string" and "path" or kind
    error(("bad argument #%d (%s expected, got %s)"):format(number, name, type(value)), level + 1)
  end
end

local function check_open(self, level)
  local frozen = self.owner.frozen
  if frozen then
    error("nothing can be added to this app any more: " .. frozen, level + 1)
  end
end

-- Where a path of this group is: its "/" is the path of the group itself.
local function join(base, path)
  if base ~= "" and (path == "/" or path == "") then
    return base
  end
  return base .. path
end

local function register(self, level, method, path, handler, source, layers)
  local ok, why = self.owner:add({
    method = method,
    path = join(self.base, path),
    handler = handler,
    source = source,
    layers = layers or self.layers,
  })
  if not ok then
    error(why, level + 1)
  end
end

-- A prefix without its trailing slash.
local function check_prefix(self, prefix)
  check(prefix, 1, "string", 3)
  local segments, why = pattern.parse(prefix)
  local last = segments and segments[#segments]
  if not segments then
    error(why, 3)
  elseif last.is_rest then
    error("a prefix ends before the wildcard: '" .. prefix .. "'", 3)
  end
  check_open(self, 3)
  return (prefix:gsub("/$", ""))
end

return {
  new_scope = new_scope,
  source_of = source_of,
  check = check,
  check_open = check_open,
  check_prefix = check_prefix,
  join = join,
  register = register,
}
