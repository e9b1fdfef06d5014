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

  it("says what is no date", function()
    assert.equal(784111777, time.parse_http("Sun, 06 Nov 1994 08:49:37 GMT"))
    assert.same({ nil, "not a date" }, { time.parse_http("yesterday") })
    fails("bad argument #1 to 'http' %(number expected, got string", time.http, "now")
    fails("bad argument #1 to 'parse_http' %(string expected, got nil", time.parse_http, nil)
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
