-- Handlers that do a bit of everything, for test_chaos.py.
local sluice = require("sluice")
local app = sluice.new()
local random = math.random

sluice.fragments:put("f", ("fragment "):rep(500))

local function some_chunk()
  local kind = random(5)
  if kind == 1 then
    return ("short "):rep(random(20))
  elseif kind == 2 then
    return ("long string "):rep(random(10000))
  elseif kind == 3 then
    return sluice.fragment("f", random(100), random(100))
  elseif kind == 4 then
    return sluice.file("data.bin", random(1000), random(100000))
  end
  return { random(1000), { "nested", {} }, "" }
end

local steps = {
  function(_, res)
    return res:write(("line %d\n"):format(random(100)))
  end,
  function(_, res)
    return res:WriteEntityChunks(some_chunk())
  end,
  function(_, res)
    local op, err = res:WriteEntityChunks({ some_chunk(), some_chunk() }, true)
    return op and (random(2) == 1 or op:GetCompletedOperation()), err
  end,
  function(_, res)
    return res:WriteEntityChunks(some_chunk(), true, true, function(done)
      sluice.sleep(random(3))
      assert(done.status ~= "pending")
    end)
  end,
  function(_, res)
    local op, err = res:WriteEntityChunks(some_chunk(), true, true, nil, { timeout = random(20) })
    return op and (random(2) == 1 or op:cancel() or true), err
  end,
  function(_, res)
    return res:flush()
  end,
  function(_, res)
    return res:Flush(true, true, random(2) == 1 and function() end or nil)
  end,
  function()
    sluice.sleep(random(5))
    return true
  end,
  function(req)
    req:read(random(1000))
    return true
  end,
  function(_, res)
    return res:GetCompletedOperation() or true
  end,
  function(_, res)
    sluice.spawn(function()
      res:write("from a spawned coroutine\n")
      sluice.sleep(random(10))
      res:write("perhaps too late\n")
    end)
    return true
  end,
}

local ends = {
  function() end,
  function(_, res)
    res:finish()
  end,
  function(_, res)
    res:WriteEntityChunks("the last data", true, false)
  end,
  function(_, res)
    res:WriteEntityChunks(sluice.trailers({ ["X-End"] = "yes" }))
  end,
  function(_, res)
    res:abort()
  end,
  function()
    error("on purpose")
  end,
}

app:any("/anything/:steps", function(req, res)
  req:on_abort(function()
    sluice.sleep(random(3))
  end)
  for _ = 1, tonumber(req.params.steps) do
    if not steps[random(#steps)](req, res) then
      break
    end
  end
  ends[random(3) == 1 and random(#ends) or 1](req, res)
end)

app:get("/hello", function(_, res)
  res:write("Hello\n")
end)

app:get("/seed/:n", function(req)
  math.randomseed(tonumber(req.params.n))
end)

app:get("/collect", function()
  collectgarbage()
  collectgarbage()
end)

return app
