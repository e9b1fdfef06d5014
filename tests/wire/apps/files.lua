-- Files, folders of files and streams of events, for test_files.py,
-- test_static.py and test_sse.py.

local sluice = require("sluice")
local app = sluice.new()

local sent = {
  plain = { "data.bin" },
  typed = { "data.bin", { type = "text/x-digits", cache_control = "max-age=60", etag = '"mine"' } },
  untagged = { "data.bin", { etag = false } },
  missing = { "no-such-file" },
  folder = { "public" },
}

app:any("/send/:what", function(req, res)
  local ok, err = res:send_file(unpack(sent[req.params.what]))
  if not ok then
    res:text(err:match("[^:]*$") .. "\n", 404)
  end
end)

app:get("/save/*name", function(req, res)
  res:send_file("data.bin", { download = req.params.name ~= "" and req.params.name or true })
end)

app:get("/own-page", function(_, res)
  res:status(404)
  res:send_file("data.bin")
end)

app:get("/late", function(_, res)
  res:write("begun, ")
  res:flush()
  local _, err = res:send_file("data.bin")
  res:write(err)
end)

app:get("/twice", function(_, res)
  res:send_file("data.bin")
  local _, err = res:write("more")
  sluice.log.info("a second body", { err = err })
end)

app:any("/static/*path", sluice.static("public", { types = { odd = "text/x-odd" } }))
app:get("/none/*path", sluice.static("public", { symlinks = "none" }))
app:get("/follow/*path", sluice.static("public", { symlinks = "follow", index = false }))
app:get(
  "/hidden/*path",
  sluice.static("public", { hidden = true, etag = false, cache_control = "no-cache" })
)
app:get(
  "/app/*path",
  sluice.static("public", {
    not_found = function(_, res)
      res:html("<p>the app's own\n", 404)
    end,
  })
)
app:static("/mounted", "public")
app:group("/of/:user"):static("/files", "public", { index = "docs/index.html" })
app:get("/gone/*path", sluice.static("no-such-folder"))

-- What no route gives to a handler: paths that were not looked at.
app:any("/raw", function(req, res)
  req.params = { path = req.query.path }
  return sluice.static("public", { hidden = true, symlinks = "follow" })(req, res)
end)

return app
