--- From a source of pieces to a file: in memory while it is small, then in a file
--- without a name, which the threads of libuv write.

local blame = require("sluice.blame")
local host = require("sluice.native").host
local BodyFile = require("sluice.body_file")
local Part = require("sluice.part")
local Request = require("sluice.body")
local misuse = require("sluice.misuse")

-- What is written at once: it takes some microseconds to wake a thread.
local BLOCK = 262144

---@class sluice.Spool
---@field private request sluice.Request
---@field private folder string? of the file; the setting temp_dir without it
---@field private pieces string[] not written yet
---@field private held integer their bytes
---@field private size number all bytes
---@field private state sluice.BodyFileState
local Spool = {}
Spool.__index = Spool

-- However the handler ends, with a cancelled wait as well, the disk is free then.
local function close_at_end(req, state)
  local file = state.file
  host.on_end(req.response, req.generation, function()
    if not state.kept then
      file:close()
    end
  end)
end

-- `require` here: files bring libuv, which costs something from then on.
function Spool:open()
  local File = require("sluice.file")
  local guard, fd, is_full = host.open_temporary(self.folder)
  if not guard then
    return blame(self.request, is_full and 507 or 500, fd)
  end
  self.state.file = File.new(fd)
  host.disown(guard)
  close_at_end(self.request, self.state)
  return true
end

function Spool:write_out()
  if not self.state.file then
    local ok, err = self:open()
    if not ok then
      return nil, err
    end
  end
  local data = table.concat(self.pieces)
  local ok, err = self.state.file:write(data, self.size - self.held)
  if not ok then
    return BodyFile.refuse(self.request, err)
  end
  self.pieces, self.held = {}, 0
  return true
end

function Spool:put(piece)
  self.pieces[#self.pieces + 1] = piece
  self.held, self.size = self.held + #piece, self.size + #piece
  if self.held > (self.state.file and BLOCK or host.spool_bytes) then
    return self:write_out()
  end
  return true
end

function Spool:fill(source)
  while true do
    local piece, err, status = source()
    if status then
      return blame(self.request, status, err)
    elseif err then
      return nil, err
    elseif not piece then
      return (not self.state.file or self.held == 0) or self:write_out()
    end
    local ok, why = self:put(piece)
    if not ok then
      return nil, why
    end
  end
end

---@param req sluice.Request
---@param source fun(): string?, string?, integer? an error may have its status
---@param folder? string
---@return sluice.BodyFile? file
---@return string? err
local function spool(req, source, folder)
  local self = { request = req, folder = folder, pieces = {}, held = 0, size = 0, state = {} }
  setmetatable(self, Spool)
  local ok, err = self:fill(source)
  local state = self.state
  if not ok then
    if state.file then
      state.file:close()
    end
    return nil, err
  end
  state.text = not state.file and table.concat(self.pieces) or nil
  return BodyFile.new(self.size, state, req)
end

---The whole body, or what is left of it, as something like a file: in memory while
---it is small (`spool_size`), then in a file without a name, which is gone when the
---handler is over. It can be read, sent, and saved.
---
---    -- POST / a long upload
---    local upload = assert(req:body_file())
---    res:write(upload.size, " bytes: ", upload:chunk(), "\n") --> 13 bytes: a long upload
---@param limit? integer bytes; the setting upload_size by default
---@return sluice.BodyFile? file
---@return string? err `"too big"`, `"aborted"`, or why it could not be written: 507
---when the disk is full, else 500
function Request:body_file(limit)
  misuse.check_type(limit, "number?", 1, "body_file")
  local most = limit or host.upload_bytes
  if self:exceeds(most) then
    return blame(self, 413, "too big")
  end
  return spool(self, self:source(most))
end

---All of the part, or what is left, as something like a file; see
---`req:body_file`.
---
---    -- POST / -F a=Hello
---    for part in req:parts() do
---      local upload = assert(part:file())
---      res:write(upload.size, " bytes\n") --> 5 bytes
---    end
---@return sluice.BodyFile? file
---@return string? err `"too big"`, `"aborted"`, or why it could not be written: 507
---when the disk is full, else 500
function Part:file()
  return spool(self.request, function()
    return self:read()
  end)
end

---Save the part, or what is left of it, under a name. It is there when it is whole;
---a file that had the name is replaced then. Think before you take a name from a
---client.
---
---    -- POST / -F a=Hello
---    local path = os.tmpname()
---    for part in req:parts() do
---      res:write(assert(part:save(path)), " bytes\n") --> 5 bytes
---    end
---    res:write(sluice.fs.read(path), "\n") --> Hello
---    sluice.fs.remove(path)
---@param path string relative to the folder of the app
---@return number? bytes
---@return string? err
function Part:save(path)
  misuse.check_type(path, "string", 1, "save")
  local file, err = spool(self.request, function()
    return self:read()
  end, BodyFile.folder_of(path))
  if not file then
    return nil, err
  end
  local ok, why = file:save(path)
  file:close()
  if not ok then
    return nil, why
  end
  return file.size
end

return { spool = spool }
