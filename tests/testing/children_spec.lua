local t = require("sluice.test")

describe("a child", function()
  it("completes well when its parent ends in the same turn", function()
    local app = t.app("tests/testing/children.lua")
    assert.are.equal("a part", app:get("/whole").body)
    for _, line in ipairs(app:log()) do
      if line.message == "the child" then
        assert.are.equal("6 child", line.result)
        return
      end
    end
    error("it was not told of its end")
  end)
end)
