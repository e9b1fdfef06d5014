--- GET and POST /api/notes: notes in the memory of one worker, gone with it.

local sluice = require("sluice")

local notes = {}

return {
  get = function(_, res)
    res:json({ notes = sluice.json.array(notes) })
  end,

  post = function(req, res)
    local note, err = req:json()
    if type(note) ~= "table" or type(note.text) ~= "string" then
      return res:json({ error = err or "a note has a text" }, 400)
    end
    notes[#notes + 1] = { text = note.text }
    res:json(notes[#notes], 201)
  end,
}
