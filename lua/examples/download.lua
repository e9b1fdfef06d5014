--- One operation of mixed chunks. Their order is the order of the bytes, and
--- the operation completes when the last of them has left the server.

local sluice = require("sluice")

sluice.fragments:put("footer", "\n-- that was the beginning of download.lua\n")

return function(_, res)
  res:set("Content-Type", "text/plain")
  local operation = assert(res:WriteEntityChunks({
    "Here is a range of a file:\n\n",
    assert(sluice.file("download.lua", 0, 149)),
    sluice.fragment("footer"),
    sluice.trailers({ ["X-Complete"] = "yes" }),
  }, true, false))

  local bytes, err = operation:GetCompletedOperation()
  if bytes then
    sluice.log.info("download sent", { bytes = bytes })
  else
    sluice.log.warn("download broke off", { err = err })
  end
end
