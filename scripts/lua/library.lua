--- The real library beside its annotations: modules are loaded, so that what is
--- found is what a script would get.

local annotations = require("annotations")

---@class Library
---@field blocks table<string, table<integer, Annotations.Block>> by file and line
---@field lines table<string, string[]> of each file
---@field classes table<string, Library.Class>
---@field twice string[] names of classes that are there again
---@field aliases table<string, Annotations.Tag>
---@field headers table<string, Annotations.Block> of files
---@field files table<table, string> modules that are tables
---@field locals table<string, table<string, any>> variables that functions of a file use

---@class Library.Class
---@field name string
---@field file string
---@field block Annotations.Block
---@field real table? undefined for one that only describes what tables hold

local function read(path)
  local file = assert(io.open(path))
  local text = file:read("*a")
  file:close()
  return text
end

local function list_files()
  local pipe = assert(io.popen("find lua/sluice -name '*.lua' | LC_ALL=C sort"))
  local files = {}
  for path in pipe:lines() do
    files[#files + 1] = path
  end
  pipe:close()
  return files
end

local function add_file(self, path)
  local blocks, lines = annotations.parse(read(path))
  local by_line = {}
  self.blocks[path], self.lines[path] = by_line, lines
  for _, block in ipairs(blocks) do
    by_line[block.line] = block
    if block.line == 1 then
      self.headers[path] = block
    end
    if block.class then
      local name = block.class.name
      table.insert(self.classes[name] and self.twice or {}, name)
      self.classes[name] = { name = name, file = path, block = block }
    end
    for _, alias in ipairs(block.aliases) do
      alias.about = block.text
      self.aliases[alias.name] = alias
    end
  end
end

-- The file of a function of the library.
local function file_of(fn)
  return debug.getinfo(fn, "S").source:match("^@%.?/?(lua/sluice/.*%.lua)$")
end

local visit

local function visit_function(self, seen, fn)
  local file = file_of(fn)
  if not file then
    return
  end
  local locals = self.locals[file] or {}
  self.locals[file] = locals
  for i = 1, math.huge do
    local name, value = debug.getupvalue(fn, i)
    if not name then
      return
    end
    locals[name] = value
    visit(self, seen, value)
  end
end

-- Everything that can be reached from a value by fields, metatables and the
-- variables of functions.
function visit(self, seen, value)
  local kind = type(value)
  if (kind ~= "table" and kind ~= "function") or seen[value] or value == _G then
    return
  end
  seen[value] = true
  if kind == "function" then
    return visit_function(self, seen, value)
  end
  for _, field in next, value do
    visit(self, seen, field)
  end
  visit(self, seen, getmetatable(value))
end

-- All are loaded before any is looked at, because some add to others. `main` is
-- for the host, and replaces functions of the standard library.
local function load_modules(self, load, files)
  load("sluice")
  local modules, seen = {}, {}
  for _, path in ipairs(files) do
    local name = path:gsub("^lua/", ""):gsub("%.lua$", ""):gsub("/init$", ""):gsub("/", ".")
    if name ~= "sluice.main" and name ~= "sluice.native" then
      local module = require(name)
      modules[#modules + 1] = module
      if type(module) == "table" then
        self.files[module] = self.files[module] or path
      end
    end
  end
  visit(self, seen, modules)
end

local function find_tables(self)
  local modules = {}
  for module, path in pairs(self.files) do
    modules[path] = module
  end
  for _, class in pairs(self.classes) do
    local subject, lines = class.block.subject, self.lines[class.file]
    local is_module = subject and lines[#lines - 1] == "return " .. subject
    local locals = self.locals[class.file] or {}
    class.real = is_module and modules[class.file] or subject and locals[subject] or nil
  end
end

local Library = {}
Library.__index = Library

---Load and parse the library.
---@param load fun(name: string): any loads a module afresh
---@return Library
function Library.new(load)
  local self = setmetatable({
    blocks = {},
    lines = {},
    classes = {},
    twice = {},
    aliases = {},
    headers = {},
    files = {},
    locals = {},
  }, Library)
  local files = list_files()
  for _, path in ipairs(files) do
    add_file(self, path)
  end
  load_modules(self, load, files)
  find_tables(self)
  return self
end

---The annotation of a function, and the place where it is defined.
---@param fn function
---@return Annotations.Block? block
---@return string? file nil when it is none of the library's
---@return integer first
---@return integer last
function Library:describe(fn)
  local info = debug.getinfo(fn, "S")
  local file = file_of(fn)
  local block = file and self.blocks[file][info.linedefined]
  return block, file, info.linedefined, info.lastlinedefined
end

return Library
