local fake = require("fake")

describe("an answer in one call", function()
  local res

  before_each(function()
    res = fake.load("sluice.answers").new(nil, 7)
  end)

  local function body()
    return fake.calls[#fake.calls][1].text
  end

  it("is JSON, text or HTML, with its type and status", function()
    assert.equal(8, res:json({ a = 12 }, 201))
    assert.same({ "application/json", 201 }, { fake.field("Content-Type"), fake.head.status })
    assert.equal('{"a":12}', body())

    fake.head = {}
    assert.equal(2, res:text("hi"))
    assert.equal("text/plain; charset=utf-8", fake.field("Content-Type"))
    assert.is_nil(fake.head.status)

    fake.head = {}
    assert.equal(3, res:html("<p>", 404))
    assert.equal("text/html; charset=utf-8", fake.field("Content-Type"))
    assert.equal(404, fake.head.status)
  end)

  it("keeps the type that was set before", function()
    res:set("content-type", "application/problem+json")
    res:json({}, 400)
    assert.equal("application/problem+json", fake.field("Content-Type"))
  end)

  it("writes nothing when the head has left", function()
    fake.head.committed = true
    local committed = { res:json(1) }
    assert.is_nil(committed[1])
    assert.is_string(committed[2])
    assert.equal(0, #fake.calls)
  end)

  it("names the method and the argument in an error", function()
    local function misuse(pattern, method, ...)
      local arguments = { ... }
      local ok, err = pcall(function()
        res[method](res, unpack(arguments, 1, 2))
      end)
      assert.is_false(ok)
      assert.matches("answers_spec.lua:%d+: bad argument #" .. pattern, err)
    end
    misuse("1 to 'json' %(", "json", print)
    misuse("2 to 'json' %(a status from 200 to 599 expected, got 99", "json", 1, 99)
    misuse("2 to 'text' %(a status", "text", "x", "200")
    misuse("1 to 'text' %(text expected, got nil", "text", nil)
    misuse("1 to 'html' %(text expected, got table", "html", {})
    assert.equal(0, #fake.calls)
  end)
end)
