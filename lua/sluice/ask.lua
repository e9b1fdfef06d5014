--- A request that a request makes of its own app: a method of sluice.Request.

local ffi = require("ffi")
local escape = require("sluice.escape").url
local misuse = require("sluice.misuse")
local native = require("sluice.native")
local operation = require("sluice.operation")
local status = require("sluice.status")
local Child = require("sluice.child")
local Request = require("sluice.request")
local Response = require("sluice.head")

local host, C = native.host, native.C
local word = status.word

local response_pointer = ffi.typeof("sl_response *")

---@class sluice.ChildOptions
---@field method string? GET by default; with a body POST
---@field headers table<string, string|number|false>? beside those of the request, or in
---their place; false: without that one
---@field query table<string, string|number|(string|number)[]>? added to the path
---@field body string?

local known = { method = "string", headers = "table", query = "table", body = "string" }

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
  .. " (%s)"

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
  -- Without a box: nil, why not, and of one too deep the paths that lead to it.
  local box, answer, generation, id =
    host.child(self.response, self.generation, method, target, fields, options.body or "")
  if box == nil and answer == "deep" then
    error(too_deep:format(path, generation), 2)
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
