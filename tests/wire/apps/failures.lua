-- Handlers that fail, abort, or set what may not be set.
local sluice = require("sluice")
local app = sluice.new()
local notes = {}

-- Notes whether a call was refused: by nil and a reason, or by an error.
local function note_refusal(what, ok, result, reason)
  local refused = not ok or (result == nil and reason ~= nil)
  notes[#notes + 1] = what .. (refused and " refused" or " accepted")
end

app:get("/notes", function(_, res)
  res:write(table.concat(notes, "\n"))
  notes = {}
end)

app:get("/hello", function(_, res)
  res:write("Hello\n")
end)

app:get("/error", function(_, res)
  res:set("X-Half", "done")
  res:write("never seen")
  error("the handler's own words")
end)

app:get("/error-in-callback", function(_, res)
  res:WriteEntityChunks("fine", true, true, function()
    error("words of a callback")
  end)
  sluice.sleep(20)
end)

app:get("/error-after-a-length", function(_, res)
  res:set("Content-Length", "3")
  error("before anything was written")
end)

app:get("/error-after-the-end", function(_, res)
  res:WriteEntityChunks("all of it", false, false)
  error("after the last data")
end)

app:get("/error-after-operations", function(_, res)
  res:buffering(1000000)
  for _ = 1, 1200 do
    res:WriteEntityChunks("x", true)
  end
  error("with many operations in flight")
end)

local function begin(req, res)
  if req.params.framing == "length" then
    res:set("Content-Length", "100")
  end
  res:write("begun")
  res:flush()
end

app:get("/error-later/:framing", function(req, res)
  begin(req, res)
  error("too late for a status")
end)

app:get("/abort/:framing", function(req, res)
  begin(req, res)
  res:abort()
end)

app:get("/abort-at-once", function(_, res)
  res:write("never seen")
  res:abort()
end)

app:get("/length/:declared/:written", function(req, res)
  res:set("Content-Length", req.params.declared)
  local bytes, err = res:write(("x"):rep(tonumber(req.params.written)))
  notes[#notes + 1] = tostring(bytes) .. " " .. tostring(err)
end)

app:get("/trailers-beside-a-length", function(_, res)
  res:set("Content-Length", "4")
  note_refusal("trailers", pcall(res.WriteEntityChunks, res, sluice.trailers({ ["X-A"] = "1" })))
  res:write("body")
end)

app:get("/inject", function(_, res)
  for _, value in ipairs({ "a\r\nX-Injected: 1", "a\nb", "a\rb", "a\0b" }) do
    note_refusal("value", pcall(res.set, res, "X-Test", value))
    note_refusal("name", pcall(res.set, res, "X" .. value, "1"))
    note_refusal("add", pcall(res.add, res, "X-Test", value))
    note_refusal("reason", pcall(res.status, res, 200, value))
  end
  for _, name in ipairs({ "", "a b", "a:b", "Transfer-Encoding", "Trailer", "Keep-Alive" }) do
    note_refusal("name", pcall(res.set, res, name, "1"))
  end
  local trailers = sluice.trailers({ ["X-T"] = "a\r\nb" })
  note_refusal("trailer", pcall(res.WriteEntityChunks, res, trailers))
  res:write("clean")
end)

app:get("/committed", function(_, res)
  res:write("a")
  res:flush()
  notes = { tostring(res:is_committed()) }
  for _, call in ipairs({
    { "set", "X-Late", "1" },
    { "add", "X-Late", "1" },
    { "delete", "Date" },
    { "status", 404 },
    { "clear" },
    { "clear_headers" },
    { "redirect", "/hello" },
  }) do
    local result, err = res[call[1]](res, call[2], call[3])
    notes[#notes + 1] = call[1] .. " " .. tostring(result) .. " " .. tostring(err)
  end
end)

app:get("/hints", function(_, res)
  res:informational(103, { Link = "</style.css>; rel=preload" })
  res:informational(103, { Link = "</app.js>; rel=preload" })
  res:write("page")
end)

app:get("/redirect", function(_, res)
  res:write("dropped")
  res:redirect("/hello")
end)

app:get("/clear", function(_, res)
  res:status(418)
  res:set("X-Gone", "1")
  res:write("dropped")
  res:clear()
  res:write("kept")
end)

app:get("/cookies", function(_, res)
  res:set("X-One", "first")
  res:set("X-One", "second")
  res:add("Set-Cookie", "a=1")
  res:add("Set-Cookie", "b=2")
  res:set("X-Deleted", "1")
  res:delete("X-Deleted")
  res:write(res:get("X-One"))
end)

app:get("/reason", function(_, res)
  res:status(299, "Quite Fine")
end)

return app
