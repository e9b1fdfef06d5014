--- Events, one a second. What is written before a wait is sent at once.

local sluice = require("sluice")

return function(req, res)
  res:set("Content-Type", "text/event-stream")
  res:set("Cache-Control", "no-store")
  req:on_abort(function()
    sluice.log.info("a clock's client left")
  end)
  while res:write("data: ", os.date("%H:%M:%S"), "\n\n") do
    sluice.sleep(1000)
  end
end
