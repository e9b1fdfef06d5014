--- Bodies of parts, in any pieces, against a parser that has the whole body: the
--- same parts, whatever the pieces; and no more memory than promised.
---
--- The first three bytes choose the boundary, the size of pieces, and of reads.

local Multipart = require("sluice.multipart")
local part_head = require("sluice.part_head")

local boundaries = { "b", "-", "--", "b--b", "----b0undary", " x", ("z"):rep(70) }
local MOST_PARTS, MOST_HEAD = 8, 100
local MOST_PADDING = 257

-- --- The parser that has it all -------------------------------------------------

-- What a delimiter at `from` does: "next", with where its line ends; "end"; "cut"
-- when the body ends in it; nil when it is none.
local function meaning_of(text, from)
  local behind = text:sub(from)
  if behind:sub(1, 2) == "--" then
    return "end"
  elseif behind == "-" then
    return "cut"
  end
  local space = behind:match("^[ \t]*")
  if #space > MOST_PADDING then
    return nil
  end
  local rest = behind:sub(#space + 1)
  if rest:sub(1, 2) == "\r\n" then
    return "next", from + #space + 2
  end
  return (rest == "" or rest == "\r") and "cut" or nil
end

-- The first delimiter at `from` or behind it: where it is, and what it does.
local function find_delimiter(text, delimiter, from)
  while true do
    local first, last = text:find(delimiter, from, true)
    if not first then
      return nil, "cut"
    end
    local what, next_line = meaning_of(text, last + 1)
    if what then
      return first, what, next_line
    end
    from = last + 1
  end
end

local cut = { err = "the body ends before the end of its last part", status = 400 }
local long = { err = "the head of a part is too long", status = 413 }
local many = { err = "too many parts", status = 413 }

-- The head that begins at `at`, and where the line break is that ends it.
local function head_of(text, at)
  local first = text:sub(at, at + 1) == "\r\n" and at or text:find("\r\n\r\n", at, true)
  local stop = first and (first == at and at or first + 2)
  if (stop and stop + 1 or #text) - at + 1 > MOST_HEAD then
    return nil, long
  elseif not stop then
    return nil, cut
  end
  return text:sub(at, stop - 1), stop
end

local function expected_of(body, boundary)
  local text, delimiter = "\r\n" .. body, "\r\n--" .. boundary
  local found = {}
  local _, what, at = find_delimiter(text, delimiter, 1)
  while what == "next" do
    if #found == MOST_PARTS then
      return found, many
    end
    local head, stop = head_of(text, at)
    if not head then
      return found, stop
    end
    local first
    first, what, at = find_delimiter(text, delimiter, stop)
    if what ~= "cut" then
      found[#found + 1] = { head = head, data = text:sub(stop + 2, first - 1) }
    end
  end
  if what == "cut" then
    return found, cut
  end
  return found
end

-- --- The library -----------------------------------------------------------------

local function pieces_of(body, size_of)
  local at = 1
  return function()
    local piece = body:sub(at, at + size_of() - 1)
    at = at + #piece
    return piece ~= "" and piece or nil
  end
end

local function read_part(reader, most, bounds)
  local data = {}
  while true do
    local piece, err, status = reader:read(most)
    assert(#reader.data <= bounds, "it holds too much")
    if not piece then
      return table.concat(data), err and { err = err, status = status }
    end
    assert(#piece > 0 and #piece <= most, "a piece of a wrong size")
    data[#data + 1] = piece
  end
end

-- The parts, the error, and what there is of the part that has it.
local function found_in(body, boundary, size_of, most_size, most)
  local reader = Multipart.new(boundary, pieces_of(body, size_of), MOST_PARTS, MOST_HEAD)
  local bounds = most_size + math.max(MOST_HEAD, #boundary + 6 + MOST_PADDING)
  local found = {}
  while true do
    local head, err, status = reader:next()
    if not head then
      return found, err and { err = err, status = status }
    end
    local data, failure = read_part(reader, most, bounds)
    if failure then
      return found, failure, data
    end
    found[#found + 1] = { head = head, data = data }
  end
end

local function check_head(text)
  local head = part_head.parse(text)
  if head and head.filename then
    local name = head.filename
    assert(not name:find("[/\\%c]") and name ~= "." and name ~= "..", "a name that is a path")
  end
end

local function check_same(expected, failure, found, err)
  assert(#expected == #found, "another number of parts")
  for n, part in ipairs(expected) do
    assert(part.head == found[n].head, "another head")
    assert(part.data == found[n].data, "other data")
  end
  assert((failure and failure.err) == (err and err.err), "another error")
  assert((failure and failure.status) == (err and err.status), "another status")
end

-- --- A run -----------------------------------------------------------------------

return function(input)
  local which, size, most = input:byte(1, 3)
  if not most then
    return
  end
  local boundary = boundaries[which % #boundaries + 1]
  local body = input:sub(4)
  local expected, failure = expected_of(body, boundary)
  for _, part in ipairs(expected) do
    check_head(part.head)
  end
  local dice, whole, few = size, math.max(#body, 1), most % 16 + 1
  local function thrown()
    dice = (dice * 75 + 74) % 65537
    return dice % 32 + 1
  end
  local function one()
    return 1
  end
  local function all()
    return whole
  end
  local rest
  for _, way in ipairs({ { all, whole, whole }, { one, 1, few }, { thrown, 32, few } }) do
    local found, err, broken = found_in(body, boundary, unpack(way))
    check_same(expected, failure, found, err)
    assert((rest or broken) == broken, "more or less of the part that fails")
    rest = broken
  end
end
