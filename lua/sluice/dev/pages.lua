--- Pages that a developer sees: an error explained, the first page of an app that
--- has none, and the script that every page gets.

local accept_best = require("sluice.accept").media_type
local escape = require("sluice.escape").html
local json = require("sluice.json")
local look = require("sluice.dev.look")

local fill = look.fill

local pages = { script = look.script }

---What stands behind each page, for a browser.
---@param version string
---@return string
function pages.tag(version)
  return ('\n<script src="/.sluice/page.js" data-sluice="%s"></script>\n'):format(version)
end

-- --- An error ------------------------------------------------------------------

local function show_lines(frame)
  local shown = {}
  for _, line in ipairs(frame.lines or {}) do
    shown[#shown + 1] = ('<span class="line%s"><i>%d</i>%s</span>'):format(
      line.number == frame.line and " here" or "",
      line.number,
      line.text == "" and " " or escape(line.text)
    )
  end
  return #shown > 0 and "<pre>" .. table.concat(shown) .. "</pre>" or ""
end

local function show_table(title, rows)
  local shown = {}
  for _, row in ipairs(rows) do
    shown[#shown + 1] = ("<tr><th>%s</th><td>%s</td></tr>"):format(
      escape(row.name),
      escape(row.value)
    )
  end
  return #shown > 0 and ("<h3>%s</h3><table>%s</table>"):format(title, table.concat(shown)) or ""
end

local function show_frame(frame, is_open)
  if frame.is_ours then
    return ('<p class="ours">%s <span>%s</span></p>'):format(
      escape(frame.title),
      escape(frame.place)
    )
  end
  return ("<details%s><summary>%s <span>%s</span></summary>%s%s%s</details>"):format(
    is_open and " open" or "",
    escape(frame.title),
    escape(frame.place),
    show_lines(frame),
    show_table("Locals", frame.locals),
    show_table("From outside", frame.upvalues)
  )
end

-- The first one that the developer has written is where to look.
local function show_frames(frames)
  local shown, found = {}, false
  for i, frame in ipairs(frames) do
    local is_first = not found and not frame.is_ours
    found = found or is_first
    shown[i] = show_frame(frame, is_first)
  end
  return table.concat(shown)
end

local function rows_of(headers)
  local rows = {}
  for name, value in pairs(headers) do
    rows[#rows + 1] = { name = name, value = value }
  end
  table.sort(rows, function(a, b)
    return a.name < b.name
  end)
  return rows
end

local function as_page(failure)
  return fill(look.failure, {
    style = look.style,
    title = escape(failure.message:match("^[^\n]*")),
    message = escape(failure.message),
    request = escape(failure.method .. " " .. failure.target),
    id = escape(failure.id),
    frames = show_frames(failure.frames),
    traceback = escape(failure.traceback),
    headers = show_table("Its headers", rows_of(failure.headers)),
  })
end

local function as_text(failure)
  return ("500: %s\n\n%s\n\n%s %s, request %s\n"):format(
    failure.message,
    failure.traceback,
    failure.method,
    failure.target,
    failure.id
  )
end

local function as_json(failure)
  local frames = {}
  for i, frame in ipairs(failure.frames) do
    frames[i] = { place = frame.place, name = frame.title, locals = frame.locals }
  end
  return json.try_encode({
    error = failure.message,
    traceback = failure.traceback,
    frames = frames,
    request = { id = failure.id, method = failure.method, target = failure.target },
  }) or as_text(failure)
end

local failure_kinds = {
  ["text/html"] = as_page,
  ["text/plain"] = as_text,
  ["application/json"] = as_json,
}
local offered = { "text/plain", "text/html", "application/json" }

-- In the form that the client likes best; for curl, which likes all, as text.
local function explain(kinds, what, accept)
  local kind = accept_best(accept ~= "" and accept or "*/*", offered) or "text/plain"
  local text = kinds[kind](what)
  return text, kind == "application/json" and kind or kind .. "; charset=utf-8"
end

---A handler's failure.
---@param failure table
---@param accept string
---@return string text
---@return string type
function pages.explain(failure, accept)
  return explain(failure_kinds, failure, accept)
end

-- --- No app ---------------------------------------------------------------------

local trouble_kinds = {
  ["text/html"] = function(trouble)
    return fill(look.waiting, { style = look.style, trouble = escape(trouble) })
  end,
  ["text/plain"] = function(trouble)
    return "503: the app does not start\n\n" .. trouble .. "\n"
  end,
  ["application/json"] = function(trouble)
    return json.encode({ error = "the app does not start", trouble = trouble })
  end,
}

---Why there is no app to answer.
---@param trouble string
---@param accept string
---@return string text
---@return string type
function pages.wait(trouble, accept)
  return explain(trouble_kinds, trouble, accept)
end

-- --- The first page ---------------------------------------------------------------

local function show_route(route)
  local path = escape(route.path)
  local is_link = (route.method == "GET" or route.method == "*") and not path:find("[:*]")
  return ("<tr><th>%s</th><td>%s</td><td>%s</td></tr>"):format(
    route.method == "*" and "any" or escape(route.method),
    is_link and ('<a href="%s">%s</a>'):format(path, path) or path,
    escape(route.source)
  )
end

---Answer a request for the first page of an app that has none.
---@param app sluice.App
---@param res sluice.Response
function pages.start(app, res)
  local rows = {}
  for i, route in ipairs(app.routes) do
    rows[i] = show_route(route)
  end
  res:status(404)
  res:set("Content-Type", "text/html; charset=utf-8")
  res:write(fill(look.start, {
    style = look.style,
    routes = #rows > 0 and "<table>" .. table.concat(rows) .. "</table>"
      or "<p>There is no route yet.</p>",
  }))
end

return pages
