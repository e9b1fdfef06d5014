-- The parts of a body, whatever pieces it comes in.

local Multipart = require("sluice.multipart")

local BOUNDARY = "----b0undary"

-- Gives `text`, cut in two.
local function source_of(text, cut)
  local cuts, n, from = { cut or 0, #text }, 0, 1
  return function()
    while n < #cuts do
      n = n + 1
      local piece = text:sub(from, cuts[n])
      from = cuts[n] + 1
      if piece ~= "" then
        return piece
      end
    end
  end
end

local function pieces_of(text, size)
  local at = 1
  return function()
    local piece = text:sub(at, at + size() - 1)
    at = at + #piece
    return piece ~= "" and piece or nil
  end
end

local function read_all(reader, most)
  local found = {}
  repeat
    local data, err = reader:read(most)
    found[#found + 1] = data
    if data == "" then
      return nil, "an empty piece"
    elseif err then
      return nil, err
    end
  until not data
  return table.concat(found)
end

-- What a source holds: "head|data;" for each part, and what was wrong.
local function parts_of(source, most, boundary)
  local reader = Multipart.new(boundary or BOUNDARY, source, 1000, 8192)
  local found = {}
  while true do
    local head, err, status = reader:next()
    if not head then
      if err then
        found[#found + 1] = { err = err, status = status }
      end
      return found
    end
    local data, why = read_all(reader, most or math.huge)
    found[#found + 1] = { head = head, data = data, err = why }
  end
end

local function encode(parts, boundary)
  local text = {}
  for _, part in ipairs(parts) do
    text[#text + 1] = "--" .. (boundary or BOUNDARY) .. "\r\n"
    text[#text + 1] = part.head .. "\r\n" .. part.data .. "\r\n"
  end
  text[#text + 1] = "--" .. (boundary or BOUNDARY) .. "--\r\n"
  return table.concat(text)
end

-- Data in which everything looks like a delimiter.
local awkward = {
  { head = "A: 1\r\n", data = "plain" },
  { head = "", data = "" },
  { head = "B: 2\r\n", data = "\r\n--" .. BOUNDARY:sub(1, -2) .. "\r\n\r" },
  { head = "C: 3\r\nD: 4\r\n", data = "\r\n--" .. BOUNDARY .. "x\r\n--" .. BOUNDARY .. "-" },
  { head = "E: 5\r\n", data = "x--" .. BOUNDARY .. "--\r\r\n\r\n-\r\n--" },
  { head = "F: 6\r\n", data = ("\r\n"):rep(40) .. "\0" },
}

describe("the parts of a body", function()
  it("are found whole", function()
    assert.same(awkward, parts_of(source_of(encode(awkward))))
  end)

  it("are the same wherever the body is cut in two", function()
    local text = encode(awkward)
    for cut = 1, #text do
      assert.same(awkward, parts_of(source_of(text, cut)))
    end
  end)

  it("are the same byte by byte", function()
    local one = function()
      return 1
    end
    assert.same(awkward, parts_of(pieces_of(encode(awkward), one)))
    assert.same(awkward, parts_of(pieces_of(encode(awkward), one), 1))
    assert.same(awkward, parts_of(source_of(encode(awkward)), 1))
  end)

  it("are the same in random pieces, with random data", function()
    math.randomseed(7)
    local alphabet = { "\r", "\n", "-", "--", "b", "\r\n", "\r\n--b", "\r\n--bb", " ", "\0" }
    for _ = 1, 2000 do
      local parts = {}
      for n = 1, math.random(0, 4) do
        local data = {}
        for i = 1, math.random(0, 12) do
          data[i] = alphabet[math.random(#alphabet)]
        end
        local text = table.concat(data)
        -- The one thing that data must not hold.
        if not ("\r\n" .. text .. "\r\n"):find("\r\n%-%-bb[ ]*\r\n") then
          parts[#parts + 1] = { head = ("X: %d\r\n"):format(n), data = text }
        end
      end
      -- Random data may hold "\r\n--bb--", the end.
      local text = encode(parts, "bb")
      local ends = select(2, text:gsub("\r\n%-%-bb%-%-", ""))
      if (ends == 1 or #parts == 0) and #parts > 0 then
        local pieces = pieces_of(text, function()
          return math.random(1, 9)
        end)
        assert.same(parts, parts_of(pieces, math.random(1, 20), "bb"))
      end
    end
  end)

  it("may have text in front of them, and behind", function()
    local text = "for old mail\r\nreaders\r\n" .. encode(awkward) .. "behind\r\n--" .. BOUNDARY
    assert.same(awkward, parts_of(source_of(text)))
  end)

  it("may be none", function()
    assert.same({}, parts_of(source_of("--" .. BOUNDARY .. "--")))
  end)

  it("may have white space behind their delimiters", function()
    local delimiter = "(\r\n%-%-" .. BOUNDARY:gsub("%-", "%%-") .. ")\r\n"
    local text = encode(awkward):gsub(delimiter, "%1 \t\r\n")
    assert.same(awkward, parts_of(source_of(text)))
  end)

  it("may end with the head", function()
    local text = "--b\r\nA: 1\r\n\r\n--b\r\n\r\n--b--"
    assert.same(
      { { head = "A: 1\r\n", data = "" }, { head = "", data = "" } },
      parts_of(source_of(text), nil, "b")
    )
  end)

  it("are skipped when nobody reads them", function()
    local reader = Multipart.new(BOUNDARY, source_of(encode(awkward)), 1000, 8192)
    local heads = {}
    for head in
      function()
        return (reader:next())
      end
    do
      reader:read(1)
      heads[#heads + 1] = head
    end
    assert.equal(#awkward, #heads)
    assert.equal("F: 6\r\n", heads[#heads])
  end)
end)

describe("a body of parts that is wrong", function()
  it("is cut short wherever it ends too early", function()
    local text = encode({ { head = "A: 1\r\n", data = "x" } })
    for last = 0, #text - 3 do -- the last line break may be missing
      local found = parts_of(source_of(text:sub(1, last)))
      local why = found[1] and (found[1].err or (found[2] or {}).err)
      assert.equal("the body ends before the end of its last part", why)
    end
  end)

  it("tells what its source tells", function()
    local source = function()
      return nil, "aborted"
    end
    assert.same({ { err = "aborted" } }, parts_of(source))
  end)

  it("has too many parts", function()
    local reader = Multipart.new(BOUNDARY, source_of(encode(awkward)), 2, 8192)
    assert.equal("A: 1\r\n", (reader:next()))
    assert.equal("", (reader:next()))
    local head, err, status = reader:next()
    assert.same({ nil, "too many parts", 413 }, { head, err, status })
  end)

  it("has a head that is too long", function()
    for _, rest in ipairs({ "", "\r\n\r\nx\r\n--b--" }) do
      local text = "--b\r\nA: " .. ("x"):rep(100) .. rest
      local reader = Multipart.new("b", source_of(text), 1000, 64)
      local head, err, status = reader:next()
      assert.same({ nil, "the head of a part is too long", 413 }, { head, err, status })
    end
  end)

  it("never fails but as it should, however it is damaged", function()
    math.randomseed(11)
    local text = encode(awkward)
    for _ = 1, 2000 do
      local at = math.random(#text)
      local noise = string.char(math.random(0, 255))
      local damaged = text:sub(1, at - 1) .. noise .. text:sub(at + math.random(0, 3))
      local whole = parts_of(source_of(damaged))
      local size = function()
        return math.random(1, 30)
      end
      assert.same(whole, parts_of(pieces_of(damaged, size), math.random(1, 9)))
    end
  end)
end)

describe("the memory for a part", function()
  it("is bounded, however large the part is", function()
    local left, piece = 3000, ("x"):rep(65535) .. "\r"
    local first = true
    local reader = Multipart.new("b", function()
      if first then
        first = false
        return "--b\r\nA: 1\r\n\r\n"
      end
      left = left - 1
      return left >= 0 and piece or nil
    end, 1000, 8192)
    reader:next()
    local held = 0
    while reader:read(1000000) do
      held = math.max(held, #reader.data)
    end
    assert.is_true(held <= 65536 + 8)
  end)
end)
