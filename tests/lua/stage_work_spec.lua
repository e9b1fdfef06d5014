local fake = require("fake")

describe("the abort of a stage", function()
  local ABORT, ABORTED, OK = 4, -2, 0
  local work, host, limits, lines, err

  before_each(function()
    local _
    _, host = fake.load("sluice.task")
    limits, lines, err = {}, {}, nil
    host.log = function(_, text)
      lines[#lines + 1] = text
    end
    package.loaded["sluice.bounded"] = {
      run = function(ms, on_late, fn, ...)
        limits[#limits + 1] = ms
        fn(...)
        on_late(fn, ms)
        return OK, { err = err }
      end,
    }
    work = require("sluice.stage_work")
  end)

  local function record(fn)
    return { def = { name = "x", abort = fn }, self = { of = "the answer" } }
  end

  it("has the limit of its waits, or ten seconds where they have none", function()
    for _, timeout in ipairs({ 60000, 0 }) do
      host.stage_timeout = timeout
      work(record(function() end), ABORT, nil, ABORTED)
    end
    assert.are.same({ 60000, 10000 }, limits)
    assert.truthy(lines[1]:find("the 'abort' of the stage \"x\" takes longer than it may", 1, true))
  end)

  it("is told once what was its own, and why", function()
    local told = {}
    local own = record(function(self, why)
      told[#told + 1] = self.of .. " " .. why
    end)
    assert.are.equal(OK, work(own, ABORT, nil, ABORTED))
    assert.are.equal(OK, work(own, ABORT, nil, ABORTED))
    assert.are.same({ "the answer aborted" }, told)
  end)

  it("is named when it fails", function()
    err = "broken"
    work(record(function() end), ABORT, nil, ABORTED)
    assert.truthy(lines[2]:find("the 'abort' of the stage \"x\" has failed: broken", 1, true))
  end)

  it("costs nothing where there is none", function()
    work(record(nil), ABORT, nil, ABORTED)
    assert.are.same({}, limits)
  end)
end)
