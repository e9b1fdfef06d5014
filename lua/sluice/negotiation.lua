--- Choosing what to answer by what the client prefers, and by what it has. These
--- are methods of sluice.Request too.

local accept = require("sluice.accept")
local misuse = require("sluice.misuse")
local native = require("sluice.native")
require("sluice.spool")
local Request = require("sluice.form")

local C = native.C

-- Called by the methods below, for whose callers errors are.
local function check(name, ...)
  local offers = { ... }
  for i = 1, math.max(1, select("#", ...)) do
    if type(offers[i]) ~= "string" then
      local text = "bad argument #%d to '%s' (string expected, got %s)"
      error(text:format(i, name, type(offers[i])), 3)
    end
  end
  return offers
end

---Which of these media types the client likes best; of equals the first one.
---Short names are html, text, css, csv, js, json, xml, form and events.
---
---    -- GET / [Accept: text/html, application/json;q=0.5]
---    res:write(req:accepts("json", "html"), "\n") --> html
---@param ... string
---@return string? offer nil when the client accepts none of them: 406
function Request:accepts(...)
  local offers = check("accepts", ...)
  for i, offer in ipairs(offers) do
    if not accept.is_media_type(offer) then
      error(("bad argument #%d to 'accepts' ('%s' is no media type)"):format(i, offer), 2)
    end
  end
  return accept.media_type(self.headers.accept, offers)
end

---Which of these languages the client likes best; of equals the first one.
---
---    -- GET / [Accept-Language: de-CH, fr;q=0.5]
---    res:write(req:accepts_language("en", "fr", "de") or "en", "\n") --> de
---@param ... string tags such as "en" or "pt-BR"
---@return string? offer nil when the client accepts none of them
function Request:accepts_language(...)
  return accept.language(self.headers["accept-language"], check("accepts_language", ...))
end

---Which of these content codings the client likes best. "identity" may be
---among them; it goes behind the codings that the client names.
---
---    -- GET / [Accept-Encoding: gzip]
---    local coding = req:accepts_encoding("br", "gzip") -- nil: send it as it is
---    res:write(coding, "\n") --> gzip
---@param ... string
---@return string? offer nil when the client asks for none of them
function Request:accepts_encoding(...)
  return accept.encoding(self.headers["accept-encoding"], check("accepts_encoding", ...))
end

---Has the client this version already (RFC 9110, 13.1.2 and 13.1.3)? Then a 304
---is enough. The entity tag goes before the date, which says it to the second.
---
---    -- GET / [If-None-Match: "7"] --> HTTP/1.1 304 Not Modified
---    res:set("ETag", '"7"')
---    if req:fresh('"7"') then
---      return res:status(304)
---    end
---@param etag string? with its quotes, and W/ in front of a weak one
---@param modified number? when it was last changed: seconds since 1970
---@return boolean
function Request:fresh(etag, modified)
  local is_tag = etag == nil or type(etag) == "string" and etag:find('^W?/?"[^"]*"$')
  misuse.check(is_tag, 1, "fresh", 'an entity tag such as "v1" in its quotes', etag)
  misuse.check(modified == nil or type(modified) == "number", 2, "fresh", "number", modified)
  local len = etag and #etag or 0
  return C.sl_request_condition(self.handle, self.generation, etag, len, modified or -1) == 304
end

return Request
