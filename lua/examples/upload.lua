--- An upload of any size, hashed while it arrives: a piece is read when the one
--- before is done with, and the client waits meanwhile.

local sluice = require("sluice")

return function(req, res)
  local hash = sluice.hash.sha256()
  for piece in req:chunks() do
    hash:update(piece)
  end
  res:text(hash:hex() .. "\n")
end
