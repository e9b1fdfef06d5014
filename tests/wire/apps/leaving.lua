-- Handlers whose clients leave. /events tells what they noticed.
local sluice = require("sluice")
local app = sluice.new()
local events = {}

local function watch(req)
  local name = req.params.name
  events[#events + 1] = name .. " started"
  req:on_abort(function()
    events[#events + 1] = name .. " aborted"
  end)
end

app:get("/events", function(_, res)
  res:write(table.concat(events, "\n"))
  events = {}
end)

-- Waits without reading or writing.
app:get("/wait/:name", function(req, res)
  watch(req)
  for _ = 1, 100 do
    sluice.sleep(10)
  end
  res:write("waited")
end)

-- Writes slowly until that fails.
app:get("/write/:name", function(req, res)
  watch(req)
  local bytes, err
  repeat
    bytes, err = res:write("x\n")
    if bytes then
      pcall(sluice.sleep, 5) -- raises "cancelled" when the client leaves
    end
  until not bytes
  events[#events + 1] = req.params.name .. " write " .. tostring(err)
end)

-- Waits for room at a client that reads nothing.
app:get("/full/:name", function(req, res)
  watch(req)
  local piece = ("x"):rep(100000)
  local bytes, err
  repeat
    bytes, err = res:write(piece)
  until not bytes
  events[#events + 1] = req.params.name .. " write " .. tostring(err)
end)

app:post("/upload/:name", function(req, res)
  watch(req)
  local body, err = req:body()
  events[#events + 1] = req.params.name .. " body " .. tostring(body and #body or err)
  res:write("uploaded")
end)

app:get("/quick", function(_, res)
  res:write("quick")
end)

return app
