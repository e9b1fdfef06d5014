local fake = require("fake")

describe("send_file and static", function()
  local function fails(pattern, fn)
    local ok, err = pcall(fn)
    assert.is_false(ok)
    assert.matches("files_spec.lua:%d+: bad argument #" .. pattern, err)
  end

  it("name the function and the argument in an error", function()
    fake.load("sluice.send_file")
    local res = require("sluice.response").new(nil, 7)
    local static = require("sluice.static").handler
    for pattern, options in pairs({
      ["%(it has no option 'name'"] = { name = "x" },
      ["%(type: control"] = { type = "a\r\nb" },
      ["%(cache_control: control"] = { cache_control = "a\nb" },
      ["%(etag: a text in double"] = { etag = "x" },
      ["%(etag: a text"] = { etag = 'x"y"' },
      ["%(download: boolean or string expected, got table"] = { download = {} },
    }) do
      fails("2 to 'send_file' " .. pattern, function()
        res:send_file("x", options)
      end)
    end
    fails("1 to 'send_file' %(path expected, got nil", function()
      res:send_file()
    end)
    fails("1 to 'static' %(folder expected, got nil", function()
      static()
    end)
    fails("2 to 'static' %(symlinks: ", function()
      static("x", { symlinks = "all" })
    end)
    fails("2 to 'static' %(it has no option 'listing'", function()
      static("x", { listing = true })
    end)
  end)
end)
