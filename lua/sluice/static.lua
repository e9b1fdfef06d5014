--- A folder of files as a handler.

local host = require("sluice.native").host
local misuse = require("sluice.misuse")
local send_file = require("sluice.send_file")
local types = require("sluice.types")

---@class sluice.StaticOptions
---@field index string|false? the file that answers for a folder; "index.html"
---@field types table<string, string>? media types by ending, beside the known
---@field hidden boolean? names that start with a dot may be asked for; false
---@field symlinks string? "inside" (the default): links must stay in the folder;
---"none": there are none; "follow": wherever they lead
---@field cache_control string? value of Cache-Control
---@field etag boolean? false: none
---@field not_found sluice.Handler? answers for what is not there

local known_options = {
  index = "string or boolean",
  types = "table",
  hidden = "boolean",
  symlinks = "string",
  cache_control = "string",
  etag = "boolean",
  not_found = "function",
}

local symlinks = { inside = true, none = true, follow = true }

-- Is each name of the path one that may be asked for? The host checks again
-- that the path does not lead out of the folder.
local function is_allowed(path, hidden)
  for name in (path .. "/"):gmatch("([^/]*)/") do
    if name == "" or name == "." or name == ".." then
      return false
    elseif name:byte() == 46 and not hidden then
      return false
    end
  end
  return true
end

-- A relative one, which is right behind a proxy that takes a prefix away, and
-- cannot be read as the name of another host.
local function redirect_to_folder(req, res)
  local query = req.query_string
  local name = req.raw_path:match("[^/]*$")
  return res:redirect("./" .. name .. "/" .. (query ~= "" and "?" .. query or ""), 301)
end

local function answer(res, status, text)
  res:set("Content-Type", "text/plain; charset=utf-8")
  res:status(status)
  return res:write(text)
end

local function not_found(_, res)
  return answer(res, 404, "404 not found\n")
end

-- The path of the file that is asked for, below the folder; nil when there is
-- none that may be.
local function file_path(path, is_folder, options)
  if is_folder then
    path = path:gsub("/$", "")
    local index = options.index
    if index == false or not (path == "" or is_allowed(path, options.hidden)) then
      return nil
    end
    return (path == "" and "" or path .. "/") .. (type(index) == "string" and index or "index.html")
  end
  return is_allowed(path, options.hidden) and path or nil
end

local function refuse(req, res, why, kind, is_folder, missing)
  if kind == "missing" or kind == "folder" and is_folder then
    return missing(req, res)
  elseif kind == "folder" then
    return redirect_to_folder(req, res)
  elseif kind == "forbidden" then
    return answer(res, 403, "403 forbidden\n")
  end
  error("sluice.static: " .. why, 0)
end

local function serve(req, res, folder, options)
  local missing = options.not_found or not_found
  local is_folder = req.raw_path:sub(-1) == "/"
  local path = req.params.path or ""
  if path == "" and not is_folder then
    return redirect_to_folder(req, res)
  end
  path = file_path(path, is_folder, options)
  if not path then
    return missing(req, res)
  end
  local guard, fd, size, modified, tag = host.open_in(folder, path, options.symlinks or "inside")
  if not guard then
    return refuse(req, res, fd, size, is_folder, missing)
  end
  return send_file.send(res, send_file.new_file(path, guard, fd, size, modified, tag), {
    type = types.of(path, options.types),
    cache_control = options.cache_control,
    etag = options.etag,
  })
end

---Raise an error for arguments that are wrong.
---@param folder string
---@param options? sluice.StaticOptions
---@param first integer number of the argument `folder`
---@param level integer of the one to blame; 2 is the caller
local function check(folder, options, first, level)
  local is_folder = type(folder) == "string" and folder ~= ""
  misuse.check(is_folder, first, "static", "folder", folder, level + 1)
  local is_table = options == nil or type(options) == "table"
  misuse.check(is_table, first + 1, "static", "table", options, level + 1)
  options = options or {}
  misuse.check_options(options, known_options, first + 1, "static", level + 1)
  send_file.check_values(options, first + 1, "static", level + 1)
  if not symlinks[options.symlinks or "inside"] then
    local text = "bad argument #%d to 'static' (symlinks: 'inside', 'none' or 'follow' expected)"
    error(text:format(first + 1), level)
  end
end

local function new_handler(folder, options)
  return function(req, res)
    if req.method ~= "GET" and req.method ~= "HEAD" then
      res:set("Allow", "GET, HEAD")
      return answer(res, 405, "405 method not allowed\n")
    end
    return serve(req, res, folder, options or {})
  end
end

---A handler that answers with the files of a folder, for a route whose wildcard
---is called `path`. Nothing outside of the folder can be reached. A relative
---folder starts at that of the app. `app:static` makes the route, too.
---
---    app:get("/files/*path", sluice.static("public", { cache_control = "max-age=60" }))
---@param folder string
---@param options? sluice.StaticOptions
---@return sluice.Handler
local function static(folder, options)
  check(folder, options, 1, 3)
  return new_handler(folder, options)
end

return { handler = static, new_handler = new_handler, check = check }
