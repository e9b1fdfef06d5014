--- Conditions and ranges of what handlers answer: what apps, groups, routes and
--- handlers say of them. The work is the core's.

local misuse = require("sluice.misuse")
local native = require("sluice.native")
local status = require("sluice.status")
local Response = require("sluice.response")

local C = native.C

---What answers, with conditions and ranges as the innermost of its layers says.
---@param run sluice.Handler
---@param layers sluice.Layer[]
---@return sluice.Handler
local function around(run, layers)
  local on
  for _, layer in ipairs(layers) do
    if layer.scope.ranges ~= nil then
      on = layer.scope.ranges
    end
  end
  if not on then
    return run
  end
  return function(req, res)
    C.sl_response_ranges(res.handle, res.generation, C.SL_RANGES_ON)
    return run(req, res)
  end
end

---Answer what a GET or HEAD asks for by its conditions and ranges, whatever the app
---says: 304 and 412 by the ETag and the Last-Modified of this response, and 206 and
---416 for a body whose length is known when its head leaves. Before anything of it
---is written, unless its app does so: then until the head leaves.
---
---    -- GET / [Range: bytes=0-3]
---    res:ranges()
---    res:text("milk and sugar\n") --> milk
---    --> HTTP/1.1 206 Partial Content
---    --> Content-Range: bytes 0-3/15
---@param on? boolean true by default
---@return boolean? ok
---@return string? err `"committed"`
function Response:ranges(on)
  misuse.check_type(on, "boolean?", 1, "ranges")
  local how = on == false and C.SL_RANGES_OFF or C.SL_RANGES_ON
  local rc = C.sl_response_ranges(self.handle, self.generation, how)
  if rc < 0 then
    return nil, status.word(rc)
  end
  return true
end

return { around = around }
