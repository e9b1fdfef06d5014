--- The app of a folder: its app.lua, or, where there is none, its scripts as
--- routes. Where there is no script either, a page says what to do.

local App = require("sluice.app")

local PAGE = [[
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Sluice</title>
<style>
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 40rem; margin: 3rem auto; padding: 0 1rem }
pre { background: #8881; padding: 1rem; overflow: auto }
</style>
<h1>Sluice works</h1>
<p>It serves a folder in which there is nothing to serve yet. Put an app there,
<code>app.lua</code>:</p>
<pre>local sluice = require("sluice")
local app = sluice.new()

app:get("/", function(_, res)
  res:text("Hello!\n")
end)

return app
</pre>
<p>or scripts, of which each is a route: <code>hello.lua</code> is
<code>/hello</code>, <code>index.lua</code> is this page.</p>
<pre>return function(_, res)
  res:text("Hello!\n")
end
</pre>
<p>In a container the folder is <code>/app</code>:</p>
<pre>podman run --rm -p 8080:8080 -v ./site:/app:ro sluice</pre>
<p>Then reload it, or start it again. With the setting <code>watch</code> it sees
changes by itself.</p>
</html>
]]

-- The app of the folder that is being loaded, which has no app.lua.
local function load()
  local app = App.new()
  app:scripts("/", ".")
  if #app.routes == 0 then
    app:get("/", function(_, res)
      res:html(PAGE)
    end)
  end
  return app
end

---What makes the app of a folder.
---@param folder string
---@return (fun(): sluice.App)?
---@return string? why its app.lua is of no use
local function find(folder)
  local chunk, why = loadfile(folder .. "/app.lua")
  if not chunk and why and why:match("^cannot open .*: No such file or directory$") then
    return load
  end
  return chunk, why
end

---@param path string
---@return boolean
local function is_folder(path)
  local chunk, why = loadfile(path)
  return not chunk and why:match("^cannot open .*: Is a directory$") ~= nil
end

return { find = find, is_folder = is_folder }
