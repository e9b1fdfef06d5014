local fake = require("fake")

describe("a Range field", function()
  local range

  before_each(function()
    range = fake.load("sluice.range")
  end)

  local function parsed(text, size)
    local ranges = range.parse(text, size)
    if not ranges then
      return "ignored"
    end
    local list = {}
    for i, one in ipairs(ranges) do
      list[i] = ("%.0f-%.0f"):format(one.first, one.last)
    end
    return table.concat(list, " ")
  end

  it("names bytes of the file, clipped to its size", function()
    assert.equal("0-9", parsed("bytes=0-", 10))
    assert.equal("2-9", parsed("bytes=2-99", 10))
    assert.equal("7-9", parsed("bytes=-3", 10))
    assert.equal("0-9", parsed("bytes=-30", 10))
    assert.equal("8-9 0-1", parsed("bytes=8-, ,0-1", 10))
    assert.equal("9007199254740990-9007199254740991", parsed("bytes=-2", 2 ^ 53))
  end)

  it("has nothing to send outside of the file", function()
    for _, text in ipairs({ "bytes=10-", "bytes=-0", "bytes=10-11,99-" }) do
      assert.equal("", parsed(text, 10))
    end
    assert.equal("", parsed("bytes=0-", 0))
    assert.equal("", parsed("bytes=-1", 0))
  end)

  it("is ignored when it is wrong, or asks for more than there is", function()
    for _, text in ipairs({ "", "bytes", "bytes=", "bytes=1", "bytes=2-1", "bytes=-", "x=0-1" }) do
      assert.equal("ignored", parsed(text, 10))
    end
    assert.equal("ignored", parsed("bytes=0-,0-0", 10))
    assert.equal("ignored", parsed("bytes=0-0" .. (",0-0"):rep(64), 1000))
  end)
end)

describe("a conditional request", function()
  local evaluate, is_range_of
  local SECOND = 784111777
  local DATE, BEFORE = "Sun, 06 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:36 GMT"

  before_each(function()
    local conditional = fake.load("sluice.conditional")
    is_range_of = conditional.is_range_of
    evaluate = function(fields, tag, modified)
      return conditional.evaluate(function(name)
        return fields[name]
      end, tag, modified)
    end
  end)

  it("compares tags weakly for what is known, strongly for what is changed", function()
    assert.equal(304, evaluate({ ["If-None-Match"] = 'W/"a"' }, '"a"', SECOND))
    assert.equal(304, evaluate({ ["If-None-Match"] = '"b","a"' }, 'W/"a"', SECOND))
    assert.is_nil(evaluate({ ["If-None-Match"] = '"A"' }, '"a"', SECOND))
    assert.is_nil(evaluate({ ["If-Match"] = 'W/"b", "a"' }, '"a"', SECOND))
    assert.equal(412, evaluate({ ["If-Match"] = 'W/"a"' }, '"a"', SECOND))
    assert.equal(412, evaluate({ ["If-Match"] = '"a"' }, 'W/"a"', SECOND))
    assert.equal(412, evaluate({ ["If-Match"] = '"a"' }, nil, SECOND))
    assert.is_nil(evaluate({ ["If-Match"] = "*" }, nil, SECOND))
  end)

  it("asks a date only where there is no tag", function()
    assert.equal(304, evaluate({ ["If-Modified-Since"] = DATE }, nil, SECOND))
    assert.is_nil(evaluate({ ["If-Modified-Since"] = BEFORE }, nil, SECOND))
    assert.equal(412, evaluate({ ["If-Unmodified-Since"] = BEFORE }, nil, SECOND))
    assert.is_nil(
      evaluate({ ["If-Modified-Since"] = DATE, ["If-None-Match"] = '"b"' }, '"a"', SECOND)
    )
    assert.is_nil(evaluate({ ["If-Modified-Since"] = DATE }, nil, nil))
    assert.is_nil(evaluate({ ["If-Modified-Since"] = "soon" }, nil, SECOND))
  end)

  it("gives a range of the version that was meant, and of no other", function()
    local function says(value)
      return function()
        return value
      end
    end
    assert.is_true(is_range_of(says(nil), '"a"', SECOND))
    assert.is_true(is_range_of(says('"a"'), '"a"', SECOND))
    assert.is_true(is_range_of(says(DATE), '"a"', SECOND))
    assert.is_false(is_range_of(says('W/"a"'), 'W/"a"', SECOND))
    assert.is_false(is_range_of(says('"b"'), '"a"', SECOND))
    assert.is_false(is_range_of(says(BEFORE), '"a"', SECOND))
    assert.is_false(is_range_of(says(DATE), '"a"', nil))
  end)
end)

describe("send_file and static", function()
  local function fails(pattern, fn)
    local ok, err = pcall(fn)
    assert.is_false(ok)
    assert.matches("files_spec.lua:%d+: bad argument #" .. pattern, err)
  end

  it("name the function and the argument in an error", function()
    fake.load("sluice.send_file")
    local res = require("sluice.response").new(nil, 7)
    local static = require("sluice.static").handler
    for pattern, options in pairs({
      ["%(it has no option 'name'"] = { name = "x" },
      ["%(type: control"] = { type = "a\r\nb" },
      ["%(cache_control: control"] = { cache_control = "a\nb" },
      ["%(etag: a text in double"] = { etag = "x" },
      ["%(etag: a text"] = { etag = 'x"y"' },
      ["%(download: boolean or string expected, got table"] = { download = {} },
    }) do
      fails("2 to 'send_file' " .. pattern, function()
        res:send_file("x", options)
      end)
    end
    fails("1 to 'send_file' %(path expected, got nil", function()
      res:send_file()
    end)
    fails("1 to 'static' %(folder expected, got nil", function()
      static()
    end)
    fails("2 to 'static' %(symlinks: ", function()
      static("x", { symlinks = "all" })
    end)
    fails("2 to 'static' %(it has no option 'listing'", function()
      static("x", { listing = true })
    end)
  end)
end)
