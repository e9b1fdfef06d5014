--- Metrics of scripts: what is refused, and where numbers go.

local ffi = require("ffi")
local fake = require("fake")

describe("a metric", function()
  local metrics, host, cells

  before_each(function()
    cells = {}
    metrics, host = fake.load("sluice.metrics")
    host.meter_family = function()
      return not host.full and 1 or nil
    end
    host.meter = function(_, labels)
      cells[labels] = cells[labels] or ffi.new("double[17]")
      return cells[labels]
    end
  end)

  local function refuses(pattern, fn, ...)
    local ok, why = pcall(fn, ...)
    assert.is_false(ok)
    assert.matches(pattern, why)
  end

  it("is a place for each combination of labels, quoted", function()
    local counter = metrics.counter("a_total", "A.", { "x", "y" })
    counter:add(2, 'q"\\', "l\nf")
    counter:add(nil, 'q"\\', "l\nf")
    assert.equal(3, cells['x="q\\"\\\\",y="l\\nf"'][0])
  end)

  it("goes up, and a gauge down", function()
    local gauge = metrics.gauge("g", "G.")
    gauge:set(5)
    gauge:add(-2)
    assert.equal(3, cells[""][0])
    refuses("never goes back", function()
      metrics.counter("a_total", "A."):add(-1)
    end)
  end)

  it("counts values up to their bound", function()
    local histogram = metrics.histogram("h", "H.", { 1, 10 })
    for _, value in ipairs({ 0, 1, 2, 10, 11 }) do
      histogram:observe(value)
    end
    local cell = cells[""]
    assert.same({ 24, 2, 2, 1 }, { cell[0], cell[1], cell[2], cell[3] })
  end)

  it("is the same when it is made again, and not another one", function()
    local counter = metrics.counter("a_total", "A.", { "x" })
    assert.equal(counter, metrics.counter("a_total", "Another text.", { "x" }))
    refuses("differently", metrics.counter, "a_total", "A.", { "y" })
    metrics.histogram("h", "H.", { 1 })
    refuses("differently", metrics.gauge, "h", "H.")
  end)

  it("has a name that says what it is", function()
    refuses("ends in _total", metrics.counter, "a", "A.")
    refuses("ends in _total", metrics.gauge, "a_total", "A.")
    refuses("called like", metrics.counter, "a b_total", "A.")
    refuses("called like", metrics.counter, ("a"):rep(80) .. "_total", "A.")
    refuses("of the server", metrics.counter, "sluice_a_total", "A.")
    refuses("a label", metrics.counter, "a_total", "A.", { "a-b" })
    refuses("own", metrics.histogram, "h", "H.", { 1 }, { "le" })
    refuses("text", metrics.counter, "a_total")
  end)

  it("has bounds that rise", function()
    refuses("rise", metrics.histogram, "h", "H.", { 2, 1 })
    refuses("1 to 15", metrics.histogram, "h", "H.", {})
    refuses("table expected", metrics.histogram, "h", "H.")
    local many = {}
    for i = 1, 16 do
      many[i] = i
    end
    refuses("1 to 15", metrics.histogram, "h", "H.", many)
  end)

  it("takes numbers, and as many labels as it has", function()
    local gauge = metrics.gauge("g", "G.", { "x" })
    refuses("number expected", gauge.set, gauge, "5", "x")
    refuses("not a number", gauge.set, gauge, 0 / 0, "x")
    refuses("1 label.s., and 0", gauge.set, gauge, 5)
    refuses("1 label.s., and 2", gauge.set, gauge, 5, "x", "y")
  end)

  it("that has no place is counted by nobody, and harms nobody", function()
    host.full = true
    local histogram = metrics.histogram("h", "H.", { 1 }, { "x" })
    histogram:observe(5, "a")
    assert.same({}, cells)
  end)
end)
