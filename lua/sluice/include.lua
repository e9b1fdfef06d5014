--- What a child has written, as a part of an answer: a method of sluice.Response.

local Child = require("sluice.child")
local Response = require("sluice.head")
local line = require("sluice.line")
local misuse = require("sluice.misuse")
local native = require("sluice.native")
local status = require("sluice.status")
local wait = require("sluice.wait")

local host, C = native.host, native.C
local PENDING, EMPTY = C.SL_PENDING, C.SL_EMPTY
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

---Put the body of a child here, as it is written, without copying it: a file stays a file.
---Waits until all of it is accepted. An answer that is no success (2xx) is not included,
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
  local code, err = child:status()
  if not code then
    return nil, err
  elseif (code < 200 or code > 299) and not (options and options.any_status) then
    return nil, "status " .. code
  end
  local total, failure = 0, nil
  local function attempt()
    local rc, bytes, is_childs = host.child_splice(child.box, self.handle, self.generation)
    total = total + bytes
    failure = is_childs and rc < 0 and rc or nil
    return failure and EMPTY or rc
  end
  while true do
    local rc = line.submit(self, nil, nil, 2, attempt)
    if failure then
      return failed(child, total, failure)
    elseif rc < 0 then
      return nil, word(rc)
    elseif rc == EMPTY then
      return total
    elseif rc == PENDING then
      wait.wait(host.ANSWER, child.box)
    end
  end
end
