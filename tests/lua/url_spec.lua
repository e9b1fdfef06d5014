local url = require("sluice.url")

describe("a URL", function()
  it("is decoded once", function()
    assert.equal("a b/c%", url.decode("a%20b%2fc%25"))
    assert.equal("%41", url.decode("%2541"))
    assert.equal("plain+", url.decode("plain+"))
  end)

  it("keeps what is no valid encoding", function()
    assert.equal("100%", url.decode("100%"))
    assert.equal("%zz%4", url.decode("%zz%4"))
  end)
end)

describe("a query", function()
  it("is a table of texts", function()
    assert.same({ a = "1", b = "x y", c = "" }, url.parse_query("a=1&b=x+y&c"))
    assert.same({}, url.parse_query(""))
    assert.same({ ["a b"] = "=&" }, url.parse_query("&a%20b=%3D%26&&"))
    assert.same({ a = "b=c" }, url.parse_query("a=b=c&=nameless"))
  end)

  it("has an array for a name that is repeated", function()
    assert.same({ a = { "1", "2", "3" }, b = "4" }, url.parse_query("a=1&a=2&b=4&a=3"))
  end)
end)

describe("pairs of a query", function()
  it("come in order", function()
    local list = {}
    for name, value in url.pairs("b=1&a=x+y&&=n&b=%31") do
      list[#list + 1] = name .. ":" .. value
    end
    assert.same({ "b:1", "a:x y", "b:1" }, list)
  end)

  it("may be too many", function()
    assert.is_nil(url.parse_query("a=1&b=2&c=3", 2))
    assert.same({ a = { "1", "2" } }, url.parse_query("a=1&a=2", 2))
  end)
end)
