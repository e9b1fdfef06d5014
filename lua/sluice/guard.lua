--- Something that is done when an object has become garbage: tables have no
--- finalizer in this Lua.

---@param fn fun() must not refer to the object
---@return userdata guard to be kept in the object
local function guard(fn)
  local proxy = newproxy(true)
  getmetatable(proxy).__gc = function()
    pcall(fn) -- an error would come up wherever the collector happens to run
  end
  return proxy
end

return guard
