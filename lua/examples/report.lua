--- A million lines. The loop never flushes and never asks whether the client
--- keeps up: writing waits when it must, so memory stays flat.

return function(_, res)
  res:set("Content-Type", "text/plain")
  for i = 1, 1e6 do
    if not res:write("line ", i, "\n") then
      return -- the client left
    end
  end
end
