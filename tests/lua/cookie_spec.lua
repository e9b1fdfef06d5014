local fake = require("fake")

describe("a cookie", function()
  local res

  before_each(function()
    fake.load("sluice.cookie")
    res = require("sluice.cookie").new(nil, 7)
  end)

  it("is safe without attributes", function()
    assert.is_true(res:cookie("a", "b"))
    assert.equal("a=b; Path=/; HttpOnly; SameSite=Lax", fake.field("Set-Cookie"))
  end)

  it("has what its attributes say", function()
    res:cookie("__Secure-n", 7, {
      path = "/x",
      domain = "example.org",
      max_age = 3600,
      expires = 784111777,
      secure = true,
      http_only = false,
      same_site = "None",
      partitioned = true,
    })
    assert.equal(
      "__Secure-n=7; Path=/x; Domain=example.org; Max-Age=3600; "
        .. "Expires=Sun, 06 Nov 1994 08:49:37 GMT; Secure; SameSite=None; Partitioned",
      fake.field("Set-Cookie")
    )
  end)

  it("stands beside others, and is deleted by its age", function()
    res:cookie("a", "1")
    res:cookie("b", "", { max_age = 0 })
    assert.equal(
      "a=1; Path=/; HttpOnly; SameSite=Lax, b=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax",
      fake.field("Set-Cookie")
    )
  end)

  local function refuses(pattern, ...)
    local name, value, attributes = ...
    local ok, err = pcall(function()
      res:cookie(name, value, attributes)
    end)
    assert.is_false(ok, pattern)
    assert.matches("cookie_spec.lua:%d+: bad argument #" .. pattern, err)
    assert.is_nil(fake.field("Set-Cookie"))
  end

  it("lets nothing out of its name and value", function()
    for _, name in ipairs({ "", "a b", "a=b", "a;b", "a\r\nX: y", "ä", 7 }) do
      refuses("1 to 'cookie' %(a name of letters", name, "x")
    end
    for byte = 0, 255 do
      local value = "a" .. string.char(byte) .. "b"
      if byte <= 32 or byte >= 127 or value:find('[",;\\]') then
        refuses("2 to 'cookie' %(a cookie holds no space", "a", value)
      else
        assert.is_true(res:cookie("a", value))
        fake.head = {}
      end
    end
    refuses("2 to 'cookie' %(text expected, got nil", "a", nil)
    refuses("2 to 'cookie' %(name and value have more than 4096 bytes", "a", ("x"):rep(4096))
  end)

  it("lets nothing out of its attributes", function()
    for pattern, attributes in pairs({
      ["path: one that starts"] = { path = "x" },
      ["path: one"] = { path = "/;Domain=x" },
      ["path:"] = { path = "/\r\n" },
      ["domain: the name"] = { domain = "a b" },
      ["domain:"] = { domain = "x;Secure" },
      ["max_age: whole"] = { max_age = 1.5 },
      ["max_age: number expected, got string"] = { max_age = "1" },
      ["expires: seconds"] = { expires = 0 / 0 },
      ["same_site: "] = { same_site = "lax" },
      ["browsers take"] = { same_site = "None" },
      ["browsers"] = { partitioned = true },
      ["it has no option 'maxage'"] = { maxage = 1 },
    }) do
      refuses("3 to 'cookie' %(" .. pattern, "a", "b", attributes)
    end
    refuses("3 to 'cookie' %(table expected, got string", "a", "b", "Secure")
  end)

  it("keeps what a prefix of its name promises", function()
    refuses("3 to 'cookie' %(a name that starts with __Secure%-", "__Secure-a", "b")
    refuses("3 to 'cookie' %(a name that starts with __Host%-", "__Host-a", "b")
    local wide = { secure = true, domain = "x.org" }
    refuses("3 to 'cookie' %(a name that starts with __Host%-", "__host-a", "b", wide)
    assert.is_true(res:cookie("__Host-a", "b", { secure = true }))
  end)
end)
