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
local ffi = require("ffi")
local escape = require("sluice.escape").url
local hint = require("sluice.hint")
local misuse = require("sluice.misuse")
local native = require("sluice.native")
local operation = require("sluice.operation")
local status = require("sluice.status")
local wait = require("sluice.wait")
local Request = require("sluice.request")
local Response = require("sluice.head")

local host, C = native.host, native.C
local PENDING = C.SL_PENDING
local ANSWER = host.ANSWER
local word = status.word

local response_pointer = ffi.typeof("sl_response *")

local PIECE = 65536

---@class sluice.ChildOptions
---@field method string? GET by default; with a body POST
---@field headers table<string, string|number|false>? beside those of the request, or in
---their place; false: without that one
---@field query table<string, string|number|(string|number)[]>? added to the path
---@field body string?

local known = { method = "string", headers = "table", query = "table", body = "string" }

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

-- What is about this one message or its connection, or would make a part of an answer
-- that has to be whole.
local own_fields = {
  ["accept-encoding"] = true,
  ["connection"] = true,
  ["content-encoding"] = true,
  ["content-length"] = true,
  ["content-type"] = true,
  ["expect"] = true,
  ["if-match"] = true,
  ["if-modified-since"] = true,
  ["if-none-match"] = true,
  ["if-range"] = true,
  ["if-unmodified-since"] = true,
  ["keep-alive"] = true,
  ["range"] = true,
  ["te"] = true,
  ["trailer"] = true,
  ["transfer-encoding"] = true,
  ["upgrade"] = true,
}

-- Those of the request, and those that are given, as an array of names and values.
local function fields_of(req, options)
  local fields, list = {}, {}
  for name, value in pairs(req.headers) do
    fields[name] = not own_fields[name] and value or nil
  end
  for name, value in pairs(options.headers or {}) do
    fields[tostring(name):lower()] = value
  end
  if options.body then
    fields["content-length"] = #options.body
  end
  for name, value in pairs(fields) do
    if value ~= false then
      list[#list + 1], list[#list + 2] = name, tostring(value)
    end
  end
  return list
end

local function target_of(path, query)
  local pairs_, sign = {}, path:find("?", 1, true) and "&" or "?"
  for name, value in pairs(query or {}) do
    for _, one in ipairs(type(value) == "table" and value or { value }) do
      pairs_[#pairs_ + 1] = escape(name) .. "=" .. escape(one)
    end
  end
  table.sort(pairs_)
  return #pairs_ == 0 and path or path .. sign .. table.concat(pairs_, "&")
end

local told = {
  over = word(C.SL_EGONE),
  aborted = word(C.SL_EABORTED),
  ["too many"] = word(C.SL_ETOOBIG),
}

local too_deep = "'%s' is asked for by a child of a child, ten deep: does a path ask for itself?"

---Make a request of this app, as a client could; it begins at once, in a coroutine of its
---own. It has the header fields of this request (but those about its body, its connection,
---ranges, conditions and encodings), its client and its id, and passes hooks, middleware
---and stages of its route. Its answer waits in memory until it is taken, no more of it than
---of any answer (`high_water`): by `res:include(child)`, or piece by piece. Take it, or
---cancel it: what nobody takes ends with the handler.
---
---    app:get("/double/:n<int>", function(req, res)
---      res:write(2 * req.params.n)
---    end)
---    app:get("/", function(req, res)
---      local one, other = req:child("/double/4"), req:child("/double/5") -- at once
---      res:write(one:body(), " ", other:body(), "\n") --> 8 10
---    end)
---@param path string with a query, if need be
---@param options? sluice.ChildOptions
---@return sluice.Child?
---@return string? err the client left, or the exchange is over
function Request:child(path, options)
  misuse.check_type(path, "string", 1, "child", 1)
  misuse.check_type(options, "table?", 2, "child", 1)
  options = options or {}
  misuse.check_options(options, known, 2, "child", 3)
  local method = options.method or options.body and "POST" or "GET"
  local target = target_of(path, options.query)
  local fields = fields_of(self, options)
  local box, answer, generation, id =
    host.child(self.response, self.generation, method, target, fields, options.body or "")
  if box == nil and answer == "deep" then
    error(too_deep:format(path), 2)
  elseif box == nil then
    if not told[answer] then
      error("bad argument to 'child' (" .. answer .. ")", 2)
    end
    return nil, told[answer]
  end
  return setmetatable({
    path = path,
    box = box,
    answer = Response.new(ffi.cast(response_pointer, answer), generation),
    operation = operation.new_child(self.response, self.generation, id),
  }, Child)
end

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
