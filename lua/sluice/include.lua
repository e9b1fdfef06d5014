--- What a child has written, as a part of an answer: a method of sluice.Response.

local Child = require("sluice.child")
local Response = require("sluice.head")
local line = require("sluice.line")
local misuse = require("sluice.misuse")
local native = require("sluice.native")
local status = require("sluice.status")
local wait = require("sluice.wait")

local host, C = native.host, native.C
local OK, PENDING, EMPTY = C.SL_OK, C.SL_PENDING, C.SL_EMPTY
local word = status.word

---@class sluice.IncludeOptions
---@field any_status boolean? also what is no success

local include_options = { any_status = "boolean" }

-- What was included already cannot be taken back: who does not look must not go on.
local function failed(child, total, rc)
  if total == 0 then
    return nil, word(rc)
  end
  local text = "the child '%s' did not come to its end after %d bytes: %s"
  error(text:format(child.path, total, word(rc)), 3)
end

---@class sluice.Inclusion of a child in a response
---@field child sluice.Child
---@field into sluice.Response
---@field any_status boolean?
---@field begun boolean?
---@field total number bytes so far
---@field err string? why it is not begun
---@field failure integer? of the child, later
---@field stopped integer? what has ended a wait

-- Wait until the child gets on. Nothing is raised, because who does this stands in
-- line. False: the wait has ended otherwise.
local function pause(self)
  local answer = wait.pause(host.ANSWER, self.child.box)
  self.stopped = answer < 0 and answer or nil
  return not self.stopped
end

-- Is there an answer that is to be included?
local function begin(self)
  local rc = host.child_head(self.child.box)
  while rc == PENDING and pause(self) do
    rc = host.child_head(self.child.box)
  end
  if rc ~= OK then
    self.err = rc < 0 and word(rc) or nil
    return false
  end
  local code = self.child:status() -- which does not wait any more
  self.begun = self.any_status or code >= 200 and code <= 299
  self.err = not self.begun and "status " .. code or nil
  return self.begun
end

-- Its body, as far as there is room for it.
local function go_on(self)
  local rc, bytes, is_childs
  if not self.begun and not begin(self) then
    return EMPTY
  end
  repeat
    rc, bytes, is_childs = host.child_splice(self.child.box, self.into.handle, self.into.generation)
    self.total = self.total + bytes
  until rc ~= PENDING or not pause(self)
  self.failure = is_childs and rc < 0 and rc or nil
  return (self.failure or self.stopped) and EMPTY or rc
end

---Put the body of a child here, as it is written, without copying it: a file stays a file.
---Waits until all of it is accepted; what other coroutines write meanwhile comes behind
---it. An answer that is no success (2xx) is not included,
---unless that is asked for. An error is raised when the child fails after a part of it was
---included, so that half an answer is not taken for a whole one.
---
---    app:get("/parts/:name", function(req, res)
---      res:write("<", req.params.name, ">")
---    end)
---    app:get("/", function(req, res)
---      res:include(req:child("/parts/head")) --> <head><foot>: status 404
---      res:include(req:child("/parts/foot"))
---      local _, err = res:include(req:child("/nowhere"))
---      res:write(": ", err, "\n")
---    end)
---@param child sluice.Child
---@param options? sluice.IncludeOptions
---@return number? bytes
---@return string? err `"status 404"` and the like, or that one of the two was aborted
function Response:include(child, options)
  local is_child = type(child) == "table" and getmetatable(child) == Child
  misuse.check(is_child, 1, "include", "what req:child returned", child)
  misuse.check_options(options or {}, include_options, 2, "include", 3)
  local inclusion = {
    child = child,
    into = self,
    any_status = options and options.any_status,
    total = 0,
  }
  -- As one call: who writes meanwhile stands in line behind all of it.
  local rc = line.submit(self, nil, nil, 2, function()
    return go_on(inclusion)
  end)
  wait.check(inclusion.stopped or OK, 2)
  rc = inclusion.stopped or rc
  if inclusion.failure then
    return failed(child, inclusion.total, inclusion.failure)
  elseif inclusion.err or rc < 0 then
    return nil, inclusion.err or word(rc)
  end
  return inclusion.total
end
