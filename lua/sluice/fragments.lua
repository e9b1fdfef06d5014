--- The store of fragments: named buffers that all responses share.

local ffi = require("ffi")
local native = require("sluice.native")
local status = require("sluice.status")

local C, store = native.C, native.fragments
local OK, EINVAL = C.SL_OK, C.SL_EINVAL

local span = ffi.new("sl_span")

---@class sluice.Fragments
local fragments = {}

local function check(ok, number, name, value)
  if not ok then
    local text = "bad argument #%d to '%s' (string expected, got %s)"
    error(text:format(number, name, type(value)), 3)
  end
end

local function result(rc)
  if rc == OK then
    return true
  end
  return nil, status.word(rc)
end

---Put `data` under `name`, in place of what is there. Responses that are being
---sent keep what they have.
---
---    sluice.fragments:put("footer", "-- the end --\n", 60 * 1000)
---    res:WriteEntityChunks(sluice.fragment("footer")) --> -- the end --
---@param name string 1 to 1024 bytes
---@param data string copied
---@param ttl? number milliseconds after which it is gone
---@return boolean? ok
---@return string? err `"too big"` when the store is full
function fragments:put(name, data, ttl)
  check(type(name) == "string", 1, "put", name)
  check(type(data) == "string", 2, "put", data)
  local rc = C.sl_fragments_put(store, name, #name, data, #data, ttl or 0)
  if rc == EINVAL then
    error("bad argument #1 to 'put' (a name has 1 to 1024 bytes)", 2)
  end
  return result(rc)
end

---What is stored under a name, as a copy.
---
---    sluice.fragments:put("motto", "keep it short\n")
---    res:write(sluice.fragments:get("motto")) --> keep it short
---@param name string
---@return string? data nil when there is none
function fragments:get(name)
  check(type(name) == "string", 1, "get", name)
  if C.sl_fragments_find(store, name, #name, span) == OK then
    return ffi.string(span.data, span.len)
  end
end

---Take a fragment out of the store.
---
---    local ok, err = sluice.fragments:remove("footer")
---    res:write(tostring(ok), ", ", err, "\n") --> nil, not found
---@param name string
---@return boolean? ok
---@return string? err when there is none
function fragments:remove(name)
  check(type(name) == "string", 1, "remove", name)
  return result(C.sl_fragments_remove(store, name, #name))
end

return fragments
