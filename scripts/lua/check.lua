--- What is wrong with the annotations of what a script can reach.

local count_returns = require("returns")
local types = require("types")

local function check_types(library, place, list, add)
  for _, tag in ipairs(list) do
    if not tag.type or tag.type == "" or tag.type == "?" then
      add(place, "'" .. tostring(tag.name) .. "' has no type")
    end
    for _, name in ipairs(types.unknown(library, tag.type or "")) do
      add(place, "there is no type " .. name)
    end
  end
end

local function names_of(tags)
  local names = {}
  for i, tag in ipairs(tags) do
    names[i] = tag.name
  end
  return table.concat(names, ", ")
end

local function check_block(member, block, add)
  if not table.concat(block.text, " "):find("[.?:]") then
    add(member.path, "no sentence says what it is")
  end
  for _, tag in ipairs(block.unknown) do
    add(member.path, "there is no annotation @" .. tag)
  end
end

-- An example of a spec has an assertion in the place of an answer.
local function has_answer(block)
  local text = table.concat(block.example, "\n")
  return text:find("-->", 1, true) ~= nil or text:find("assert%.%w+") ~= nil
end

-- Whoever has an example, has one that can be run.
local function check_answer(path, block, add)
  if block and #block.example > 0 and not has_answer(block) then
    add(path, "an example without its answer")
  end
end

-- What a call returns is not to be seen in it: there may be more annotations than
-- values, but not fewer.
local function check_returns(library, member, block, place, add)
  local annotated = #block.returns
  local returned = count_returns(library.lines[place.file], place.first, place.last)
  local is_list = annotated > 0 and block.returns[annotated].text:find("^%.%.%.")
  if (returned > 0) ~= (annotated > 0) then
    add(member.path, returned > 0 and "no @return" or "a @return, but it returns nothing")
  elseif returned > annotated and not is_list then
    add(member.path, ("%d @return, but it returns %d values"):format(annotated, returned))
  end
end

local function check_function(library, member, add)
  local block, file, first, last = library:describe(member.fn)
  if not block then
    return add(member.path, "no annotation")
  end
  check_block(member, block, add)
  local annotated, real = names_of(block.params), table.concat(member.params, ", ")
  if annotated ~= real then
    add(member.path, "annotated parameters (" .. annotated .. "), real ones (" .. real .. ")")
  end
  check_types(library, member.path, block.params, add)
  check_types(library, member.path, block.returns, add)
  check_returns(library, member, block, { file = file, first = first, last = last }, add)
  if not has_answer(block) then
    add(member.path, "no example with its answer")
  end
end

local function field_of(class, name)
  for _, field in ipairs(class and class.block.fields or {}) do
    if field.name == name then
      return field
    end
  end
end

local function check_value(page, member, add)
  local field = field_of(page.class, member.name)
  if field then
    return
  elseif not member.block then
    return add(member.path, "no annotation")
  end
  check_block(member, member.block, add)
  check_answer(member.path, member.block, add)
  if not member.block.type then
    add(member.path, "no @type")
  end
end

-- Annotated fields that would have to be there, but are not.
local function check_stale_fields(page, add)
  for _, field in ipairs(page.class and page.class.block.fields or {}) do
    local must = not page.is_class or field.type:find("^fun%(")
    if field.visible and must and page.real and rawget(page.real, field.name) == nil then
      add(page.prefix .. "." .. field.name, "annotated, but it does not exist")
    end
  end
end

-- Does any code of the library have the name as a field, or as a key?
local function is_in_code(library, name)
  local patterns = { "%." .. name .. "%f[^%w_]", "%f[%w_]" .. name .. " = ", '"' .. name .. '"' }
  for _, lines in pairs(library.lines) do
    for _, line in ipairs(lines) do
      for _, pattern in ipairs(line:find("^%s*%-%-") and {} or patterns) do
        if line:find(pattern) then
          return true
        end
      end
    end
  end
  return false
end

-- Fields of objects and of tables of options, which nobody has any more.
local function check_unused_fields(library, page, add)
  for _, field in ipairs(page.is_class and page.class.block.fields or {}) do
    local name = field.name:match("^[%a_][%w_]*$")
    if field.visible and name and not is_in_code(library, name) then
      add(page.prefix .. "." .. name, "annotated, but nothing in the library has such a field")
    end
  end
end

-- Annotated methods of a public class that no object has: overwritten, or in a
-- file that nobody loads.
local function check_stale_methods(library, page, add)
  local class = page.class
  local owner = class and class.block.subject
  if not page.real or not owner then
    return
  end
  for _, block in pairs(library.blocks[class.file]) do
    local name = block.subject and block.subject:match("^" .. owner .. "[.:]([%w_]+)$")
    local real = name and rawget(page.real, name)
    if name and type(real) == "function" and library:describe(real) ~= block then
      add(page.prefix .. "." .. name, "annotated, but replaced by another function")
    elseif name and real == nil then
      add(page.prefix .. "." .. name, "annotated, but it does not exist")
    end
  end
end

local function check_page(library, page, add)
  local intro = page.class and page.class.block.text or {}
  local header = page.file and library.headers[page.file]
  if #intro == 0 and not header then
    add(page.name, "no sentence says what it is")
  end
  if page.class then
    check_types(library, page.name, page.class.block.fields, add)
    if page.class.block.subject and not page.real then
      add(page.name, "its table was not found")
    end
  end
  check_answer(page.name, header, add)
  check_answer(page.name, page.class and page.class.block, add)
  check_stale_fields(page, add)
  check_unused_fields(library, page, add)
  check_stale_methods(library, page, add)
  for _, member in ipairs(page.members) do
    if member.fn then
      check_function(library, member, add)
    else
      check_value(page, member, add)
    end
  end
end

---Everything that is wrong, as "path: what", sorted.
---@param library Library
---@param public table
---@return string[]
return function(library, public)
  local problems = {}
  local function add(path, what)
    problems[#problems + 1] = path .. ": " .. what
  end
  for _, page in ipairs(public.pages) do
    check_page(library, page, add)
  end
  for _, name in ipairs(library.twice) do
    add(name, "there are two classes of that name")
  end
  table.sort(problems)
  return problems
end
