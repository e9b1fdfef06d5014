local fake = require("fake")
local ffi = require("ffi")
local C = ffi.C

describe("chunks", function()
  local Response, chunk, host, res

  before_each(function()
    Response, host = fake.load("sluice.interfaces")
    chunk = require("sluice.chunk")
    res = Response.new(nil, 7)
  end)

  local function texts()
    local list = {}
    for i, sent in ipairs(fake.calls[#fake.calls]) do
      list[i] = sent.text
    end
    return table.concat(list, "|")
  end

  it("are taken in order from arrays in arrays", function()
    res:WriteEntityChunks({ "a", { 1, { "b", {} } }, require("string.buffer").new():put("c") })
    assert.equal("a|1|b|c", texts())
  end)

  it("may be more than any fixed number", function()
    local many = {}
    for i = 1, 1000 do
      many[i] = i
    end
    res:WriteEntityChunks(many)
    assert.equal(table.concat(many, "|"), texts())
  end)

  it("in a circle are refused", function()
    local circle = {}
    circle[1] = circle
    local ok, err = pcall(res.WriteEntityChunks, res, { "long enough, now", circle })
    assert.is_false(ok)
    assert.matches("in a circle", err)
    assert.equal(1, host.anchors[0], "the slot of the text is free again")
  end)

  it("hand a file over once, when it was taken", function()
    local file = assert(chunk.file("x", 10, 20))
    fake.answers = { C.SL_EABORTED, C.SL_OK }
    assert.is_nil((res:WriteEntityChunks(file)))
    assert.same({}, host.disowned)
    assert(res:WriteEntityChunks(file))
    assert.same({ "x" }, host.disowned)
    local sent = fake.calls[2][1]
    assert.same({ 7, 10, 20 }, { sent.fd, sent.offset, sent.extent })
    assert.has_error(function()
      res:WriteEntityChunks(file)
    end)
    local other = assert(chunk.file("y"))
    assert.has_error(function()
      res:WriteEntityChunks({ other, other })
    end)
    assert(res:WriteEntityChunks(other), "a refused list leaves its files as they were")
  end)

  it("know what of a file is there", function()
    assert.same({ nil, "missing: No such file or directory" }, { chunk.file("missing") })
    assert.equal(60, chunk.file("x", 40).size)
    assert.is_nil((chunk.file("x", 101)))
    assert.is_nil((chunk.file("x", 50, 51)))
    assert.has_error(function()
      chunk.file("x", -1)
    end, "bad argument #2 to 'file' (byte offset expected, got -1)")
    assert.has_error(function()
      chunk.file("x", 0, 0.5)
    end)
  end)

  it("keep lent memory alive", function()
    local data = ffi.new("char[20]", "hello")
    res:WriteEntityChunks(chunk.memory(data, 5))
    local sent = fake.calls[1][1]
    assert.equal("hello", sent.text)
    assert.equal(data, host.anchors[sent.anchor].data)
  end)

  it("send trailers in the order of their names", function()
    res:WriteEntityChunks({ chunk.trailers({ B = 2, A = "1" }), chunk.fragment("f", 1, 2) })
    assert.same({ "A=1", "B=2" }, fake.calls[1][1].fields)
    local sent = fake.calls[1][2]
    assert.same({ "f", 1, 2 }, { sent.text, sent.offset, sent.extent })
    assert.has_error(function()
      chunk.trailers({ A = {} })
    end)
  end)
end)

describe("anchors", function()
  it("use a free slot again", function()
    local anchor
    anchor = fake.load("sluice.anchor")
    assert.equal(1, anchor.keep("a"))
    assert.equal(2, anchor.keep("b"))
    anchor.release(1)
    anchor.release(2)
    assert.equal(2, anchor.keep("c"))
    assert.equal(1, anchor.keep("d"))
    assert.equal(3, anchor.keep("e"))
  end)
end)
