--- What a client would like best: the Accept fields (RFC 9110, 12.5).

local trim = require("sluice.trim")

---@class sluice.Preference one element of a field
---@field value string in lower case
---@field q number its weight, from 0 (not acceptable) to 1
---@field parameters string[] "name=value" in lower case

local function weight_of(text)
  local q = tonumber(text) or 1
  return math.max(0, math.min(1, q))
end

-- What follows the weight belongs to no media type.
local function parse_parameters(text)
  local parameters = {}
  for name, value in text:gmatch(";%s*([^=;%s]+)%s*=%s*([^;]*)") do
    name, value = name:lower(), trim(value):match('^"?(.-)"?$'):lower()
    if name == "q" then
      return parameters, weight_of(value)
    end
    parameters[#parameters + 1] = name .. "=" .. value
  end
  return parameters, 1
end

---@param text string
---@return sluice.Preference[]
local function parse(text)
  local list = {}
  for element in text:gmatch("[^,]+") do
    local value, rest = element:match("^%s*([^;%s]+)(.*)$")
    if value then
      local parameters, q = parse_parameters(rest)
      list[#list + 1] = { value = value:lower(), q = q, parameters = parameters }
    end
  end
  return list
end

-- The weight of an offer: that of the element which fits it most closely. `fit`
-- says how closely one does, nil: not at all.
local function weigh(offer, list, fit, otherwise)
  local closest, q = 0, otherwise
  for _, preference in ipairs(list) do
    local how = fit(offer, preference)
    if how and (how > closest or how == closest and preference.q > q) then
      closest, q = how, preference.q
    end
  end
  return q
end

-- Of offers with the same weight the first one wins.
local function best(offers, weight)
  local winner, most = nil, 0
  for _, offer in ipairs(offers) do
    local q = weight(offer)
    if q > most then
      winner, most = offer, q
    end
  end
  return winner
end

local short = {
  html = "text/html",
  text = "text/plain",
  css = "text/css",
  csv = "text/csv",
  js = "text/javascript",
  json = "application/json",
  xml = "application/xml",
  form = "application/x-www-form-urlencoded",
  events = "text/event-stream",
}

local function has_all(parameters, wanted)
  local there = {}
  for _, parameter in ipairs(parameters) do
    there[parameter] = true
  end
  for _, parameter in ipairs(wanted) do
    if not there[parameter] then
      return false
    end
  end
  return true
end

local function fit_type(offer, range)
  if range.value == "*/*" then
    return 1
  elseif range.value == offer.value:match("^[^/]*/") .. "*" then
    return 2
  elseif range.value == offer.value and has_all(offer.parameters, range.parameters) then
    return 3 + #range.parameters
  end
end

---Is it a media type, or short for one?
---@param offer string
---@return boolean
local function is_media_type(offer)
  return short[offer] ~= nil or offer:find("^[^/;]+/[^/;]+") ~= nil
end

---The best of some media types, in short ("html") or whole.
---@param field string? nil accepts all
---@param offers string[] each is_media_type
---@return string?
local function media_type(field, offers)
  local list = parse(field or "")
  return best(offers, function(offer)
    local offered = parse(short[offer] or offer)[1]
    return #list == 0 and 1 or weigh(offered, list, fit_type, 0)
  end)
end

-- "en" fits "en-GB" (RFC 4647, 3.3.1); "en-GB" takes "en" when nothing closer
-- is said of it (3.4).
local function fit_language(offer, range)
  if range.value == "*" then
    return 1
  elseif (offer .. "-"):sub(1, #range.value + 1) == range.value .. "-" then
    return 2 + #range.value
  elseif (range.value .. "-"):sub(1, #offer + 1) == offer .. "-" then
    return 2
  end
end

---The best of some language tags.
---@param field string? nil accepts all
---@param offers string[]
---@return string?
local function language(field, offers)
  local list = parse(field or "")
  return best(offers, function(offer)
    return #list == 0 and 1 or weigh(offer:lower(), list, fit_language, 0)
  end)
end

local function fit_encoding(offer, preference)
  if preference.value == offer or preference.value == "x-" .. offer then
    return 2
  end
  return preference.value == "*" and 1 or nil
end

-- Less than any weight that a client can give: it is acceptable unless the
-- client says no.
local UNNAMED_IDENTITY = 0.0001

---The best of some content codings. Who sends no field gets none.
---@param field string?
---@param offers string[]
---@return string?
local function encoding(field, offers)
  local list = parse(field or "")
  return best(offers, function(offer)
    local name = offer:lower()
    return weigh(name, list, fit_encoding, name == "identity" and UNNAMED_IDENTITY or 0)
  end)
end

return {
  is_media_type = is_media_type,
  media_type = media_type,
  language = language,
  encoding = encoding,
}
