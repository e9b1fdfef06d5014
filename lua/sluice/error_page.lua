--- The page that a browser shows in development when a handler failed.

local escapes = { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;" }

local function escape(text)
  return (text:gsub('[&<>"]', escapes))
end

local page = [[
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>500: $message</title>
<style>
  body { font: 16px/1.5 system-ui; max-width: 60rem; margin: 3rem auto; padding: 0 1rem }
  h1 { font-size: 1.3rem }
  pre { background: #f4f4f5; padding: 1rem; overflow-x: auto; border-radius: 6px }
  footer { color: #666; font-size: .9rem }
</style>
<h1>$message</h1>
<p>The handler of <code>$request</code> failed.</p>
<pre>$traceback</pre>
<footer>Request $id. This page is shown in development only.</footer>
</html>
]]

---@param message string
---@param traceback string
---@param method string
---@param target string
---@param id string of the request
---@return string html
return function(message, traceback, method, target, id)
  local values = {
    message = escape(message),
    traceback = escape(traceback),
    request = escape(method .. " " .. target),
    id = escape(id),
  }
  return (page:gsub("%$(%a+)", values))
end
