--- Numbers of an app for whoever watches it: the admin listener shows them at
--- /metrics, beside those of the server, summed over all workers.
---
---     local orders = sluice.metrics.counter("orders_total", "Orders placed.", { "kind" })
---
---     app:post("/orders", function(_, res)
---       orders:add(1, "book")
---       res:write("placed")
---     end)
---     -- POST /orders --> placed
---
--- Make them when the file is loaded, not for each request. The same name means
--- the same numbers, also in the next version of the code and in other files.
---
--- Label values that come out of requests (names, ids, paths) make more and more
--- series: a worker has room for 1,024. What would be one more is counted in
--- sluice_metrics_refused_total and nowhere else.

local ffi = require("ffi")
local host = require("sluice.native").host

local COUNTER, GAUGE, HISTOGRAM = 0, 1, 2
local cells = ffi.typeof("double *")

-- Where numbers go that have no place: room for the largest histogram.
local nowhere = ffi.new("double[17]")

---@class sluice.Meter
---@field private name string
---@field private kind integer
---@field private number integer? of its family; nil: there are too many
---@field private labels string[]
---@field private series table<string, ffi.cdata*> by the text of its labels
---@field private single ffi.cdata*? of a meter without labels
---@field protected bounds number[]? of a histogram
local Meter = {}
Meter.__index = Meter

---@class sluice.Counter
local Counter = setmetatable({}, { __index = Meter })
Counter.__index = Counter

---@class sluice.Gauge
local Gauge = setmetatable({}, { __index = Meter })
Gauge.__index = Gauge

---@class sluice.Histogram
local Histogram = setmetatable({}, { __index = Meter })
Histogram.__index = Histogram

-- Values of labels are quoted as the format wants it.
local escapes = { ["\\"] = "\\\\", ['"'] = '\\"', ["\n"] = "\\n" }

local function text_of(labels, ...)
  local parts = {}
  for i, label in ipairs(labels) do
    local value = tostring((select(i, ...)))
    parts[i] = label .. '="' .. value:gsub('[\\"\n]', escapes):gsub("%z", "") .. '"'
  end
  return table.concat(parts, ",")
end

-- Only what has a place is kept, so that there is an end to it.
local function find(self, ...)
  local labels = self.labels
  if select("#", ...) ~= #labels then
    local text = "metric '%s' has %d label(s), and %d value(s) were given"
    error(text:format(self.name, #labels, select("#", ...)), 3)
  end
  local text = text_of(labels, ...)
  local found = self.series[text]
  if not found then
    local place = self.number and host.meter(self.number, text)
    if not place then
      return nowhere
    end
    found = ffi.cast(cells, place)
    self.series[text] = found
  end
  return found
end

-- The cells of a series: its value, and, of a histogram, the counts behind it.
local function cell(self, ...)
  local single = self.single
  if single and select("#", ...) == 0 then
    return single
  end
  return find(self, ...)
end

local function check_number(value, name)
  if type(value) ~= "number" or value ~= value then
    local got = value ~= value and "not a number" or type(value)
    error(("bad argument #1 to '%s' (number expected, got %s)"):format(name, got), 3)
  end
end

---Count something that has happened.
---
---    local sold = sluice.metrics.counter("sold_total", "What was sold.", { "fruit" })
---    sold:add(3, "apple")
---    res:write("sold") --> sold
---@param n? number how much, 1 if left out; never negative
---@param ... string|number values of its labels, in their order
function Counter:add(n, ...)
  n = n == nil and 1 or n
  check_number(n, "add")
  if n < 0 then
    error("bad argument #1 to 'add' (a counter never goes back)", 2)
  end
  local at = cell(self, ...)
  at[0] = at[0] + n
end

---What is true now.
---
---    local free = sluice.metrics.gauge("seats_free", "Seats that nobody has.")
---    free:set(12)
---    res:write("noted") --> noted
---@param value number
---@param ... string|number values of its labels
function Gauge:set(value, ...)
  check_number(value, "set")
  cell(self, ...)[0] = value
end

---Change it by so much.
---
---    local open = sluice.metrics.gauge("files_open", "Files that are open.")
---    open:add(1)
---    open:add(-1)
---    res:write("closed") --> closed
---@param n number
---@param ... string|number values of its labels
function Gauge:add(n, ...)
  check_number(n, "add")
  local at = cell(self, ...)
  at[0] = at[0] + n
end

---Note a value, where it is among the others.
---
---    local sizes = sluice.metrics.histogram("order_items", "Items of an order.",
---      { 1, 2, 5, 10 })
---    sizes:observe(3)
---    res:write("noted") --> noted
---@param value number
---@param ... string|number values of its labels
function Histogram:observe(value, ...)
  check_number(value, "observe")
  local at, bounds = cell(self, ...), self.bounds
  local place = 1
  while bounds[place] and value > bounds[place] do
    place = place + 1
  end
  at[0] = at[0] + value
  at[place] = at[place] + 1
end

local function check_name(name, what)
  if type(name) ~= "string" or #name > 79 or not name:match("^[%a_:][%w_:]*$") then
    error(("a metric is called like 'orders_total', not '%s'"):format(tostring(name)), 4)
  elseif name:match("^sluice_") or name:match("^process_") then
    error(("metrics of the server are called like that: '%s'"):format(name), 4)
  elseif what == "counter" and not name:match("._total$") then
    error(("the name of a counter ends in _total: '%s_total'"):format(name), 4)
  elseif what ~= "counter" and name:match("_total$") then
    error(("only the name of a counter ends in _total: '%s'"):format(name), 4)
  end
end

local function check_labels(labels)
  for _, label in ipairs(labels) do
    if type(label) ~= "string" or not label:match("^[%a_][%w_]*$") or label:match("^__") then
      error(("a label is called like 'kind', not '%s'"):format(tostring(label)), 4)
    elseif label == "le" then
      error("the label 'le' is the histogram's own", 4)
    end
  end
end

local function check_bounds(bounds)
  for i, bound in ipairs(bounds) do
    if type(bound) ~= "number" or (i > 1 and bound <= bounds[i - 1]) then
      error("the bounds of a histogram are numbers that rise", 4)
    end
  end
  if #bounds == 0 or #bounds > 15 then
    error("a histogram has 1 to 15 bounds", 4)
  end
end

-- All that this VM has made, by name.
local made = {}

local function make(class, kind, what, name, help, labels, bounds)
  check_name(name, what)
  if type(help) ~= "string" or #help > 159 then
    error("bad argument #2 to '" .. what .. "' (a text of at most 159 bytes)", 3)
  end
  labels = labels or {}
  check_labels(labels)
  local shape = kind .. table.concat(labels, ",") .. ";" .. table.concat(bounds or {}, ",")
  local before = made[name]
  if before then
    if before.shape ~= shape then
      error(("metric '%s' was made before, and differently"):format(name), 3)
    end
    return before
  end
  local self = { name = name, kind = kind, labels = labels, bounds = bounds, series = {} }
  self.shape = shape
  self.number = host.meter_family(name, help, kind, bounds)
  setmetatable(self, class)
  if #labels == 0 then
    self.single = find(self)
  end
  made[name] = self
  return self
end

---@class sluice.Metrics
local metrics = {}

---A number that only grows: requests, orders, bytes. Its name ends in `_total`.
---
---    local visits = sluice.metrics.counter("visits_total", "Visits of the page.")
---    visits:add()
---    res:write("counted") --> counted
---@param name string
---@param help string one sentence
---@param labels? string[] names; each combination of their values is a series
---@return sluice.Counter
function metrics.counter(name, help, labels)
  return make(Counter, COUNTER, "counter", name, help, labels)
end

---A number that goes up and down. Over all workers it is summed; that of a
---worker that has ended is forgotten.
---
---    local rooms = sluice.metrics.gauge("rooms_open", "Rooms with somebody in them.")
---    rooms:set(2)
---    res:write("set") --> set
---@param name string
---@param help string
---@param labels? string[]
---@return sluice.Gauge
function metrics.gauge(name, help, labels)
  return make(Gauge, GAUGE, "gauge", name, help, labels)
end

---How often values were how large: durations in seconds, sizes in bytes.
---
---    local work = sluice.metrics.histogram("work_seconds", "Time that work takes.",
---      { 0.01, 0.1, 1 }, { "step" })
---    work:observe(0.03, "read")
---    res:write("measured") --> measured
---@param name string
---@param help string
---@param bounds number[] rising, at most 15: of each, how many values are not above it
---@param labels? string[]
---@return sluice.Histogram
function metrics.histogram(name, help, bounds, labels)
  if type(bounds) ~= "table" then
    error("bad argument #3 to 'histogram' (table expected, got " .. type(bounds) .. ")", 2)
  end
  local copy = { unpack(bounds) }
  check_bounds(copy)
  return make(Histogram, HISTOGRAM, "histogram", name, help, labels, copy)
end

return metrics
