-- Handlers that fail in all the ways that leave other traces.
local sluice = require("sluice")
local uv = require("luv")
local app = sluice.new()

local function deep(text)
  error(text .. " words") -- @deep
end

local function index(value)
  return value.field + 1 -- @index
end

app:get("/nested", function()
  deep("nested") -- @nested
  return nil
end)

app:get("/own-frame", function(req)
  local nothing = req.params.nothing
  req.sum = nothing.field -- @own
end)

app:get("/inner-frame", function(req)
  local n = index(req.params.nothing) -- @inner
  return n + 1
end)

app:get("/tail-call", function(_, res) -- @tail
  return res:status("teapot")
end)

app:get("/generator", function(_, res)
  for text in
    coroutine.wrap(function() -- @for
      sluice.sleep(1)
      deep("generated") -- @generator
    end)
  do
    res:write(text)
  end
end)

-- What C calls is not seen any more when the error arrives, only what called C.
app:get("/gsub", function(_, res)
  local text = ("a"):gsub("%a", function(letter) -- @gsub
    deep(letter .. " in gsub")
  end)
  res:write(text)
end)

app:get("/sort", function(_, res)
  local list = { 2, 1 }
  table.sort(list, function(a, b) -- @sort
    return index(a) < index(b)
  end)
  res:write(#list)
end)

app:get("/table", function()
  error({ code = 7, message = "no tea" }) -- @table
end)

app:get("/object", function()
  error(setmetatable({}, { -- @object
    __tostring = function()
      return "an object of tea"
    end,
  }))
end)

app:get("/overflow", function()
  local function down(n)
    return 1 + down(n + 1) -- @down
  end
  down(1) -- @overflow
end)

app:get("/luv", function()
  local timer = uv.new_timer()
  timer:start(1, 0, function()
    timer:close()
    index(nil) -- @luv
  end)
  sluice.sleep(20)
end)

local guarded = sluice.new()

guarded:on_error(function(err, _, res)
  res:write(tostring(err))
end)

guarded:get("/tail-call", function(_, res) -- @guarded
  return res:status("teapot")
end)

app:mount("/guarded", guarded)

-- --- Who owns a failure ---------------------------------------------------------

local function late(text)
  sluice.sleep(1)
  deep(text) -- @late
end

app:get("/collected", function(_, res)
  local _, all = sluice.all({
    function()
      late("all")
    end,
    function()
      late("all, second")
    end,
  })
  local _, race = sluice.race({
    function()
      late("race")
    end,
    function()
      sluice.sleep(10000)
    end,
  })
  local _, join = sluice.spawn(late, "join"):join()
  local _, deadline = pcall(sluice.deadline, 10000, late, "deadline")
  for _, err in ipairs({ all, race, join, deadline }) do
    res:write(err:match("[%w]+ words"), "\n")
  end
end)

app:get("/raised-again", function()
  assert(sluice.all({
    function()
      late("again")
    end,
  }))
end)

app:get("/deadline", function()
  sluice.deadline(10000, late, "deadlined") -- @deadline
end)

app:get("/uncollected", function()
  sluice.spawn(late, "spawned")
  local ticks, timer = 0, nil
  timer = sluice.timer(1, function()
    ticks = ticks + 1
    if ticks == 1 then
      deep("ticking")
    end
    timer:cancel()
  end, true)
  timer:join()
  sluice.sleep(10)
end)

-- --- What handlers return ---------------------------------------------------------

app:get("/returns/text", function() -- @text
  return "Hello"
end)

app:get("/returns/table", function() -- @returns-table
  return { hello = true }
end)

local legal = {
  text = function(_, res)
    return res:text("fine")
  end,
  json = function(_, res)
    return res:json({ "fine" })
  end,
  write = function(_, res)
    return res:write("fine")
  end,
  operation = function(_, res)
    return res:WriteEntityChunks("fine", true, true, nil, { always_post = true })
  end,
  written = function(_, res)
    res:write("fine")
    return "incidental"
  end,
  status = function(_, res)
    res:status(204)
    return { "incidental" }
  end,
  response = function(_, res)
    return res
  end,
  task = function()
    return sluice.spawn(sluice.sleep, 1)
  end,
  fails = function(_, res)
    res:finish()
    return res:write("late")
  end,
}
for name, handler in pairs(legal) do
  app:get("/legal/" .. name, handler)
end

local rendered = sluice.new()

rendered:use(function(req, res, next)
  local value = next()
  if req.path == "/rendered/used" then
    res:json(value)
  end
end)

for _, path in ipairs({ "/used", "/dropped" }) do
  rendered:get(path, function()
    return { "Hello" }
  end)
end

app:mount("/rendered", rendered)

return app
