--- Annotations in Lua sources: what `---` comments say, and of what.
---
--- A block of such lines belongs to the line below it. Its text is Markdown; what
--- is indented like code behind an empty line is an example.

---@class Annotations.Tag
---@field name string? of a parameter, field, class or alias
---@field type string? as written; a "?" behind the name of a parameter is added
---@field text string
---@field visible boolean? of a field
---@field about string[]? lines of the description of an alias

---@class Annotations.Block
---@field line integer of what it belongs to
---@field subject string? the local name that line defines, e.g. "Response"
---@field text string[] lines of the description, without the examples
---@field example string[]
---@field params Annotations.Tag[]
---@field returns Annotations.Tag[]
---@field fields Annotations.Tag[]
---@field class Annotations.Tag?
---@field aliases Annotations.Tag[]
---@field type Annotations.Tag?
---@field private boolean
---@field unknown string[] tags that are none

local function skip_quoted(text, from)
  return text:find(text:sub(from, from), from + 1, true) or #text
end

-- Behind ":" comes what a fun() returns, around "|" the rest of a union.
local function goes_on(text, space)
  return text:find("^[:|]", space - 1) or text:find("^ |", space)
end

-- A type ends at a space that is not in brackets or quotes.
local function split_type(text)
  local depth, i = 0, 1
  while i <= #text do
    local c = text:sub(i, i)
    if c == '"' or c == "'" then
      i = skip_quoted(text, i)
    elseif c:find("[<({%[]") then
      depth = depth + 1
    elseif c:find("[>)}%]]") then
      depth = depth - 1
    elseif c == " " and depth == 0 and not goes_on(text, i) then
      break
    end
    i = i + 1
  end
  return text:sub(1, i - 1), text:sub(i + 1)
end

local function typed(name, optional, rest)
  local kind, text = split_type(rest)
  return { name = name, type = optional == "?" and kind .. "?" or kind, text = text }
end

local tags = {}

function tags.param(block, rest)
  local name, optional, more = rest:match("^([%w_.]+)(%??)%s*(.*)$")
  local tag = typed(name, optional, more)
  table.insert(block.params, tag)
  return tag
end

tags["return"] = function(block, rest)
  local tag = typed(nil, "", rest)
  table.insert(block.returns, tag)
  return tag
end

local hidden = { private = true, protected = true, package = true }

function tags.field(block, rest)
  local word, more = rest:match("^(%l+) (.*)$")
  local visible = not hidden[word]
  local name, optional, after = (visible and rest or more):match("^(%S-)(%??)%s+(.*)$")
  local tag = typed(name, optional, after)
  tag.visible = visible
  table.insert(block.fields, tag)
  return tag
end

function tags.class(block, rest)
  local name, after = rest:match("^([%w_.]+)%s*(.*)$")
  local parent, text = after:match("^:%s*([%w_.]+)%s*(.*)$")
  block.class = { name = name, type = parent, text = text or after }
  return block.class
end

function tags.alias(block, rest)
  local name, after = rest:match("^([%w_.]+)%s*(.*)$")
  local tag = typed(name, "", after)
  table.insert(block.aliases, tag)
  return tag
end

function tags.type(block, rest)
  block.type = typed(nil, "", rest)
  return block.type
end

for name in pairs(hidden) do
  tags[name] = function(block)
    block.private = true
  end
end

-- Of the language server only.
for _, name in ipairs({ "overload", "generic", "nodiscard", "see", "async" }) do
  tags[name] = function() end
end

local function add_tag(block, name, rest)
  if tags[name] then
    return tags[name](block, rest)
  end
  table.insert(block.unknown, name)
end

-- The lines of the description: text, and the example behind an empty line.
local function add_text(block, line)
  local text, example = block.text, block.example
  local code = line:match("^   (.*)$")
  if code and (block.in_example or text[#text] == "" or #text == 0) then
    block.in_example = true
    table.insert(example, code)
  elseif line == "" and block.in_example then
    table.insert(example, "")
  else
    block.in_example = false
    table.insert(text, line)
  end
end

-- Headers have a space more in front of the code than other comments.
local function drop_indentation(lines)
  local least = math.huge
  for _, line in ipairs(lines) do
    least = line == "" and least or math.min(least, #line:match("^ *"))
  end
  for i, line in ipairs(lines) do
    lines[i] = line:sub(least + 1)
  end
end

local function drop_empty_end(lines)
  while lines[#lines] == "" do
    lines[#lines] = nil
  end
end

-- The header of a file has a space behind the dashes, the others have none.
local function without_space(lines)
  if lines[1]:find("^ %S") then
    for i, line in ipairs(lines) do
      lines[i] = line:gsub("^ ", "")
    end
  end
  return lines
end

local function new_block(line)
  return {
    line = line,
    text = {},
    example = {},
    params = {},
    returns = {},
    fields = {},
    aliases = {},
    unknown = {},
    private = false,
  }
end

local function parse_block(lines, line)
  local block = new_block(line)
  local last
  for _, text in ipairs(without_space(lines)) do
    local name, rest = text:match("^@(%l+)%s*(.*)$")
    if name then
      last = add_tag(block, name, rest)
    elseif last and text ~= "" then
      last.text = (last.text .. " " .. text):gsub("^ ", "")
    else
      add_text(block, text)
    end
  end
  block.in_example = nil
  drop_empty_end(block.text)
  drop_empty_end(block.example)
  drop_indentation(block.example)
  return block
end

local function subject_of(line)
  return line:match("^local function ([%w_]+)")
    or line:match("^function ([%w_.:]+)")
    or line:match("^local ([%w_]+) =")
    or line:match("^([%w_]+%.[%w_]+) =")
    or line:match("^return ([%w_]+)$")
end

---The blocks of a source.
---@param source string
---@return Annotations.Block[] blocks the header of the file, if it has one, is that of line 1
---@return string[] lines of the source
local function parse(source)
  local blocks, lines, open = {}, {}, nil
  for line in (source .. "\n"):gmatch("(.-)\n") do
    lines[#lines + 1] = line
    local comment = line:match("^%-%-%-(.*)$")
    if comment then
      open = open or {}
      table.insert(open, comment)
    elseif open then
      local first = #lines - #open
      local block = parse_block(open, first == 1 and 1 or #lines)
      block.subject = subject_of(line)
      blocks[#blocks + 1], open = block, nil
    end
  end
  return blocks, lines
end

return { parse = parse }
