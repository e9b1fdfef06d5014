--- Server-sent events, one a second, for as long as the client stays:
---
---     new EventSource("/clock").onmessage = (event) => show(event.data)

local sluice = require("sluice")

return function(req, res)
  local stream = res:sse()
  req:on_abort(function()
    sluice.log.info("a clock's client left")
  end)
  while stream:event({ data = os.date("%H:%M:%S") }) do
    sluice.sleep(1000)
  end
end
