--- Asking an app in a test: a request and a response that remember what was
--- done to them.

local Response = {}
Response.__index = Response

function Response:status(code)
  self.code = code
end

function Response:set(name, value)
  self[name] = value
end

function Response:write(...)
  self.body = self.body .. table.concat({ ... })
end

function Response:is_committed()
  return self.committed
end

function Response:clear()
  if self.committed then
    return nil, "committed"
  end
  self.code, self.body = 200, ""
  return true
end

function Response:abort()
  self.aborted = true
end

---@return table res with code, body, aborted, and headers by their names
local function ask(app, method, path)
  local res = setmetatable({ code = 200, body = "", committed = false, generation = 1 }, Response)
  res.handle = res
  if not app.frozen then
    app:freeze("it is being served")
  end
  local req = { method = method, raw_path = path, target = path, params = {} }
  app:handle(req, res, method, path)
  return res
end

return { ask = ask }
