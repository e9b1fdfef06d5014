--- What the stages of the model are as functions of a body: what becomes of a byte
--- does not depend on where chunks are cut.

local change = {}

local turned = {}
for i = 0, 25 do -- each letter to that 13 behind it
  turned[string.char(97 + i)] = string.char(97 + (i + 13) % 26)
end

local each = {
  same = function(text)
    return text
  end,
  adds = function(text)
    return (text:gsub("[aeiou]", "%0+"))
  end,
  drops = function(text)
    return (text:gsub("[bdfh]", ""))
  end,
  turns = function(text)
    return (text:gsub("%l", turned))
  end,
}

change.kinds = { "same", "adds", "drops", "turns" }

---@param kind string
---@param text string
---@return string
function change.apply(kind, text)
  return each[kind](text)
end

---What comes behind the whole body.
---@param kind string
---@return string
function change.last(kind)
  return kind == "adds" and "END" or ""
end

return change
