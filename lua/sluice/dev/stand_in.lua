--- What serves in the place of an app that does not start, until it does.

local dev = require("sluice.dev")
local pages = require("sluice.dev.pages")
local sluice = require("sluice")

---An app that says why.
---@param why string
---@return sluice.App
return function(why)
  local app = sluice.new()
  dev.news("trouble", why)
  app:not_found(function(req, res)
    local text, kind = pages.wait(dev.trouble(), req:header("Accept") or "")
    res:status(503)
    res:set("Content-Type", kind)
    res:set("Cache-Control", "no-store")
    res:write(text)
  end)
  return app
end
