--- The body of the request, sent back piece by piece as it arrives:
---
---     curl -T some-file http://127.0.0.1:8080/echo

return function(req, res)
  res:set("Content-Type", req:header("Content-Type") or "application/octet-stream")
  repeat
    local piece = req:read()
  until not piece or not res:write(piece)
end
