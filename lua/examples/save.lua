--- A file to save, under a name that the client chooses; parts of it, so that a
--- download that broke off goes on where it ended:
---
---     curl -H 'Range: bytes=10-' 'http://127.0.0.1:8080/save?as=app.lua'

return function(req, res)
  local name = type(req.query.as) == "string" and req.query.as or "sluice-example.lua"
  local ok, err = res:send_file("app.lua", { download = name, cache_control = "no-cache" })
  if not ok and err ~= "aborted" then
    res:text(err .. "\n", 404)
  end
end
