-- Handlers that take bodies as files, and reads as operations, for
-- test_body_files.py.
local sluice = require("sluice")
local app = sluice.new()

-- Sent back in ranges, the first twice.
app:post("/back", function(req, res)
  local upload = assert(req:body_file())
  local half = math.floor(upload.size / 2)
  res:WriteEntityChunks({ upload:chunk(0, half), upload:chunk(half), upload:chunk(0, half) })
  upload:close()
end)

app:post("/pieces", function(req, res)
  local upload = assert(req:body_file())
  for piece in upload:chunks() do
    res:write(piece)
  end
end)

app:post("/range", function(req, res)
  local upload = assert(req:body_file())
  local chunk, err = upload:chunk(upload.size - 1, 2)
  res:write(tostring(chunk), " ", err, " ", upload:read(upload.size - 1), upload:read(upload.size))
end)

app:post("/limited", function(req, res)
  local upload, err = req:body_file(100000)
  res:write(upload and upload.size or err)
end)

app:post("/size", function(req, res)
  res:write(assert(req:body_file()).size)
end)

app:post("/save/:name", function(req, res)
  local upload = assert(req:body_file())
  assert(upload:save(req.params.name))
  assert(upload:save("again"))
  res:write(upload.size)
end)

-- Cancelled when a part of it is there.
app:post("/save-half", function(req, res)
  local upload = assert(req:body_file())
  local task = sluice.spawn(upload.save, upload, "half")
  local begun
  repeat
    for _, entry in ipairs(sluice.fs.dir(".")) do
      begun = begun or entry.name:find("^%.sluice%-")
    end
  until begun or task:is_over()
  task:cancel()
  res:write(tostring(select(2, task:join())))
end)

app:post("/save-parts", function(req, res)
  for part in req:parts() do
    local bytes, err = part:save("saved/" .. part.name)
    res:write(bytes or err, "\n")
  end
end)

app:post("/file-parts", function(req, res)
  for part in req:parts() do
    res:write(assert(part:file()):chunk())
  end
end)

app:post("/hold", function(req, res)
  local upload = assert(req:body_file())
  res:write(upload.size)
  res:flush()
  sluice.sleep(600000)
end)

app:post("/fail", function(req)
  assert(req:body_file())
  error("on purpose")
end)

local kept
app:post("/keep", function(req, res)
  kept = assert(req:body_file())
  kept:keep()
  res:write("kept")
end)

app:get("/kept", function(_, res)
  res:write(kept:chunk())
  kept:close()
  local _, err = kept:chunk()
  res:write(err)
end)

-- While the disk is written, others are answered.
app:get("/hello", function(_, res)
  res:write("Hello\n")
end)

-- --- Reads as operations -------------------------------------------------------

app:post("/read", function(req, res)
  local operations = {}
  for n = 1, 3 do
    operations[n] = assert(req:read(4, true))
  end
  res:write("asked ")
  res:flush()
  for _, operation in ipairs(operations) do
    local bytes, kind = operation:GetCompletedOperation()
    res:write(bytes, " ", kind, " ", operation:data(), ";")
  end
end)

app:post("/inline", function(req, res)
  sluice.sleep(1)
  local whole = ""
  repeat
    local operation = req:read(3, true)
    local bytes = operation:GetCompletedOperation()
    whole = whole .. operation:data()
  until bytes == 0
  res:write(whole)
end)

app:post("/cancel", function(req, res)
  local first, expected = req:read(100, true)
  local second = req:read(100, true)
  first:cancel()
  local _, err = first:GetCompletedOperation()
  local data, why = first:data()
  res:write(tostring(expected), " ", err, " ", tostring(data), " ", why, " ")
  res:flush()
  second:GetCompletedOperation()
  res:write(second:data())
end)

-- Nobody holds what the core fills.
app:post("/forget", function(req, res)
  for _ = 1, 50 do
    req:read(65536, true)
  end
  res:write("asked ")
  res:flush()
  for _ = 1, 5 do
    collectgarbage()
    sluice.sleep(1)
  end
  local bytes = 0
  for piece in req:chunks() do
    bytes = bytes + #piece
  end
  res:write(bytes)
end)

app:post("/left", function(req)
  local operation = req:read(100, true)
  sluice.spawn_free(function()
    local bytes, err = operation:GetCompletedOperation()
    sluice.log.info("read", { bytes = tostring(bytes), err = err })
  end)
  operation:GetCompletedOperation()
end)

app:post("/over", function(req, res)
  local operation = req:read(100, true)
  sluice.spawn_free(function()
    local _, err = operation:GetCompletedOperation()
    local late, why = req:read(100, true)
    sluice.log.info("over", { err = err, late = tostring(late), why = why })
  end)
  res:write("over")
end)

return app
