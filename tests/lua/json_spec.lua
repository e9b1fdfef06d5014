local fake = require("fake")

describe("json", function()
  local json

  before_each(function()
    json = fake.load("sluice.json")
  end)

  it("carries null both ways", function()
    assert.equal('{"a":null}', json.encode({ a = json.null }))
    assert.equal(json.null, json.decode("[null]")[1])
    assert.equal("null", json.encode(nil))
  end)

  it("writes an empty array where it is asked for", function()
    assert.equal("{}", json.encode({}))
    assert.equal('{"items":[]}', json.encode({ items = json.array({}) }))
    assert.equal("[]", json.encode(json.array({})))
    assert.equal("[[],[1],[]]", json.encode({ json.array({}), json.array({ 1 }), json.array({}) }))
    assert.equal("{}", json.encode({}))
  end)

  it("refuses what JSON has no text for", function()
    for _, wrong in ipairs({ print, { [20] = 1 }, 0 / 0, 1 / 0, { [true] = 1 } }) do
      local ok, err = pcall(function()
        json.encode(wrong)
      end)
      assert.is_false(ok)
      assert.matches("json_spec.lua:%d+: bad argument #1 to 'encode' %(", err)
    end
  end)

  it("says what is wrong with a text that is no JSON", function()
    for _, text in ipairs({ "", "{", "[1,]", "nan", "0x10", "[Infinity]", "1 2" }) do
      local value, err = json.decode(text)
      assert.is_nil(value, text)
      assert.matches("^Expected .+ at character %d+$", err)
    end
  end)

  it("decodes false and deep tables, up to a depth", function()
    assert.is_false((json.decode("false")))
    assert.is_table(json.decode(("["):rep(1000) .. ("]"):rep(1000)))
    local value, err = json.decode(("["):rep(1001) .. ("]"):rep(1001))
    assert.is_nil(value)
    assert.matches("too many nested", err)
  end)

  it("decodes texts only", function()
    local ok, err = pcall(function()
      json.decode(nil)
    end)
    assert.is_false(ok)
    assert.matches("json_spec.lua:%d+: bad argument #1 to 'decode' %(string expected, got nil", err)
  end)
end)
