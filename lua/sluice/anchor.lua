--- Keeping what the core borrows.
---
--- A long string is not copied: the core sends from its memory, so the string
--- must live until it was sent, whatever becomes of the coroutine that wrote
--- it. It is put into a slot before the call that lends it; the host clears the
--- slot from the loop. Free slots form a list in the table itself, from [0].

local native = require("sluice.native")

local slots = native.host.anchors
local count = 0

---@param value any the string or object to be kept
---@return integer slot
local function keep(value)
  local slot = slots[0]
  if slot == 0 then
    count = count + 1
    slot = count
  else
    slots[0] = slots[slot]
  end
  slots[slot] = value
  return slot
end

---Give back a slot whose loan did not take place.
---@param slot integer
local function release(slot)
  slots[slot] = slots[0]
  slots[0] = slot
end

return { keep = keep, release = release }
