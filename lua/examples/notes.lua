--- A JSON API over a table. Each worker has its own, and forgets it when it
--- ends; a database would take the place of `notes`.
---
---     curl -H 'Content-Type: application/json' -d '{"text":"Buy milk"}' \
---       http://127.0.0.1:8080/notes

local sluice = require("sluice")
local app = sluice.new()
local json = sluice.json

local MOST_NOTES = 1000
local notes, count = {}, 0

local function in_order()
  local list = {}
  for _, note in pairs(notes) do
    list[#list + 1] = note
  end
  table.sort(list, function(a, b)
    return a.id < b.id
  end)
  return json.array(list)
end

-- The text of a note that a client sends; nil when the answer says what is wrong.
local function text_in(req, res)
  local body, err = req:json()
  if body == nil then
    return nil, res:json({ error = err }, err == "not json" and 415 or 400)
  elseif type(body) ~= "table" or type(body.text) ~= "string" then
    return nil, res:json({ error = 'send {"text": "..."}' }, 422)
  end
  return body.text
end

app:get("/", function(_, res)
  res:json({ notes = in_order() })
end)

app:post("/", function(req, res)
  local text = text_in(req, res)
  if not text then
    return
  elseif count == MOST_NOTES then
    return res:json({ error = "there are enough notes" }, 507)
  end
  local note = { id = sluice.uuid.v7(), text = text, made = sluice.time.http(sluice.time.now()) }
  notes[note.id], count = note, count + 1
  res:set("Location", "/notes/" .. note.id)
  res:json(note, 201)
end)

app:get("/:id", function(req, res)
  local note = notes[req.params.id]
  if not note then
    return res:json({ error = "no such note" }, 404)
  end
  res:json(note)
end)

app:put("/:id", function(req, res)
  local note = notes[req.params.id]
  local text = text_in(req, res)
  if text and not note then
    res:json({ error = "no such note" }, 404)
  elseif text then
    note.text = text
    res:json(note)
  end
end)

app:delete("/:id", function(req, res)
  if not notes[req.params.id] then
    return res:json({ error = "no such note" }, 404)
  end
  notes[req.params.id], count = nil, count - 1
  res:status(204)
end)

return app
