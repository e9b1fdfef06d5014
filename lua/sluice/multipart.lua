--- The parts of a `multipart` body (RFC 2046, 5.1), pulled from a source of
--- pieces: however large a part is, no more is held than a piece, what may be
--- the beginning of a delimiter, and the head of a part.
---
--- It knows nothing of requests. What is wrong is told as `nil, why, status`; when
--- the source fails, with its words.

local find, byte = string.find, string.byte

local CR, LF, DASH, SPACE, TAB = 13, 10, 45, 32, 9

-- White space that may stand between a delimiter and the end of its line.
local MOST_PADDING = 256

local cut_short = "the body ends before the end of its last part"

---@class sluice.Multipart
---@field private source fun(): string?, string?, integer?
---@field private delimiter string
---@field private data string what was pulled and is not used up
---@field private at integer the next byte of it
---@field private clear integer the first byte that may be no data of the part
---@field private inside boolean of a part, or of the text in front of the first
---@field private fresh boolean at the line break that ends the head of a part
---@field private over boolean
---@field private count integer parts so far
---@field private most_parts integer
---@field private most_head integer bytes
local Multipart = {}
Multipart.__index = Multipart

---@param boundary string
---@param source fun(): string?, string?, integer? the next piece, never ""; nil at the end
---@param most_parts integer
---@param most_head integer bytes of the head of a part
---@return sluice.Multipart
function Multipart.new(boundary, source, most_parts, most_head)
  return setmetatable({
    source = source,
    delimiter = "\r\n--" .. boundary,
    data = "\r\n", -- what is in front of a delimiter at the very beginning
    at = 1,
    clear = 1,
    inside = true,
    fresh = false,
    over = false,
    count = 0,
    most_parts = most_parts,
    most_head = most_head,
  }, Multipart)
end

-- Pull another piece; what is left moves to the front of it.
local function pull(self)
  local piece, err, status = self.source()
  if not piece then
    if not err then
      err, status = cut_short, 400
    end
    return nil, err, status
  end
  local data, at = self.data, self.at
  self.data = at > #data and piece or data:sub(at) .. piece
  self.at, self.clear = 1, 1
  return true
end

-- Where the delimiter may begin whose rest has not come: only its first byte
-- is a CR.
local function unsure_from(self)
  local data, delimiter = self.data, self.delimiter
  local first = math.max(self.at, #data - #delimiter + 2)
  local last
  for i = #data, first, -1 do
    if byte(data, i) == CR then
      last = i
      break
    end
  end
  if last and delimiter:sub(1, #data - last + 1) == data:sub(last) then
    return last
  end
  return #data + 1
end

-- A line break behind what begins at `from`, after white space: "yes" and
-- where the next line begins; "no"; or "more" is needed to tell.
local function line_end(data, from)
  local at = from
  while at <= #data do
    local here = byte(data, at)
    if here == CR and at < #data then
      return byte(data, at + 1) == LF and "yes" or "no", at + 2
    elseif here == CR then
      return "more"
    elseif (here ~= SPACE and here ~= TAB) or at - from > MOST_PADDING then
      return "no"
    end
    at = at + 1
  end
  return "more"
end

-- The text of a delimiter is next. Is it one? A line that only begins like it
-- is data.
local function judge(self)
  local data = self.data
  local behind = self.at + #self.delimiter
  if byte(data, behind) == DASH and byte(data, behind + 1) == DASH then
    self.inside, self.over = false, true
    return true
  elseif byte(data, behind) == DASH and behind == #data then
    return pull(self)
  end
  local is_end, next_line = line_end(data, behind)
  if is_end == "more" then
    return pull(self)
  elseif is_end == "no" then
    self.clear = behind
  else
    self.inside, self.at = false, next_line
  end
  return true
end

-- Find out more about what begins at `at`: that some of it is data, or that the
-- part is at its end.
local function look(self)
  local found = find(self.data, self.delimiter, self.at, true)
  if found == self.at then
    return judge(self)
  end
  self.clear = found or unsure_from(self)
  if self.clear == self.at then
    return pull(self)
  end
  return true
end

---The next bytes of the current part.
---@param most integer
---@return string? data nil at its end
---@return string? err
---@return integer? status
function Multipart:read(most)
  while self.inside do
    local data, at = self.data, self.at
    if self.clear == at then
      local ok, err, status = look(self)
      if not ok then
        return nil, err, status
      end
    elseif self.fresh then
      self.fresh, self.at = false, at + 2 -- it begins no delimiter
    else
      local last = math.min(self.clear, at + most) - 1
      self.at = last + 1
      return (at == 1 and last == #data) and data or data:sub(at, last)
    end
  end
end

local function skip(self)
  local data, err, status
  repeat
    data, err, status = self:read(math.huge)
  until not data
  return not err, err, status
end

-- Behind the last part: nothing of it matters, but its sender wants to send it.
local function skip_rest(self)
  self.data, self.at, self.clear = "", 1, 1
  local piece, err, status
  repeat
    piece, err, status = self.source()
  until not piece
  return nil, err, status
end

-- The lines up to an empty one, with their ends.
local function read_head(self)
  while true do
    local data, at = self.data, self.at
    local first, last = find(data, "\r\n", at, true)
    if first ~= at then
      first, last = find(data, "\r\n\r\n", at, true)
    end
    if (last or #data) - at + 1 > self.most_head then
      return nil, "the head of a part is too long", 413
    elseif first then
      -- The break that ends the head may be that of a delimiter, too.
      self.at, self.clear = last - 1, last - 1
      self.inside, self.fresh = true, true
      return data:sub(at, last - 2)
    end
    local ok, err, status = pull(self)
    if not ok then
      return nil, err, status
    end
  end
end

---Go to the next part, past what is left of this one.
---@return string? head its lines; nil behind the last part
---@return string? err
---@return integer? status
function Multipart:next()
  local ok, err, status = skip(self)
  if not ok then
    return nil, err, status
  elseif self.over then
    return skip_rest(self)
  end
  self.count = self.count + 1
  if self.count > self.most_parts then
    return nil, "too many parts", 413
  end
  return read_head(self)
end

return Multipart
