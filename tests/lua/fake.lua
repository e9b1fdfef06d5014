--- A C core and a script host for tests: what the library would call is
--- recorded, and answers come from the test.

local ffi = require("ffi")

local path = assert(os.getenv("SLUICE_CDEF"), "ctest sets SLUICE_CDEF")
local cdef = assert(io.open(path))
ffi.cdef(cdef:read("*a"))
cdef:close()

local fake = {}

---What writes and flushes answer, call by call; OK when there is nothing.
fake.answers = {}

---What was written: arrays of chunks as tables.
fake.calls = {}

local function next_answer()
  return table.remove(fake.answers, 1) or 0
end

local function copy(chunk)
  local kind = chunk.kind
  local has_data = kind ~= ffi.C.SL_CHUNK_FILE and kind ~= ffi.C.SL_CHUNK_TRAILERS
  local fields = {}
  for i = 0, kind == ffi.C.SL_CHUNK_TRAILERS and chunk.nfields - 1 or -1 do
    local field = chunk.fields[i]
    fields[i + 1] = ffi.string(field.name.data, field.name.len)
      .. "="
      .. ffi.string(field.value.data, field.value.len)
  end
  return {
    kind = kind,
    anchor = chunk.anchor,
    text = has_data and ffi.string(chunk.data, chunk.len) or nil,
    fd = chunk.fd,
    offset = chunk.offset,
    extent = chunk.extent,
    fields = fields,
  }
end

local core = {}

function core.sl_status_name(rc)
  local names = { [-2] = "aborted", [-3] = "finished", [-8] = "cancelled", [-9] = "timed_out" }
  return names[rc] or "status " .. rc
end

function core.sl_response_write_entity_chunks(_, generation, chunks, count, op)
  local call = { generation = generation, flags = op.flags, timeout = op.timeout_ms }
  local bytes = 0
  for i = 0, tonumber(count) - 1 do
    call[i + 1] = copy(chunks[i])
    bytes = bytes + #(call[i + 1].text or "")
  end
  fake.calls[#fake.calls + 1] = call
  local rc = next_answer()
  op.bytes = bytes
  op.id = rc == ffi.C.SL_PENDING and #fake.calls or 0
  return rc
end

function core.sl_response_flush(_, generation, op)
  fake.calls[#fake.calls + 1] = { generation = generation, flags = op.flags, flush = true }
  local rc = next_answer()
  op.id = rc == ffi.C.SL_PENDING and #fake.calls or 0
  return rc
end

---What sl_response_get_completed_operation finds: id -> { status, bytes }.
fake.completions = {}

function core.sl_response_get_completed_operation(_, _, id, done)
  local found = fake.completions[id]
  if type(found) ~= "table" then
    return found or ffi.C.SL_PENDING
  end
  done.id, done.kind = found.id or id, ffi.C.SL_KIND_WRITE
  done.status, done.bytes, done.wire_bytes = found.status, found.bytes, found.bytes
  return 0
end

function core.sl_response_cancel()
  return next_answer()
end

---The head: fields that were set, as { name, value }, and the status.
fake.head = {}

-- Does the core refuse it? The rules are its own; this one is the safety net.
local function breaks(value)
  return value:find("[%z\r\n]") ~= nil
end

local function delete_header(name)
  for i = #fake.head, 1, -1 do
    if fake.head[i][1]:lower() == name:lower() then
      table.remove(fake.head, i)
    end
  end
end

function core.sl_response_set_header(_, _, name, _, value, _, replace)
  if fake.head.committed then
    return ffi.C.SL_ECOMMITTED
  elseif breaks(name) or breaks(value) then
    return ffi.C.SL_EINVAL
  elseif replace == 1 then
    delete_header(name)
  end
  table.insert(fake.head, { name, value })
  return 0
end

function core.sl_response_delete_header(_, _, name)
  delete_header(name)
  return 0
end

function core.sl_response_header(_, _, name, _, nth, span)
  for _, field in ipairs(fake.head) do
    if field[1]:lower() == name:lower() then
      if nth == 0 then
        span.data, span.len = field[2], #field[2]
        return 0
      end
      nth = nth - 1
    end
  end
  return ffi.C.SL_EMPTY
end

function core.sl_response_set_status(_, _, code)
  fake.head.status = code
  return 0
end

function core.sl_response_describe(_, _, stat)
  stat.status = fake.head.status or 200
  stat.committed = fake.head.committed and 1 or 0
  stat.pending_bytes = fake.pending or 0
  return 0
end

---The value of a field of the head, or of several joined.
---@param name string
---@return string?
function fake.field(name)
  local values = {}
  for _, field in ipairs(fake.head) do
    if field[1]:lower() == name:lower() then
      values[#values + 1] = field[2]
    end
  end
  return values[1] and table.concat(values, ", ")
end

fake.room = 1 -- SL_PENDING: there is none

function core.sl_response_await_room()
  return fake.room
end

local host

local function new_host()
  return {
    WAIT = newproxy(),
    TURN = 1,
    SLEEP = 2,
    ROOM = 3,
    BODY = 4,
    COMPLETION = 5,
    PARK = 6,
    JOIN = 7,
    CHILD = 8,
    ANSWER = 9,
    copy_threshold = 10,
    body_bytes = 100,
    send_threshold = 1000,
    anchors = { [0] = 0 },
    spawned = {},
    disowned = {},
    route = ffi.new("uint32_t[1]"),
    number_route = function()
      return 7
    end,
    now = function()
      return 1000
    end,
    request_line = function()
      return "GET", "/"
    end,
    wall_clock = function()
      return 784111777.25 -- Sun, 06 Nov 1994 08:49:37 GMT
    end,
    http_date = function(seconds)
      return os.date("!%a, %d %b %Y %H:%M:%S GMT", seconds)
    end,
    parse_http_date = function(text)
      return text:find("1994", 1, true) and 784111777 or nil
    end,
    random = function(count)
      return ("\1\35\69\103\137\171\205\239"):rep(32):sub(1, count)
    end,
    handler_timeout = 0,
    stage_timeout = 60000,
    in_task = function()
      return true
    end,
    -- Tasks are numbers; those in `awake` are not parked (any more).
    running = 1,
    awake = {},
    woken = {},
    current = function()
      return host.running
    end,
    wake = function(task)
      table.insert(host.woken, task)
      return not host.awake[task]
    end,
    quota_spent = function()
      return false
    end,
    line_enter = function()
      return true
    end,
    line_leave = function()
      host.left = (host.left or 0) + 1
      return true
    end,
    on_shutdown = function()
      return true
    end,
    spawn_for = function(_, _, fn)
      table.insert(host.spawned, fn)
    end,
    open_file = function(name)
      if name == "missing" then
        return nil, "missing: No such file or directory"
      end
      return { name }, 7, 100
    end,
    disown = function(guard)
      table.insert(host.disowned, guard[1])
    end,
  }
end

---Load a module of the library afresh, over the fake.
---@param name string
---@return any module
---@return table host
function fake.load(name)
  for loaded in pairs(package.loaded) do
    if loaded:match("^sluice") then
      package.loaded[loaded] = nil
    end
  end
  fake.answers, fake.calls, fake.completions = {}, {}, {}
  fake.head, fake.pending = {}, 0
  host = new_host()
  package.loaded["sluice.native"] = {
    C = setmetatable(core, {
      __index = function(_, constant)
        return ffi.C[constant]
      end,
    }),
    host = host,
  }
  package.loaded["sluice.testing"] = {} -- of src/testing
  return require(name), host
end

---Run `fn` in a coroutine until it waits or ends. Call the result with the
---answer to go on.
---@return fun(answer: any): string, ... status "waits" with the wait, or "done"
function fake.task(fn)
  local co = coroutine.create(fn)
  local function report(ok, token, ...)
    if not ok then
      return "failed", token
    elseif coroutine.status(co) == "dead" then
      return "done", token, ...
    end
    assert(token == host.WAIT, "a yield without the token")
    return "waits", ...
  end
  return function(answer)
    return report(coroutine.resume(co, answer))
  end
end

return fake
