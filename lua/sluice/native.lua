--- The C core as the library sees it: its functions, and the numbers of its
--- interface. The tests put a fake in its place.

local ffi = require("ffi")
local host = require("sluice.host")

ffi.cdef(host.cdef)
local C = ffi.C

-- A library that was built with another core would corrupt memory; it is
-- refused before it touches any.
local function check_abi()
  local abi = ffi.new("sl_abi")
  C.sl_abi_describe(abi)
  local sizes = {
    sl_chunk = abi.chunk_size,
    sl_operation = abi.operation_size,
    sl_completion = abi.completion_size,
    sl_span = abi.span_size,
    sl_response_stat = abi.response_stat_size,
  }
  local same = abi.version == C.SL_ABI_VERSION
  for name, size in pairs(sizes) do
    same = same and ffi.sizeof(name) == size
  end
  if not same then
    error("the Lua library and the core of Sluice are of different builds", 0)
  end
end

check_abi()

return {
  C = C,
  host = host,
  fragments = ffi.cast("sl_fragments *", host.fragments),
}
