-- Handlers for tests/unit/script_wait_test.c: one route, one kind of wait.

local sluice = require("sluice")

-- The second run: see streams.lua.
if os.getenv("SLUICE_TEST_HOT") then
  jit.opt.start("hotloop=1", "hotexit=1")
  collectgarbage("setpause", 50)
  collectgarbage("setstepmul", 1000)
end

local app = sluice.new()

local function say(res, ...)
  for i = 1, select("#", ...) do
    res:write(tostring((select(i, ...))), " ")
  end
end

app:get("/join", function(_, res)
  local task = sluice.spawn(function(a, b)
    sluice.sleep(5)
    return a + b, nil, "last"
  end, 1, 2)
  say(res, task:is_over(), task:join(1))
  say(res, task:join())
  say(res, task:join())
  say(res, task:is_over(), task:cancel())
end)

app:get("/join/failed", function(_, res)
  local task = sluice.spawn(function()
    error("broken", 0)
  end)
  say(res, task:join())
  local object = { "an object" }
  local other = sluice.spawn(error, object)
  say(res, select(2, other:join()) == object)
end)

app:get("/join/self", function(_, res)
  local task
  task = sluice.spawn(function()
    return pcall(task.join, task)
  end)
  say(res, task:join())
end)

app:get("/cancel", function(_, res)
  local caught
  local waiting = sluice.spawn(function()
    local ok, err = pcall(sluice.sleep, 1e6)
    caught = { ok, err }
    return "cleaned up"
  end)
  local unbegun = sluice.spawn(function()
    caught = "it ran"
  end)
  say(res, unbegun:cancel(), unbegun:join())
  say(res, caught)
  sluice.sleep(1)
  say(res, waiting:cancel(), waiting:join())
  say(res, caught[1], caught[2])
  local stubborn = sluice.spawn(function()
    while true do
      pcall(sluice.sleep, 1e6)
    end
  end)
  sluice.sleep(1)
  stubborn:cancel()
  say(res, stubborn:join())
end)

-- Thousands of everything, cancelled in the middle of it.
app:get("/cancel/thousands", function(_, res)
  local slots, channel = sluice.semaphore(0), sluice.channel(0)
  local kinds = {
    function()
      sluice.sleep(1e6)
    end,
    function()
      slots:wait()
    end,
    function()
      channel:get()
    end,
    function()
      channel:put("lost?", 1e6)
    end,
    function()
      sluice.await(function() end)
    end,
    function()
      sluice.deadline(1e6, sluice.sleep, 1e6)
    end,
    function()
      sluice.all({
        function()
          sluice.sleep(1e6)
        end,
      })
    end,
  }
  local tasks = {}
  for i = 1, 7000 do
    tasks[i] = sluice.spawn(kinds[i % #kinds + 1])
  end
  sluice.sleep(3)
  for _, task in ipairs(tasks) do
    task:cancel()
  end
  local ended = 0
  for _, task in ipairs(tasks) do
    local _, err = task:join()
    ended = ended + ((err == "cancelled" or task:is_over()) and 1 or 0)
  end
  slots:post()
  say(res, ended, slots:count(), channel:put("x", 0), channel:get(0))
end)

app:get("/collect", function()
  collectgarbage()
  collectgarbage()
end)

app:get("/semaphore", function(_, res)
  local slots, order = sluice.semaphore(2), {}
  local tasks = {}
  for i = 1, 5 do
    tasks[i] = sluice.spawn(function()
      slots:wait()
      order[#order + 1] = i
      sluice.sleep(2)
      slots:post()
    end)
  end
  for _, task in ipairs(tasks) do
    task:join()
  end
  say(res, table.concat(order, ","), slots:count())
  slots:wait()
  slots:wait()
  say(res, slots:wait(3), slots:wait(0))
  slots:post(3)
  say(res, slots:count())
end)

-- A permit that is given to a task in the turn in which it is cancelled, or in
-- which its time is over, is not lost.
app:get("/semaphore/races", function(_, res)
  local slots = sluice.semaphore(0)
  local first = sluice.spawn(slots.wait, slots)
  local second = sluice.spawn(slots.wait, slots)
  sluice.sleep(1)
  first:cancel()
  slots:post()
  say(res, second:join(), slots:count(), first:join())
  local third = sluice.spawn(slots.wait, slots, 2)
  sluice.sleep(2)
  slots:post()
  local got = third:join()
  say(res, (got == true) == (slots:count() == 0))
end)

app:get("/channel", function(_, res)
  local channel = sluice.channel(2)
  local producer = sluice.spawn(function()
    for i = 1, 1000 do
      channel:put(i)
    end
    channel:close()
    return channel:put("late")
  end)
  local sum, last = 0, 0
  for value in channel:each() do
    assert(value == last + 1)
    sum, last = sum + value, value
  end
  say(res, sum, producer:join())
  say(res, channel:get())
  local meeting = sluice.channel()
  say(res, meeting:put(1, 0), meeting:put(1, 2), meeting:get(2))
  local putter = sluice.spawn(meeting.put, meeting, false)
  sluice.sleep(1)
  say(res, meeting:get(), putter:join())
  local getter = sluice.spawn(meeting.get, meeting)
  local stuck = sluice.spawn(meeting.put, meeting, "x")
  local closed = sluice.spawn(meeting.put, meeting, "y")
  sluice.sleep(1)
  meeting:close()
  say(res, getter:join(), closed:join())
  say(res, stuck:join(), pcall(meeting.put, meeting, nil))
end)

app:get("/await", function(_, res)
  local kept
  say(
    res,
    sluice.await(function(resume)
      resume(1, nil, 3)
      resume("not this")
    end)
  )
  say(
    res,
    sluice.await(function(resume)
      sluice.spawn(function()
        kept = { resume("later"), resume("too late") }
      end)
    end)
  )
  say(res, kept[1], kept[2])
  local late
  say(
    res,
    sluice.await(function(resume)
      late = resume
    end, 2)
  )
  say(res, late("after the end"))
  -- A start that waits itself is resumed meanwhile.
  say(
    res,
    sluice.await(function(resume)
      sluice.spawn(resume, "while starting")
      sluice.sleep(2)
    end)
  )
  sluice.sleep(1)
end)

app:get("/all", function(_, res)
  local function after(ms, ...)
    local values = { n = select("#", ...), ... }
    return function()
      sluice.sleep(ms)
      return unpack(values, 1, values.n)
    end
  end
  local results = sluice.all({ after(5, "a"), after(1, nil), after(3, "c") })
  say(res, results[1], results[2], results[3])
  local ended = false
  local function long()
    pcall(sluice.sleep, 1e6)
    ended = true
  end
  say(res, sluice.all({ long, after(2, nil, "refused") }))
  say(res, ended)
  say(
    res,
    sluice.all({
      long,
      function()
        sluice.sleep(1)
        error("raised", 0)
      end,
    })
  )
  say(res, #sluice.all({}), sluice.race({ after(9, "slow"), after(2, "fast"), long }))
  say(res, pcall(sluice.all, { 1 }))
end)

app:get("/deadline", function(_, res)
  local reached = {}
  local function deep(name)
    local ok, err = pcall(sluice.sleep, 1e6)
    reached[#reached + 1] = name .. "=" .. tostring(ok) .. "," .. tostring(err)
    error(err, 0)
  end
  say(
    res,
    sluice.deadline(5, function()
      return sluice.deadline(1e6, function()
        sluice.all({
          function()
            deep("all")
          end,
          function()
            sluice.race({
              function()
                deep("race")
              end,
            })
          end,
        })
      end)
    end)
  )
  sluice.sleep(5)
  table.sort(reached)
  say(res, table.concat(reached, " "))
  say(
    res,
    sluice.deadline(50, function(...)
      sluice.sleep(1)
      return ...
    end, "in", "time")
  )
  say(
    res,
    pcall(sluice.deadline, 50, function()
      error("raised", 0)
    end)
  )
end)

app:get("/timer", function(_, res)
  local calls = 0
  local timer = sluice.timer(2, function()
    calls = calls + 1
    if calls == 2 then
      error("the second fails")
    end
  end, true)
  while calls < 4 do
    sluice.sleep(1)
  end
  timer:cancel()
  timer:join()
  local before = calls
  sluice.sleep(20)
  local once = sluice.timer(1, function()
    return "once"
  end)
  say(res, before == calls, once:join())
end)

app:get("/leaves", function(_, res)
  local function report(name, fn, ...)
    local _, err = pcall(fn, ...)
    sluice.log.info(name .. " ended", { err = err })
  end
  sluice.spawn(report, "tied", sluice.sleep, 1e6)
  sluice.spawn(function()
    sluice.spawn(report, "nested", sluice.sleep, 1e6)
    report("middle", sluice.sleep, 1e6)
  end)
  sluice.spawn_free(function()
    report("free", sluice.sleep, 20)
    sluice.spawn(report, "freed", sluice.sleep, 20)
  end)
  sluice.timer(5, function()
    sluice.log.info("tick")
  end, true)
  res:flush()
  report("handler", sluice.sleep, 1e6)
  sluice.log.info("write ended", { err = select(2, res:write("x")) })
  sluice.spawn(report, "late", sluice.sleep, 1e6)
end)

app:get("/misuse", function(_, res)
  local function try(fn, ...)
    local _, err = pcall(fn, ...)
    res:write((tostring(err):gsub("^%S+: ", "")), "\n")
  end
  try(sluice.spawn, 1)
  try(sluice.timer, "x", print)
  try(sluice.timer, 0, print, true)
  try(sluice.await)
  try(sluice.semaphore, "x")
  try(sluice.deadline, 1)
  try(sluice.race, {})
  try(sluice.all)
  try(sluice.spawn(type, 1).join, sluice.spawn(type, 1), "x")
  sluice.sleep(1)
end)

-- Calls that wait while the app is loading.
local refusals = {}
for _, call in ipairs({
  function()
    sluice.await(function()
      refusals[#refusals + 1] = "started"
    end)
  end,
  function()
    sluice.semaphore(0):wait()
  end,
  function()
    sluice.all({ print })
  end,
  function()
    sluice.deadline(1, print)
  end,
}) do
  local _, err = pcall(call)
  refusals[#refusals + 1] = err:match("cannot wait here") or err
end

app:get("/loading", function(_, res)
  res:write(table.concat(refusals, ";"))
end)

return app
