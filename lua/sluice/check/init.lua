--- What `sluice check` and `sluice routes` print.

local files = require("sluice.check.files")
local json = require("sluice.json")
local middleware = require("sluice.middleware")
local site = require("sluice.site")
local survey = require("sluice.check.survey")

local check = {}

-- Scripts below the folder of the app that cannot be parsed. Those that the app
-- does not load, as far as can be seen, are worth a warning only.
local function parse(list, found)
  local warnings = {}
  for _, path in ipairs(list) do
    local chunk, why = loadfile(path)
    why = why and why:gsub("^%./", "")
    local is_script = false
    for _, folder in ipairs(found.folders) do
      is_script = is_script or path:find(folder .. "/", 1, true) ~= nil
    end
    if not chunk and is_script then
      found:note("syntax", why)
    elseif not chunk and not found.seen[why] then
      table.insert(warnings, { kind = "syntax", file = path, message = why })
    end
  end
  return warnings
end

local function folder_of(path)
  if site.is_folder(path) then
    return path
  end
  return path:match("^(.*)/[^/]*$") or "."
end

local function append(list, more)
  for _, one in ipairs(more) do
    list[#list + 1] = one
  end
end

-- An error that was found first, in full, is not said again.
local function others(problems, first)
  local left = {}
  for _, problem in ipairs(problems) do
    if not first:find(problem.message, 1, true) then
      left[#left + 1] = problem
    end
  end
  return left
end

-- Modules that the first load has left there.
local function forget_modules()
  for name in pairs(package.loaded) do
    local is_ours = name:match("^sluice") or name == "luv" or name == "uv"
    if not is_ours and not _G[name] then
      package.loaded[name] = nil
    end
  end
end

-- What is wrong beside what was found first; "" when the app does load.
local function problems_of(path, first)
  local found = { problems = {}, folders = {}, seen = {} }
  if first ~= "" then
    forget_modules()
    found = survey.run(path)
  end
  local list = files.list(folder_of(path))
  local warnings = parse(list, found)
  if not path:match("^/") and not path:match("^%.%.") then -- the project is here
    append(warnings, files.lint(list))
  end
  return others(found.problems, first), warnings
end

-- Routes as they are printed: where each was made, and what is around it.
local function rows_of(app, natives)
  local rows = {}
  for i = 1, #natives, 2 do
    rows[#rows + 1] =
      { method = natives[i], path = natives[i + 1], source = "in C", middleware = {} }
  end
  for _, route in ipairs(app and app.routes or {}) do
    rows[#rows + 1] = {
      method = route.method,
      path = route.path,
      source = route.source,
      middleware = middleware.describe(route.layers, route.segments),
    }
  end
  return rows
end

local function around(row)
  local sources = {}
  for i, entry in ipairs(row.middleware) do
    sources[i] = entry.source .. (entry.sometimes and "?" or "")
  end
  return #sources > 0 and "  through " .. table.concat(sources, ", ") or ""
end

local function print_rows(rows)
  local method, path = 0, 0
  for _, row in ipairs(rows) do
    method, path = math.max(method, #row.method), math.max(path, #row.path)
  end
  local form = ("%%-%ds  %%-%ds  %%s%%s\n"):format(method, path)
  local lines = {}
  for i, row in ipairs(rows) do
    lines[i] = form:format(row.method, row.path, row.source, around(row))
  end
  return table.concat(lines)
end

local function with_arrays(rows)
  for _, row in ipairs(rows) do
    row.middleware = json.array(row.middleware)
  end
  return json.array(rows)
end

---@param app sluice.App?
---@param natives string[] methods and paths of handlers in C, in turn
---@param as_json boolean
---@return string
function check.routes(app, natives, as_json)
  local rows = rows_of(app, natives)
  return as_json and json.encode({ routes = with_arrays(rows) }) .. "\n" or print_rows(rows)
end

-- In front of the others: the settings, and what was found first.
local function leading(wrong, first)
  local errors = {}
  for i, text in ipairs(wrong) do
    errors[i] = { kind = "setting", message = text }
  end
  if first ~= "" then
    local line = first:match("^[^\n]*")
    local file, number = survey.split(line)
    table.insert(errors, { kind = "app", file = file, line = number, message = line, text = first })
  end
  return errors
end

local function print_problems(errors, warnings)
  local lines = {}
  for _, problem in ipairs(errors) do
    lines[#lines + 1] = "sluice: " .. (problem.text or problem.message) .. "\n"
  end
  for _, problem in ipairs(warnings) do
    lines[#lines + 1] = "sluice: warning: " .. problem.message .. "\n"
  end
  if #errors > 1 then
    lines[#lines + 1] = ("sluice: %d errors\n"):format(#errors)
  end
  return table.concat(lines)
end

---@param app sluice.App? nil: it does not load
---@param natives string[]
---@param as_json boolean
---@param path string of the app; "": there is none
---@param first string why it does not load
---@param wrong string[] what is wrong with the settings
---@return string out
---@return string err
---@return integer errors
function check.report(app, natives, as_json, path, first, wrong)
  local errors, warnings = leading(wrong, first), {}
  if path ~= "" then
    local more
    more, warnings = problems_of(path, first)
    append(errors, more)
  end
  if not as_json then
    local out = first == "" and print_rows(rows_of(app, natives)) or ""
    return out, print_problems(errors, warnings), #errors
  end
  return json.encode({
    ok = #errors == 0,
    errors = json.array(errors),
    warnings = json.array(warnings),
    routes = with_arrays(rows_of(app, natives)),
  }) .. "\n",
    "",
    #errors
end

return check
