--- The C core as the library sees it: its functions, and the numbers of its
--- interface. The tests put a fake in its place.

local ffi = require("ffi")
local host = require("sluice.host")

ffi.cdef(host.cdef)

-- Is it the core that runs this VM? Another copy of it may be in the process.
local function is_own(library)
  local found, fn = pcall(function()
    return library.sl_abi_describe
  end)
  return found and ffi.cast("void *", fn) == ffi.cast("void *", host.abi_describe)
end

-- The functions are found by name in the program, or in the shared library that
-- they are in, which a program may have loaded for itself alone.
local function find_core()
  if is_own(ffi.C) then
    return ffi.C
  end
  local loaded, library = pcall(ffi.load, host.object)
  if loaded and is_own(library) then
    return library
  end
  error(
    "Lua finds no functions of Sluice in "
      .. host.object
      .. ", which has to export them: link it with -Wl,--export-dynamic-symbol='sl_*'",
    0
  )
end

local C = find_core()

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
