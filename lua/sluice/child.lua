--- Requests that a request makes of its own app: after ExecuteRequest of IHttpContext.
---
---     app:get("/menu", function(_, res)
---       res:write("tea, cake")
---     end)
---     app:get("/", function(req, res)
---       res:write("We have ")
---       res:include(req:child("/menu"))
---       res:write(".\n")
---     end)
---     -- GET / --> We have tea, cake.

local buffer = require("string.buffer")
local headers = require("sluice.headers")
local hint = require("sluice.hint")
local misuse = require("sluice.misuse")
local native = require("sluice.native")
local status = require("sluice.status")
local wait = require("sluice.wait")

local host, C = native.host, native.C
local PENDING = C.SL_PENDING
local ANSWER = host.ANSWER
local word = status.word

local PIECE = 65536

---@class sluice.Child the answer to a request that a request has made
---@field path string as it was asked for
---@field operation sluice.Operation of the kind `"child"`
---@field private box userdata
---@field private answer sluice.Response what it is told by
local Child = {}
Child.__index = Child
hint.install(Child, "a child", {
  close = "child:cancel",
  header = "child:get",
  text = "child:body",
})

-- Wait until status and headers are fixed.
local function await_head(self)
  local rc = host.child_head(self.box)
  while rc == PENDING do
    wait.wait(ANSWER, self.box)
    rc = host.child_head(self.box)
  end
  return rc
end

---Its status, when that is fixed. A handler that fails before that gives 500.
---
---    local child = req:child("/nowhere")
---    res:write(child:status(), "\n") --> 404
---@return integer?
---@return string? err it was aborted before it answered
function Child:status()
  local rc = await_head(self)
  if rc < 0 then
    return nil, word(rc)
  end
  return self.answer:status()
end

---A header field of its answer; the nth of that name.
---
---    local child = req:child("/nowhere")
---    res:write(child:get("Content-Type"), "\n") --> text/plain; charset=utf-8
---@param name string
---@param nth? integer from 1, which is the default
---@return string?
---@return string? err it was aborted before it answered
function Child:get(name, nth)
  local rc = await_head(self)
  if rc < 0 then
    return nil, word(rc)
  end
  return self.answer:get(name, nth)
end

---The next bytes of its body, waiting for some. Until they are read its handler waits as
---for a slow client.
---
---    local child = req:child("/nowhere")
---    res:write(child:read(3), "\n") --> 404
---@param most? integer bytes; 64 KiB by default
---@return string? data nil at the end, and when that will not come
---@return string? err
function Child:read(most)
  local ok = most == nil or type(most) == "number" and most >= 1
  misuse.check(ok, 1, "read", "a number of bytes, at least 1", most)
  while true do
    local data, rc = host.child_next(self.box, most or PIECE)
    if data then
      return data
    elseif rc ~= PENDING then
      return nil, rc < 0 and word(rc) or nil
    end
    wait.wait(ANSWER, self.box)
  end
end

---Its body piece by piece. Raises an error when it is aborted before its end, so that
---half a body is not taken for a whole one.
---
---    local total = 0
---    for piece in req:child("/nowhere"):chunks() do
---      total = total + #piece
---    end
---    res:write(total, "\n") --> 14
---@param most? integer bytes of a piece; 64 KiB by default
---@return fun(): string?
function Child:chunks(most)
  return function()
    local piece, err = self:read(most)
    if err then
      error(("the child '%s' did not come to its end: %s"):format(self.path, err), 2)
    end
    return piece
  end
end

---Its whole body.
---
---    res:write(req:child("/nowhere"):body()) --> 404 not found
---@param limit? integer bytes; the setting `body_size` by default
---@return string?
---@return string? err `"too big"`: it is cancelled then; or that it was aborted
function Child:body(limit)
  misuse.check_type(limit, "number?", 1, "body", 1)
  local all, most = buffer.new(), limit or host.body_bytes
  while true do
    local piece, err = self:read()
    if err then
      return nil, err
    elseif not piece then
      return all:get()
    end
    all:put(piece)
    if #all > most then
      self:cancel()
      return nil, word(C.SL_ETOOBIG)
    end
  end
end

---The trailer fields behind its body, as a table whose names may be asked for in any
---case. Waits until all of its body is there, or was taken; read or include it first, for
---a body above `high_water` comes to its end only while somebody takes it. They do not go
---with what is included: `sluice.trailers` puts them behind this answer.
---
---    app:get("/sum", function(_, res)
---      res:write("1 + 1", sluice.trailers({ ["X-Sum"] = "2" }))
---    end)
---    app:get("/", function(req, res)
---      local child = req:child("/sum")
---      res:include(child)
---      res:write(" = ", child:trailers()["X-Sum"], "\n")
---    end)
---    -- GET / --> 1 + 1 = 2
---@return table<string, string>?
---@return string? err it was aborted
function Child:trailers()
  local rc, list = host.child_trailers(self.box)
  while rc == PENDING do
    wait.wait(ANSWER, self.box)
    rc, list = host.child_trailers(self.box)
  end
  if rc < 0 then
    return nil, word(rc)
  end
  return headers.of(list)
end

---Wait until it is over: its handler has ended, and what is left of its body waits to be
---taken. One with a body above `high_water` comes to that only while somebody takes it.
---
---    local child = req:child("/nowhere")
---    local bytes, kind = child:GetCompletedOperation()
---    res:write(bytes, " bytes of a ", kind, "\n") --> 14 bytes of a child
---@return number? bytes of its body
---@return string kind_or_err `"child"`, or why it failed
function Child:GetCompletedOperation()
  return self.operation:GetCompletedOperation()
end

---It is wanted no more: its handler is told as if its client had left.
---
---    local child = req:child("/nowhere")
---    child:cancel()
---    local _, err = child:body()
---    res:write(err, "\n") --> cancelled
function Child:cancel()
  host.child_close(self.box)
end

return Child
