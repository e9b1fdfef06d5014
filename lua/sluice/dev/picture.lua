--- Pictures of responses: each as a page, as JSON, and as a trace file, and a
--- page of the last ones.

local escape = require("sluice.escape").html
local fill = require("sluice.dev.look").fill
local json = require("sluice.json")
local host = require("sluice.native").host
local canvas = require("sluice.dev.picture_canvas")
local draw = require("sluice.dev.picture_draw")
local flow = require("sluice.dev.picture_flow")
local look = require("sluice.dev.picture_look")
local page = require("sluice.dev.picture_page")
local recorded = require("sluice.dev.recorded")
local trace_events = require("sluice.dev.trace_events")

local PATH = "/.sluice/picture"

local picture = {}

-- --- What there is ------------------------------------------------------------------

local function lines_of(text)
  local lines = {}
  for line in text:gmatch("[^\n]+") do
    lines[#lines + 1] = line
  end
  return lines
end

local function headers_of(text)
  local headers = {}
  for name, value in text:gmatch("([^\n:]+): ([^\n]*)\n") do
    headers[#headers + 1] = { name = name, value = value }
  end
  return json.array(headers)
end

-- What became of it, in a word: of the log's, and of people's.
local function outcome_of(record, story)
  if record.is_live and not record.is_done then
    return "running"
  elseif record.phase ~= "aborted" then
    return "sent"
  end
  local by = story and story.failed_by
  local words = {
    client = "the client left",
    handler = "aborted by the handler",
    error = "aborted: the handler failed",
  }
  return words[by] or "aborted" .. (by and ": " .. by or "")
end

local function response_of(record, story)
  return {
    status = record.status,
    outcome = outcome_of(record, story),
    chunks = record.chunks,
    sends = record.sends,
    accepted_bytes = record.accepted_bytes,
    sent_bytes = record.sent_bytes,
    wire_bytes = record.wire_bytes,
    headers = record.response_head and headers_of(record.response_head),
  }
end

local function summary_of(record, story)
  return {
    id = record.id,
    request = {
      id = record.request_id,
      method = record.method,
      target = record.target,
      headers = record.request_head and headers_of(record.request_head),
    },
    response = response_of(record, story),
    unix_ms = record.unix_ms,
    duration_ms = record.ms,
    is_running = record.is_live,
  }
end

local function describe(record)
  local story = recorded.tell(record)
  local all = summary_of(record, story)
  all.high_water = record.high_water
  all.stages = json.array(lines_of(record.stages))
  all.gap = story.gap
  for _, name in ipairs({ "tasks", "chunks", "operations", "sends", "marks", "slow", "held" }) do
    all[name] = json.array(story[name])
  end
  return all, story
end

local function last_ones()
  local records, missed = host.records()
  table.sort(records, function(a, b)
    return a.number > b.number
  end)
  local shown = {}
  for i, record in ipairs(records) do
    shown[i] = summary_of(record)
  end
  return { pictures = json.array(shown), missed = missed }
end

-- --- As what is asked for -------------------------------------------------------------

local function start(res, kind)
  res:set("Content-Type", kind)
  res:set("Cache-Control", "no-store")
end

-- Inside of a script of a page no text may end it.
local function embed(value)
  return (json.encode(value):gsub("<", "\\u003c"))
end

local function send_page(res, title, value)
  start(res, "text/html; charset=utf-8")
  res:write(fill(look.page, {
    title = escape(title),
    style = look.style,
    data = embed(value),
    script = canvas.script .. flow.script .. draw.script .. page.script,
  }))
end

local function send_index(_, res, kind)
  if kind == ".json" then
    start(res, "application/json")
    return res:write(json.encode(last_ones()))
  end
  send_page(res, "The last responses", last_ones())
end

-- Another worker may have it: its page looks for that one on new connections.
local function send_nothing(res, id, kind)
  res:status(404)
  res:need_disconnect(true)
  if kind ~= "" then
    start(res, "application/json")
    return res:write(json.encode({ error = "there is no picture of that response here" }))
  end
  start(res, "text/html; charset=utf-8")
  res:write(fill(look.missing, { style = look.style, id = escape(id) }))
end

local function send_trace(res, all, story)
  local title = ("%s %s"):format(all.request.method, all.request.target)
  start(res, "application/json")
  res:set("Content-Disposition", ('attachment; filename="%s.trace.json"'):format(all.id))
  res:write(json.encode(trace_events.from_story(story, title)))
end

local function send_one(res, id, kind)
  local record = host.record(id)
  if not record then
    return send_nothing(res, id, kind)
  end
  local all, story = describe(record)
  if kind == ".trace.json" then
    return send_trace(res, all, story)
  elseif kind == ".json" then
    start(res, "application/json")
    return res:write(json.encode(all))
  end
  send_page(res, all.request.method .. " " .. all.request.target, all)
end

---What answers a path of the pictures; nil: it is none.
---@param path string
---@return function?
function picture.find(path)
  if path:sub(1, #PATH) ~= PATH then
    return nil
  end
  local rest = path:sub(#PATH + 1)
  if rest == "" or rest == "/" or rest == ".json" then
    return function(req, res)
      send_index(req, res, rest)
    end
  end
  local kind = rest:match("%.trace%.json$") or rest:match("%.json$") or ""
  local id = rest:sub(1, -#kind - 1):match("^/([%w%-._~:=+/@]+)$")
  if not id then
    return nil
  end
  return function(_, res)
    send_one(res, id, kind)
  end
end

return picture
