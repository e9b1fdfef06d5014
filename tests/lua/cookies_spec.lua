local cookies = require("sluice.cookies")

describe("cookies", function()
  it("are pairs, as they were sent", function()
    local found = cookies.parse('a=1; b="x y" ;c=%20=; A=2; d=')
    assert.same({ a = "1", b = "x y", c = "%20=", A = "2", d = "" }, found)
    assert.same({}, cookies.parse(""))
  end)

  it("count once: the first of a name", function()
    assert.same({ a = "1" }, cookies.parse("a=1; a=2"))
    assert.same({ a = "" }, cookies.parse("a=; a=2"))
  end)

  -- What backtracks takes hours for these.
  it("are parsed in linear time", function()
    local spaces = (" "):rep(16000)
    assert.same({}, cookies.parse(spaces))
    assert.same({ a = "b" .. spaces .. "c" }, cookies.parse("a=b" .. spaces .. "c"))
    local name = ("x"):rep(16000)
    assert.same({ [name] = "" }, cookies.parse(spaces .. name .. spaces .. "="))
  end)

  it("have names", function()
    assert.same({ b = "2" }, cookies.parse("a; =1; b=2; ;;"))
  end)
end)
