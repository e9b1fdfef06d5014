--- Where to start: run it with `scripts/run` and open http://127.0.0.1:8080/.
---
--- Each file beside this one shows one thing. A handler reads like blocking
--- code: where it waits, for a client or a timer, other requests run.

local sluice = require("sluice")
local app = sluice.new()

local examples = {
  { "/hello", "the smallest handler" },
  { "/hello/you", "a part of the path as a parameter" },
  { "/report", "a million lines, at the speed of the client" },
  { "/download", "text, a file, a fragment and trailers in one operation" },
  { "/clock", "events, one a second, until you leave" },
  { "/parallel", "several operations in flight, and what came of them" },
  { "/proxy", "what another server says, passed on as it comes" },
  { "/subprocess", "what a program prints, as it prints it" },
  { "/tokens", "an answer word by word, as language models give it" },
  { "/echo", "POST: sends back what you send" },
  { "/upload", "POST: an upload, hashed while it arrives" },
  { "/files", "a form for files of any size, with its progress" },
  { "/around", "middleware, a guarded group, errors, in an app of its own" },
  { "/notes", "a JSON API with a store in memory" },
  { "/save", "a file to save, whole or in parts" },
  { "/source/", "a folder of files: these examples" },
  { "/scripts", "a folder of scripts, each with its path" },
}

app:get("/", require("page")(examples))

app:get("/hello", function(_, res)
  res:write("Hello!\n")
end)

app:get("/hello/:name", function(req, res)
  res:set("Content-Type", "text/plain; charset=utf-8")
  res:write("Hello, ", req.params.name, "!\n")
end)

app:get("/report", require("report"))
app:get("/download", require("download"))
app:get("/clock", require("clock"))
app:get("/parallel", require("parallel"))
app:get("/proxy", require("proxy"))
app:get("/subprocess", require("subprocess"))
app:get("/tokens", require("tokens"))
app:any("/echo", require("echo"))
app:any("/upload", require("upload"))
app:get("/files", require("files"))
app:post("/files", require("files"))
app:get("/save", require("save"))
app:mount("/notes", require("notes"))
app:static("/source", ".", { index = "app.lua" })
app:mount("/around", require("around"))
app:scripts("/scripts", "scripts")

return app
