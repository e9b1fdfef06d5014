--- What a script can reach: the tables below require("sluice"), and the classes
--- that their annotations name. Each becomes a page of the reference.

---@class Public.Page
---@field name string "sluice", "sluice.fragments", "sluice.Response"
---@field prefix string what a script writes in front of a member, e.g. "res"
---@field real table? the real table; nil for a class that is a table of fields
---@field file string?
---@field class Library.Class?
---@field members Public.Member[] in the order of their names

---@class Public.Member
---@field name string
---@field path string as a script writes it, e.g. "res:write"
---@field fn function? none: a value
---@field params string[]? real names of the parameters, without self
---@field block Annotations.Block?

-- What the guides call an object of a class; others have the name in lower case.
local variables = {
  ["sluice.Request"] = "req",
  ["sluice.Response"] = "res",
  ["sluice.RouteOptions"] = "route",
  ["sluice.Routes"] = "app",
  ["sluice.EventStream"] = "stream",
  ["sluice.OpenFile"] = "file",
  ["sluice.TcpServer"] = "server",
  ["sluice.test.Client"] = "app",
  ["sluice.test.Response"] = "res",
}

local function variable_of(class)
  local name = class:match("([%w_]+)$")
  return variables[class] or name:match("%u%l+$"):lower()
end

-- The names of the real parameters; with "self", if it is a method.
local function params_of(fn)
  local info, names = debug.getinfo(fn, "u"), {}
  for i = 1, info.nparams do
    names[i] = debug.getlocal(fn, i)
  end
  if info.isvararg then
    names[#names + 1] = "..."
  end
  return names
end

local function function_member(library, prefix, name, fn)
  local params = params_of(fn)
  local is_method = params[1] == "self"
  if is_method then
    table.remove(params, 1)
  end
  return {
    name = name,
    path = prefix .. (is_method and ":" or ".") .. name,
    fn = fn,
    params = params,
    is_method = is_method,
    block = library:describe(fn),
  }
end

-- The annotation of `json.null = ...` in the file of the module.
local function assignment_of(library, page, name)
  for _, block in pairs(page.file and library.blocks[page.file] or {}) do
    if block.subject and block.subject:match("%.([%w_]+)$") == name then
      return block
    end
  end
end

local function value_member(library, page, name)
  local block = assignment_of(library, page, name)
  return { name = name, path = page.prefix .. "." .. name, block = block }
end

local Public = {}
Public.__index = Public

local function add_page(self, page)
  self.pages[#self.pages + 1] = page
  self.by_name[page.name] = page
end

local function add_module(self, name, real, prefix)
  if self.by_table[real] then
    return
  end
  local class = self.classes_of[real]
  local file = self.library.files[real] or (class and class.file)
  prefix = prefix or name
  local page =
    { name = name, prefix = prefix, real = real, file = file, class = class, members = {} }
  self.by_table[real] = page
  if class then
    self.by_name[class.name] = page
  end
  add_page(self, page)
end

local function add_class(self, class)
  if self.by_name[class.name] or (class.real and self.by_table[class.real]) then
    return
  end
  local prefix = variable_of(class.name)
  add_page(self, {
    name = class.name,
    prefix = prefix,
    real = class.real,
    file = class.file,
    class = class,
    members = {},
    is_class = true,
  })
  if class.real then
    self.by_table[class.real] = self.by_name[class.name]
  end
end

-- A class or alias whose name stands in the text of a type.
local function add_types(self, text)
  for name in (text or ""):gmatch("sluice%.[%w_.]+") do
    local class, alias = self.library.classes[name], self.library.aliases[name]
    if class then
      add_class(self, class)
    elseif alias and not self.aliases[name] then
      self.aliases[name] = alias
      add_types(self, alias.type)
    end
  end
end

local function add_types_of(self, block)
  for _, list in ipairs({ block.params, block.returns, block.fields }) do
    for _, tag in ipairs(list) do
      if tag.visible ~= false then
        add_types(self, tag.type)
      end
    end
  end
  add_types(self, block.class and block.class.type)
end

local function is_public(library, page, member)
  local assigned = assignment_of(library, page, member.name)
  local private = (member.block and member.block.private) or (assigned and assigned.private)
  if private or member.name:find("^__") then
    return false
  end
  -- Functions of a class that are no methods are the library's: constructors.
  return not page.is_class or member.is_method
end

local function is_hidden(page, name)
  for _, field in ipairs(page.class and page.class.block.fields or {}) do
    if field.name == name then
      return not field.visible
    end
  end
  return false
end

local function add_member(self, page, name, value)
  local kind = type(value)
  if kind == "table" and not page.is_class then
    return add_module(self, page.prefix .. "." .. name, value)
  elseif kind == "function" then
    local member = function_member(self.library, page.prefix, name, value)
    if is_public(self.library, page, member) then
      table.insert(page.members, member)
    end
  elseif kind ~= "table" and not page.is_class and not is_hidden(page, name) then
    table.insert(page.members, value_member(self.library, page, name))
  end
end

-- Modules that are loaded when they are first used are found by their fields.
local function load_lazy(page)
  for _, field in ipairs(page.class and page.class.block.fields or {}) do
    if not page.is_class and page.real[field.name] ~= nil then
      rawset(page.real, field.name, page.real[field.name])
    end
  end
end

local function fill(self, page)
  load_lazy(page)
  local names = {}
  for name in next, page.real or {} do
    if type(name) == "string" then
      names[#names + 1] = name
    end
  end
  table.sort(names)
  for _, name in ipairs(names) do
    add_member(self, page, name, rawget(page.real, name))
  end
  for _, member in ipairs(page.members) do
    if member.block then
      add_types_of(self, member.block)
    end
  end
  if page.class then
    add_types_of(self, page.class.block)
  end
end

---Walk the library.
---@param library Library
---@return table public `pages`, and `aliases` by name
function Public.walk(library)
  local self = setmetatable({
    library = library,
    pages = {},
    aliases = {},
    by_name = {},
    by_table = {},
    classes_of = {},
  }, Public)
  for _, class in pairs(library.classes) do
    if class.real then
      self.classes_of[class.real] = class
    end
  end
  add_module(self, "sluice", require("sluice"))
  add_module(self, "sluice.test", require("sluice.test"), "t")
  local i = 1
  while self.pages[i] do
    fill(self, self.pages[i]) -- may append pages
    i = i + 1
  end
  return self
end

return Public
