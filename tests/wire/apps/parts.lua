-- Handlers that take forms with files, for test_parts.py.
local sluice = require("sluice")
local app = sluice.new()

local limits = { bytes = 100000, part_bytes = 1000, parts = 3, header_bytes = 200 }

-- Each part as JSON; its data in hexadecimal, read in pieces of `most`.
local function list(req, most, options)
  local found = {}
  for part in req:parts(options) do
    local pieces = {}
    for piece in part:chunks(most) do
      pieces[#pieces + 1] = piece
    end
    found[#found + 1] = {
      name = part.name,
      filename = part.filename,
      type = part.content_type,
      extra = part.headers["X-Extra"],
      data = table.concat(pieces):gsub(".", function(char)
        return ("%02x"):format(char:byte())
      end),
    }
  end
  return sluice.json.array(found)
end

app:post("/list", function(req, res)
  res:json(list(req, tonumber(req.query.most)))
end)

app:post("/limited", function(req, res)
  res:json(list(req, nil, limits))
end)

app:post("/form", function(req, res)
  res:json(assert(req:form()))
end)

app:post("/small-form", function(req, res)
  local form, err = req:form({ bytes = 1000, fields = 2 })
  res:write(form and "ok" or err)
end)

app:post("/twice", function(req, res)
  res:json({ #req:body(), assert(req:form()) == assert(req:form()), req:form().a })
end)

app:post("/skip", function(req, res)
  local names = {}
  for part in req:parts() do
    part:read(1)
    names[#names + 1] = part.name
  end
  res:write(table.concat(names, " "))
end)

app:post("/late", function(req, res)
  local first
  for part in req:parts() do
    first = first or part
  end
  local _, err = pcall(first.read, first)
  res:write(err)
end)

app:post("/text", function(req, res)
  for part in req:parts() do
    local text, err = part:text(3)
    res:write(text or err, ";")
  end
end)

app:post("/count", function(req, res)
  for part in req:parts() do
    local bytes = 0
    for piece in part:chunks() do
      bytes = bytes + #piece
    end
    res:write(part.name, " ", bytes, "\n")
  end
end)

app:post("/caught", function(req, res)
  local ok, err = pcall(function()
    for _ in req:parts() do
      sluice.log.info("a part has come")
    end
  end)
  res:status(422)
  res:write(tostring(ok), " ", (tostring(err):gsub("^.-:%d+: ", "")))
end)

return app
