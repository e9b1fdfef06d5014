--- What debuggers need: hooks that are called for every line, and a server that
--- does not take a handler that is stopped for one that has run away.

local host = require("sluice.native").host

local debugger = {}

-- With a coroutine in front, or without.
local function is_set(first, second, third)
  local hook, mask = first, second
  if type(first) == "thread" then
    hook, mask = second, third
  end
  return hook ~= nil and mask ~= nil
end

---Compiled code calls no hooks, so that nothing is compiled once there was one.
function debugger.install()
  local sethook = debug.sethook
  rawset(debug, "sethook", function(...)
    local hooked = is_set(...)
    if hooked then
      jit.off()
      jit.flush()
    end
    host.hooked(hooked)
    return sethook(...)
  end)
end

return debugger
