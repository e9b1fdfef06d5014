--- A module with a state, which each load of the app gets afresh.

local counter = { count = 0 }

function counter.next()
  counter.count = counter.count + 1
  return counter.count
end

return counter
