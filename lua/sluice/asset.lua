--- Files that belong to an app as its code does.

local host = require("sluice.native").host

---The bytes of a file that the app is made of, as a string: a template, a
---translation, a query. Read while the app is loaded, it belongs to that
---version of the app: a reload brings the new bytes, until then every worker,
---also one that starts later, has the same ones. For files that change by
---themselves there is `sluice.file`.
---
---    local note = sluice.asset("public/note.txt")
---    res:write(note) --> a note
---@param path string a relative one starts at the folder of the app
---@return string? bytes
---@return string? why not
local function asset(path)
  if type(path) ~= "string" then
    error("bad argument #1 to 'asset' (string expected, got " .. type(path) .. ")", 2)
  end
  return host.asset(path)
end

return asset
