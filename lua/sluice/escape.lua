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
---    res:html("<p>Hello, " .. sluice.escape.html(name) .. "!")
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
---    res:redirect("/search?q=" .. sluice.escape.url(words))
---@param text string|number
---@return string
function escape.url(text)
  misuse.check(is_text(text), 1, "url", "text", text)
  return (tostring(text):gsub("[^%w%-._~]", percent))
end

return escape
