--- What was meant by a name that an object does not have: one that is spelt a
--- little differently, or that other servers have for the same thing. Any other
--- name is nil, as scripts may keep something of their own under it.
---
--- Only a name that is missing comes here, and the answer is kept. Setting such a
--- name would look as if it did something, so that is told, too.

-- Names are from scripts; those that are made of data may be many.
local MOST_KEPT = 1000

local function plain(name)
  return (name:lower():gsub("_", ""))
end

-- Are two texts equal but for one letter: another, one more, one less, or two
-- that changed places?
local function is_close(a, b)
  if math.max(#a, #b) < 4 then
    return false -- so short that it is most probably another word
  end
  local i = 1
  while i <= #a and a:byte(i) == b:byte(i) do
    i = i + 1
  end
  local rest_a, rest_b = a:sub(i), b:sub(i)
  return (#a > 4 and rest_a:sub(2) == rest_b:sub(2))
    or rest_a:sub(2) == rest_b
    or rest_a == rest_b:sub(2)
    or rest_a:sub(1, 2):reverse() .. rest_a:sub(3) == rest_b
end

-- What is `false` is no name for scripts: what the library begins with.
local function closest(classes, wanted)
  for _, class in ipairs(classes) do
    for name, value in pairs(class) do
      local known = value and type(name) == "string" and name:match("^%a.*")
      if known and (plain(known) == wanted or is_close(plain(known), wanted)) then
        return known
      end
    end
  end
end

local function meant_by(classes, foreign, name)
  local wanted = plain(name)
  return foreign[wanted] or closest(classes, wanted)
end

---A function that raises an error for a name which is nearly right, and returns
---nothing for others.
---@param what string of which it is a name
---@param classes table[] that have the names
---@param foreign? table<string, string> by other names, in lower case and without
---underscores: what is meant
---@return fun(object: any, name: any)
local function hint(what, classes, foreign)
  local nothing, kept = {}, 0
  return function(_, name)
    if nothing[name] or type(name) ~= "string" then
      return
    end
    local meant = meant_by(classes, foreign or {}, name)
    if meant then
      error(("%s has no '%s'; did you mean %s?"):format(what, name, meant), 2)
    end
    if kept == MOST_KEPT then
      nothing, kept = {}, 0
    end
    nothing[name], kept = true, kept + 1
  end
end

---Let a class give such hints to all that has it.
---@param class table
---@param what string
---@param foreign? table<string, string>
local function install(class, what, foreign)
  setmetatable(class, { __index = hint(what, { class }, foreign) })
end

---Let a class refuse `res.status = 404`: a value under the name of one of its
---methods, or under what others call that. A function in a method's place is
---meant to be there.
---@param class table
---@param what string as scripts write it
---@param foreign? table<string, string>
local function refuse(class, what, foreign)
  function class.__newindex(object, name, value)
    local may_be_wrong = type(name) == "string" and type(value) ~= "function"
    local meant = may_be_wrong and meant_by({ class }, foreign or {}, name)
    if meant then
      local call = meant:find(":", 1, true) and meant or what .. ":" .. meant
      error(("setting %s.%s does nothing; did you mean %s?"):format(what, name, call), 2)
    end
    rawset(object, name, value)
  end
end

return { hint = hint, install = install, refuse = refuse }
