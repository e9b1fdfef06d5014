--- Making text harmless inside of another language.

local misuse = require("sluice.misuse")

local escape = {}

local entities = {
  ["&"] = "&amp;",
  ["<"] = "&lt;",
  [">"] = "&gt;",
  ['"'] = "&quot;",
  ["'"] = "&#39;",
}

local function is_text(value)
  return type(value) == "string" or type(value) == "number"
end

---For the text of an HTML element, or a quoted attribute of it.
---
---    -- GET /?name=<Ada>
---    res:html("Hello, " .. sluice.escape.html(req.query.name)) --> Hello, &lt;Ada&gt;
---@param text string|number
---@return string
function escape.html(text)
  misuse.check(is_text(text), 1, "html", "text", text)
  return (tostring(text):gsub("[&<>\"']", entities))
end

local function percent(byte)
  return ("%%%02X"):format(byte:byte())
end

---For one component of a URL: a segment of its path, or a name or value of its
---query. Everything but letters, digits and `-._~` is percent-encoded.
---
---    res:redirect("/search?q=" .. sluice.escape.url("tea & milk")) --> HTTP/1.1 302 Found
---    --> Location: /search?q=tea%20%26%20milk
---@param text string|number
---@return string
function escape.url(text)
  misuse.check(is_text(text), 1, "url", "text", text)
  return (tostring(text):gsub("[^%w%-._~]", percent))
end

return escape
