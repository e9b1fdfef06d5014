-- Asynchronous operations. A handler notes what it saw; /notes tells it.
local sluice = require("sluice")
local app = sluice.new()
local notes = {}

local function note(...)
  local words = {}
  for n = 1, select("#", ...) do
    words[n] = tostring((select(n, ...)))
  end
  notes[#notes + 1] = table.concat(words, " ")
end

app:get("/notes", function(_, res)
  res:write(table.concat(notes, "\n"))
  notes = {}
end)

app:get("/mixed", function(_, res)
  sluice.fragments:put("f", "fragment")
  local op, expected = res:WriteEntityChunks({
    "head",
    sluice.file("data.bin", 10, 1000),
    sluice.fragment("f"),
    sluice.trailers({ ["X-Sum"] = "42" }),
  }, true)
  note(expected, op:GetCompletedOperation())
  note("again", op:GetCompletedOperation())
end)

app:get("/nested", function(_, res)
  sluice.fragments:put("alphabet", "abcdefghij")
  note(res:WriteEntityChunks({
    "a",
    { 1, { sluice.fragment("alphabet", 2, 3), {} }, "" },
    2.5,
    sluice.file("data.bin", 0, 4),
  }))
end)

app:get("/missing-fragment", function(_, res)
  note(res:WriteEntityChunks({ "lost", sluice.fragment("no such name") }))
  res:write("rest")
end)

app:get("/each", function(_, res)
  local ops = {}
  for n = 1, 5 do
    ops[n] = res:WriteEntityChunks(("x"):rep(n * 100000), true)
  end
  for n = 5, 1, -1 do
    note(n, ops[n]:GetCompletedOperation())
  end
  note(res:GetCompletedOperation())
end)

app:get("/oldest", function(_, res)
  local number = {}
  for n = 1, 5 do
    number[res:WriteEntityChunks(("x"):rep(n), true)] = n
  end
  number[res:Flush(true)] = 6
  for _ = 1, 6 do
    local bytes, kind, op = res:GetCompletedOperation()
    note(number[op], bytes, kind)
  end
  note(res:GetCompletedOperation())
end)

app:get("/callbacks", function(_, res)
  local returned = false
  for n = 1, 3 do
    res:WriteEntityChunks(("x"):rep(n), true, true, function(info)
      sluice.sleep(4 - n) -- a coroutine of its own may wait
      note("callback", n, returned, info.kind, info.status, info.bytes)
    end)
  end
  res:Flush(true, true, function(info)
    note("flush", returned, info.kind, info.status)
  end)
  note("handler")
  returned = true
  sluice.sleep(50)
end)

app:get("/wire", function(_, res)
  local function counted(info)
    note(info.bytes, info.wire_bytes)
  end
  res:WriteEntityChunks("first", true, true, counted)
  res:flush()
  res:WriteEntityChunks(("x"):rep(300000), true, true, counted)
  res:WriteEntityChunks("last", true, false, counted)
end)

app:get("/cancel", function(_, res)
  res:write("a")
  local op = res:WriteEntityChunks("withdrawn", true)
  local after = res:WriteEntityChunks("b", true)
  op:cancel()
  note(op:GetCompletedOperation())
  note(after:GetCompletedOperation())
end)

app:get("/timeout", function(_, res)
  res:buffering(100000)
  local op = res:WriteEntityChunks("withdrawn", true, true, nil, { timeout = 10 })
  sluice.sleep(50) -- waiting for the operation would send it
  note(op:GetCompletedOperation())
  res:write("kept")
end)

app:get("/last", function(_, res)
  note(res:WriteEntityChunks("all", false, false))
  note(res:write("more"))
  note(res:WriteEntityChunks("more", true))
  note(res:flush())
end)

app:get("/full", function(_, res)
  local piece, taken = ("x"):rep(10000), 0
  local op, err
  repeat
    op, err = res:WriteEntityChunks(piece, true, true, nil, { no_wait = true })
    taken = taken + (op and 1 or 0)
  until not op or taken == 10000
  note(op, err, taken > 0)
end)

app:get("/post", function(_, res)
  local op, expected = res:WriteEntityChunks("", true, true, nil, { always_post = true })
  note(expected, op:GetCompletedOperation())
end)

app:get("/uncollected", function(_, res)
  local first = res:WriteEntityChunks("x", true)
  for _ = 1, 5000 do
    res:WriteEntityChunks("x", true)
  end
  res:flush()
  local count = 0
  while res:GetCompletedOperation() do
    count = count + 1
  end
  note(count <= 1024 and count > 0, first:GetCompletedOperation())
end)

app:get("/left", function(_, res)
  local piece = ("x"):rep(100000)
  local ops = {}
  repeat
    local op = res:WriteEntityChunks(piece, true)
    ops[#ops + 1] = op
  until not op
  local outcomes = {}
  for _, op in ipairs(ops) do
    local bytes, why = op:GetCompletedOperation()
    local outcome = bytes and "sent" or why
    if outcomes[#outcomes] ~= outcome then
      outcomes[#outcomes + 1] = outcome
    end
  end
  note(table.concat(outcomes, " then "))
  note(res:write("more"))
end)

return app
