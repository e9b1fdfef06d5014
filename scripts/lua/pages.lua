--- The reference as Markdown: a page for each module and class, one for the types
--- that are only fields, and an index.

local index_texts = require("index_texts")

local TYPES = "types.md"

local Pages = {}
Pages.__index = Pages

local function sorted(list, key)
  table.sort(list, function(a, b)
    local one, other = a[key]:lower(), b[key]:lower()
    if one == other then
      return a[key] < b[key]
    end
    return one < other
  end)
  return list
end

-- "res:status" is res.status(code, reason) with optional ones in brackets.
local function signature(member)
  local optional, parts = {}, {}
  for _, tag in ipairs(member.block.params) do
    optional[tag.name] = tag.type:sub(-1) == "?"
  end
  local open = 0
  for i, name in ipairs(member.params) do
    local comma = i > 1 and ", " or ""
    if optional[name] then
      open = open + 1
      comma = i > 1 and "[, " or "["
    end
    parts[i] = comma .. name
  end
  return member.path .. "(" .. table.concat(parts) .. ("]"):rep(open) .. ")"
end

local function file_of(page)
  if page.is_type then
    return TYPES
  end
  local name = page.name:gsub("^sluice%.", ""):gsub("%.", "-"):lower()
  return name .. (page.has_namesake and "-class.md" or ".md")
end

-- Where a name of the library is described.
local function target_of(self, name)
  local page = self.public.by_name[name]
  if page then
    local class = page.class and page.class.name or page.name
    return page.is_type and TYPES .. "#" .. class:lower():gsub("%.", "") or file_of(page)
  elseif self.public.aliases[name] then
    return TYPES .. "#" .. name:lower():gsub("%.", "")
  end
end

-- A type as code; one that has a page of its own leads there.
local function type_text(self, type)
  local target = target_of(self, type:match("sluice%.[%w_.]+"))
  return target and "[`" .. type .. "`](" .. target .. ")" or "`" .. type .. "`"
end

local function with_text(line, text)
  return text == "" and line or line .. ": " .. text
end

local function add(self, ...)
  for _, line in ipairs({ ... }) do
    table.insert(self.out, line)
  end
end

local function add_block(self, lines)
  if #lines > 0 then
    add(self, unpack(lines))
    add(self, "")
  end
end

local function add_example(self, block)
  if #block.example > 0 then
    add(self, "```lua")
    add(self, unpack(block.example))
    add(self, "```", "")
  end
end

local function add_params(self, params)
  for _, tag in ipairs(params) do
    add(self, with_text("- `" .. tag.name .. "` " .. type_text(self, tag.type), tag.text))
  end
  if #params > 0 then
    add(self, "")
  end
end

-- What stands behind the type of a result is its name, or is about it.
local function result_text(text)
  return text == "" and "" or " " .. text:gsub("^%w+_[%w_]+", "`%0`")
end

-- By the custom of the library a result whose name is `err` says what went wrong.
local function add_returns(self, returns)
  local results, failure = {}, nil
  for i, tag in ipairs(returns) do
    local why = tag.text:match("^err%f[^%w_]%s*(.*)$")
    if why and i == #returns then
      failure = why == "" and "see [errors](README.md#errors)" or why
    else
      results[#results + 1] = type_text(self, tag.type) .. result_text(tag.text)
    end
  end
  if #results == 1 then
    add(self, "Returns " .. results[1] .. ".", "")
  elseif #results > 1 then
    add(self, "Returns", "", "1. " .. table.concat(results, "\n1. "), "")
  end
  if failure then
    add(self, "Fails with `nil, err`: " .. failure .. ".", "")
  end
end

local function add_function(self, member)
  if not member.block then
    return -- which the check reports
  end
  add(self, "## `" .. signature(member) .. "`", "")
  add_block(self, member.block.text)
  add_params(self, member.block.params)
  add_returns(self, member.block.returns)
  add_example(self, member.block)
end

local function add_value(self, member)
  if member.block then
    add(self, "## `" .. member.path .. "`", "")
    add_block(self, member.block.text)
    add_example(self, member.block)
  end
end

-- Fields that hold no function: those are described by the functions.
local function add_fields(self, page, level)
  local fields = {}
  for _, field in ipairs(page.class and page.class.block.fields or {}) do
    if field.visible then
      local name = "`" .. page.prefix .. "." .. field.name .. "`"
      local line = "- " .. name .. " " .. type_text(self, field.type)
      table.insert(fields, with_text(line, field.text))
    end
  end
  if #fields > 0 then
    add(self, level .. " Fields", "", unpack(fields))
    add(self, "")
  end
end

-- What is said of the class goes before what is said of its file.
local function intro_of(self, page)
  local block = page.class and page.class.block
  if block and #block.text > 0 then
    return block
  end
  return self.library.headers[page.file]
end

local function add_page(self, page)
  self.out = {}
  add(self, "# " .. page.name, "")
  local intro = intro_of(self, page)
  add_block(self, intro.text)
  add_example(self, intro)
  local parent = page.class and page.class.block.class.type
  if parent then
    add(self, "It has everything of " .. type_text(self, parent) .. ", too.", "")
  end
  if page.is_class then
    add_fields(self, page, "##")
  end
  for _, member in ipairs(sorted(page.members, "name")) do
    if member.fn then
      add_function(self, member)
    else
      add_value(self, member)
    end
  end
end

local function add_type(self, page)
  add(self, "## " .. page.class.name, "")
  add_block(self, page.class.block.text)
  add_fields(self, page, "###")
end

local function add_alias(self, alias)
  add(self, "## " .. alias.name, "")
  add_block(self, alias.about)
  add(self, with_text("`" .. alias.type .. "`", alias.text), "")
end

local function add_types(self, types)
  self.out = {}
  add(self, "# Types", "", "What functions take and return that has no functions itself.", "")
  for _, page in ipairs(sorted(types, "name")) do
    add_type(self, page)
  end
  local names = {}
  for name in pairs(self.public.aliases) do
    names[#names + 1] = name
  end
  table.sort(names)
  for _, name in ipairs(names) do
    add_alias(self, self.public.aliases[name])
  end
end

-- Up to the end of its first sentence.
local function summary(block)
  local text = table.concat(block.text, " ")
  return text:match("^(.-%.)%f[%s%z]") or text
end

local function index(self, pages)
  self.out = { index_texts.preface }
  for _, page in ipairs(pages) do
    local row = "| [%s](%s) | %s |"
    add(self, row:format(page.name, file_of(page), summary(intro_of(self, page))))
  end
  add(self, "| [Types](" .. TYPES .. ") | tables of options, chunks, kinds of functions |")
  add(self, index_texts.appendix)
end

local function text_of(self)
  return (table.concat(self.out, "\n"):gsub("\n+$", "")) .. "\n"
end

-- Those with functions get a page of their own. The names of files differ, also
-- where case does not count: sluice.process makes a sluice.Process.
local function divide(public)
  local pages, types, modules = {}, {}, {}
  for _, page in ipairs(public.pages) do
    modules[page.name] = not page.is_class
  end
  for _, page in ipairs(public.pages) do
    page.is_type = #page.members == 0
    page.has_namesake = page.is_class and modules[page.name:lower()]
    table.insert(page.is_type and types or pages, page)
  end
  return sorted(pages, "name"), types
end

---Write the reference.
---@param library Library
---@param public table
---@return table<string, string> text of each file, by its name
return function(library, public)
  local self = setmetatable({ library = library, public = public, out = {} }, Pages)
  local pages, types = divide(public)
  local files = {}
  for _, page in ipairs(pages) do
    add_page(self, page)
    assert(not files[file_of(page)], page.name)
    files[file_of(page)] = text_of(self)
  end
  add_types(self, types)
  files[TYPES] = text_of(self)
  index(self, pages)
  files["README.md"] = text_of(self)
  return files
end
