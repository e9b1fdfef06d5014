local fake = require("fake")

local function fails(pattern, fn, ...)
  local arguments = { ... }
  local ok, err = pcall(function()
    fn(unpack(arguments, 1, 2))
  end)
  assert.is_false(ok)
  assert.matches("library_spec.lua:%d+: " .. pattern, err)
end

describe("env", function()
  local env, getenv
  local variables = { PLACE = "here", EMPTY = "", COUNT = "12", ON = "Yes", OFF = "0" }

  before_each(function()
    env = fake.load("sluice.env")
    getenv = os.getenv
    rawset(os, "getenv", function(name)
      return variables[name]
    end)
  end)

  after_each(function()
    rawset(os, "getenv", getenv)
  end)

  it("reads texts, numbers and flags", function()
    assert.equal("here", env.get("PLACE"))
    assert.equal("there", env.get("NONE", "there"))
    assert.equal("there", env.get("EMPTY", "there"))
    assert.equal(12, env.number("COUNT"))
    assert.equal(7, env.number("NONE", 7))
    assert.same({ true, false, false, true }, {
      env.flag("ON"),
      env.flag("OFF"),
      env.flag("NONE"),
      env.flag("NONE", true),
    })
    assert.equal("here", env.required("PLACE"))
  end)

  it("stops where something is missing or wrong", function()
    fails("the environment variable NONE is not set", env.required, "NONE")
    fails("the environment variable EMPTY is not set", env.required, "EMPTY")
    fails("the environment variable PLACE is no number: 'here'", env.number, "PLACE")
    fails("the environment variable PLACE is not yes or no: 'here'", env.flag, "PLACE")
    fails("bad argument #1 to 'get' %(string expected, got nil", env.get, nil)
  end)
end)

describe("time", function()
  local time

  before_each(function()
    time = fake.load("sluice.time")
  end)

  it("reads a date in the three forms of HTTP", function()
    for _, text in ipairs({
      "Sun, 06 Nov 1994 08:49:37 GMT",
      "Sunday, 06-Nov-94 08:49:37 GMT",
      "Sun Nov  6 08:49:37 1994",
    }) do
      assert.equal(784111777, time.parse_http(text), text)
    end
    assert.equal(0, time.parse_http("Thu, 01 Jan 1970 00:00:00 GMT"))
    assert.equal(951782400, time.parse_http("Tue, 29 Feb 2000 00:00:00 GMT"))
    assert.equal(-86400, time.parse_http("Wed, 31 Dec 1969 00:00:00 GMT"))
  end)

  it("reads every date that it writes", function()
    for seconds = 0, 253402300799, 86400 * 97.37 do
      local whole = math.floor(seconds)
      assert.equal(whole, time.parse_http(time.http(whole)))
    end
  end)

  it("takes a year of two digits for one at most 50 years ahead", function()
    -- The clock of the fake says 1994.
    assert.equal("2044", time.http(time.parse_http("Monday, 01-Jan-44 00:00:00 GMT")):sub(13, 16))
    assert.equal("1945", time.http(0):gsub("1970", "1945"):sub(13, 16))
    assert.is_true(time.parse_http("Monday, 01-Jan-45 00:00:00 GMT") < 0)
  end)

  it("refuses what is no date", function()
    for _, text in ipairs({
      "",
      "yesterday",
      "Sun, 31 Feb 1994 08:49:37 GMT",
      "Sun, 29 Feb 1900 08:49:37 GMT",
      "Sun, 06 Nov 1994 24:49:37 GMT",
      "Sun, 06 Nov 1994 08:49:37",
      "Sun, 06 Non 1994 08:49:37 GMT",
      "Sun, 00 Nov 1994 08:49:37 GMT",
    }) do
      assert.same({ nil, "not a date" }, { time.parse_http(text) })
    end
    fails("bad argument #1 to 'http' %(number expected, got string", time.http, "now")
  end)
end)

describe("uuid", function()
  local uuid, host

  before_each(function()
    uuid, host = fake.load("sluice.uuid")
  end)

  it("is random, with version and variant in their places", function()
    assert.equal("01234567-89ab-4def-8123-456789abcdef", uuid.v4())
    host.random = function(count)
      return ("\255"):rep(count)
    end
    assert.equal("ffffffff-ffff-4fff-bfff-ffffffffffff", uuid.v4())
  end)

  it("begins with the time", function()
    local ms = tonumber(("%d"):format(784111777.25 * 1000))
    local id = uuid.v7()
    assert.equal(36, #id)
    assert.equal(ms, tonumber((id:gsub("-", "")):sub(1, 12), 16))
    assert.matches("^%x+%-%x%x%x%x%-7%x%x%x%-[89ab]%x%x%x%-%x%x%x%x%x%x%x%x%x%x%x%x$", id)
  end)

  it("sorts in the order of making, however many there are, if the clock is set back", function()
    local last = uuid.v7()
    for n = 1, 10000 do
      if n == 5000 then
        host.wall_clock = function()
          return 1000000
        end
      end
      local id = uuid.v7()
      assert.is_true(id > last)
      last = id
    end
  end)
end)

describe("base64", function()
  local base64

  before_each(function()
    base64 = fake.load("sluice.base64")
  end)

  it("encodes and decodes as the RFC shows", function()
    for text, encoded in pairs({
      [""] = "",
      f = "Zg==",
      fo = "Zm8=",
      foo = "Zm9v",
      foob = "Zm9vYg==",
      fooba = "Zm9vYmE=",
      foobar = "Zm9vYmFy",
    }) do
      assert.equal(encoded, base64.encode(text))
      assert.equal(text, base64.decode(encoded))
      assert.equal(text, base64.decode_url(encoded))
      assert.equal((encoded:gsub("=", "")), base64.encode_url(text))
      assert.equal(text, base64.decode_url((encoded:gsub("=", ""))))
    end
    assert.equal("-_8", base64.encode_url("\251\255"))
    assert.equal("+/8=", base64.encode("\251\255"))
  end)

  it("gives back any bytes", function()
    math.randomseed(1)
    for length = 0, 300 do
      local bytes = {}
      for i = 1, length do
        bytes[i] = string.char(math.random(0, 255))
      end
      local data = table.concat(bytes)
      assert.equal(data, base64.decode(base64.encode(data)))
      assert.equal(data, base64.decode_url(base64.encode_url(data)))
    end
  end)

  it("refuses what is no base64", function()
    for _, text in ipairs({
      "Z",
      "Zg",
      "Zg=",
      "Z===",
      "Zh==",
      "Zm9=",
      "Zg==Zg==",
      "Zm 9v",
      "-_8=",
      "====",
    }) do
      local data, err = base64.decode(text)
      assert.is_nil(data, text)
      assert.matches("base64", err)
    end
    assert.is_nil((base64.decode_url("Z")))
    assert.is_nil((base64.decode_url("+/8")))
    fails("bad argument #1 to 'decode' %(string expected, got nil", base64.decode, nil)
  end)
end)

describe("escape", function()
  local escape

  before_each(function()
    escape = fake.load("sluice.escape")
  end)

  it("makes text harmless in HTML and in URLs", function()
    assert.equal("&lt;a href=&quot;&#39;&amp;&quot;&gt;", escape.html('<a href="\'&">'))
    assert.equal("7", escape.html(7))
    assert.equal("a-b._~%20%2F%3F%26%3D%25%C3%A4%00", escape.url("a-b._~ /?&=%ä\0"))
    fails("bad argument #1 to 'html' %(text expected, got nil", escape.html, nil)
  end)
end)
