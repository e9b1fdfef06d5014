--- @NAME@: the app that `sluice serve app.lua` serves.

local sluice = require("sluice")
local app = sluice.new()

-- A file that is read when the app is loaded, and again when it is reloaded.
local start_page = sluice.asset("pages/start.html")

app:get("/", function(_, res)
  res:html(start_page)
end)

-- An answer that takes its time: each line leaves at once, and other requests go
-- on meanwhile. When the client leaves, the handler ends at its next wait.
app:get("/ticks", function(_, res)
  res:set("Content-Type", "text/plain; charset=utf-8")
  for n = 1, 5 do
    res:write("tick ", n, "\n")
    sluice.sleep(1000)
  end
  res:write("done\n")
end)

-- A folder of scripts: scripts/hello/[name].lua answers /api/hello/you.
app:scripts("/api", "scripts")

return app
