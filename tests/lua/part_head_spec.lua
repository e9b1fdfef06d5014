-- The head of a part, whatever a client sends as one.

local parameters = require("sluice.parameters")
local part_head = require("sluice.part_head")

local good = 'Content-Disposition: form-data; name="a\\"b"; filename="x;y"; '
  .. "filename*=UTF-8''%41\r\n"
  .. "Content-Type: text/plain; charset=utf-8\r\nX-More: \t spaces \t\r\nx-more: again\r\n"

describe("the head of a part", function()
  it("has a name, a file and fields in any case", function()
    local head = assert(part_head.parse(good))
    assert.equal('a"b', head.name)
    assert.equal("A", head.filename)
    assert.equal("text/plain; charset=utf-8", head.content_type)
    assert.equal("spaces, again", head.headers["X-MORE"])
    assert.is_nil(head.headers.absent)
  end)

  it("is refused or read, but never an error, however it is damaged", function()
    math.randomseed(3)
    local read = 0
    for _ = 1, 20000 do
      local at, noise = math.random(#good), string.char(math.random(0, 255))
      local damaged = good:sub(1, at - 1) .. noise .. good:sub(at + math.random(0, 4))
      local head, err = part_head.parse(damaged)
      assert.equal(head == nil, err ~= nil)
      read = read + (head and 1 or 0)
      if head then
        assert.is_nil(head.filename and head.filename:find("[/\\%c]"))
      end
    end
    assert.is_true(read > 1000 and read < 20000)
  end)

  -- Work for each byte that grows with their number would take minutes.
  it("is read in one go, however odd it is", function()
    for _, odd in ipairs({ " ", "/", "\\", '"', "%", ";", "a=", "'", "\\\\", "a/" }) do
      local text = odd:rep(200000)
      part_head.parse("X: " .. text .. "x\r\n")
      part_head.parse('Content-Disposition: form-data; name=a; filename="' .. text .. 'x"\r\n')
      part_head.parse("Content-Disposition: form-data; name=a; filename*=UTF-8''" .. text .. "\r\n")
      part_head.parse("Content-Disposition: " .. text .. "\r\n")
      part_head.parse(text .. ": x\r\n")
    end
  end)
end)

describe("parameters", function()
  it("are read as they were meant", function()
    local function parse(text)
      return { parameters.parse(text) }
    end
    assert.same({ "a/b", {} }, parse(" A/B "))
    assert.same({ "a", { b = "1", c = "x y" } }, parse('a ; B = 1 ;c="x y"'))
    assert.same({ "a", { b = "" } }, parse('a; b=""'))
    assert.same({ "a", { b = "1" } }, parse("a; b=1;"))
    for _, wrong in ipairs({ "", ";", "a b", "a; b", "a; b=", 'a; b="x', "a; b=1 c", "a;;b=1" }) do
      assert.is_nil((parameters.parse(wrong)), wrong)
    end
  end)
end)
