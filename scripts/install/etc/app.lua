--- The app that the service `sluice` serves. Put yours here, or name another
--- file in the service (systemctl edit sluice). `require` finds modules beside
--- it. Examples: /usr/share/doc/sluice/examples

local sluice = require("sluice")
local app = sluice.new()

app:get("/", function(_, res)
  res:text("Sluice works. Its app is /etc/sluice/app.lua.\n")
end)

return app
