--- A body, or a part of one, that was taken whole: in memory while it is small, or
--- in a file without a name.

local blame = require("sluice.blame")
local chunk = require("sluice.chunk")
local hint = require("sluice.hint")
local misuse = require("sluice.misuse")
local path_of = require("sluice.native").host.path_of
local uuid = require("sluice.uuid")

local PIECE = 262144

-- Of libuv's errors those that say that there is no room.
local full = { ENOSPC = true, EDQUOT = true, EFBIG = true }

-- Shared with what closes the file when the handler is over.
---@class sluice.BodyFileState
---@field text string? all of it; or
---@field file sluice.OpenFile?
---@field kept boolean?

---@class sluice.BodyFile
---@field size number bytes
---@field private state sluice.BodyFileState
---@field private request sluice.Request
local BodyFile = {}
BodyFile.__index = BodyFile
hint.install(BodyFile, "an upload", { move = "upload:save(path)", text = "upload:read(0)" })

---@param size number
---@param state sluice.BodyFileState
---@param request sluice.Request
---@return sluice.BodyFile
function BodyFile.new(size, state, request)
  return setmetatable({ size = size, state = state, request = request }, BodyFile)
end

---Answer to a disk that fails.
---@param req sluice.Request
---@param err string of libuv
function BodyFile.refuse(req, err)
  return blame(req, full[err:match("^%u*")] and 507 or 500, err)
end

---The folder in which a path is.
---@param path string
---@return string
function BodyFile.folder_of(path)
  local folder = path:match("^(.*)/[^/]*$")
  return folder == "" and "/" or folder or "."
end

local function is_count(value)
  return type(value) == "number" and value >= 0 and value < 2 ^ 53 and value % 1 == 0
end

local function check(offset, length, name)
  misuse.check(offset == nil or is_count(offset), 1, name, "byte offset", offset, 4)
  misuse.check(length == nil or is_count(length), 2, name, "number of bytes", length, 4)
end

---A chunk of it, to be sent: all of it, or a range. It can be sent more than once,
---and while it is being sent the file may be closed.
---
---    -- POST / 0123456789
---    local upload = assert(req:body_file())
---    res:WriteEntityChunks({ upload:chunk(2, 3), " ", upload:chunk(8), "\n" }) --> 234 89
---@param offset? integer first byte; 0 by default
---@param length? integer bytes; to the end by default
---@return string|sluice.File|nil chunk
---@return string? err `"closed"`, or that the range is not in the file
function BodyFile:chunk(offset, length)
  check(offset, length, "chunk")
  offset = offset or 0
  local extent = length or self.size - offset
  if extent < 0 or offset + extent > self.size then
    return nil, "the range is not in the file"
  elseif self.state.text then
    return self.state.text:sub(offset + 1, offset + extent)
  end
  local guard, fd = self:duplicate()
  if not guard then
    return nil, fd
  end
  return chunk.opened("a body", guard, fd, offset, extent)
end

---@private
function BodyFile:duplicate()
  local file = self.state.file
  if not file then
    return nil, "closed"
  end
  return file:duplicate()
end

---Bytes of it.
---
---    -- POST / 0123456789
---    local upload = assert(req:body_file())
---    res:write(upload:read(2, 3), "\n") --> 234
---@param offset integer first byte
---@param most? integer bytes; 256 KiB by default
---@return string? data "" at the end
---@return string? err
function BodyFile:read(offset, most)
  check(offset or -1, most, "read")
  local state = self.state
  if state.text then
    return state.text:sub(offset + 1, offset + (most or PIECE))
  elseif not state.file then
    return nil, "closed"
  end
  return state.file:read(most or PIECE, offset)
end

---It piece by piece. Raises an error when it cannot be read.
---
---    -- POST / 0123456789
---    local upload = assert(req:body_file())
---    for piece in upload:chunks() do
---      res:write(#piece, " bytes\n") --> 10 bytes
---    end
---@return fun(): string?
function BodyFile:chunks()
  local at = 0
  return function()
    local piece, err = self:read(at)
    if not piece then
      error("the body cannot be read: " .. err, 2)
    end
    at = at + #piece
    return piece ~= "" and piece or nil
  end
end

local function copy_into(self, file)
  local at = 0
  while at < self.size do
    local piece, why = self:read(at)
    if not piece or piece == "" then
      return nil, why or "it is shorter than it was"
    end
    local ok, err = file:write(piece, at)
    if not ok then
      return nil, err
    end
    at = at + #piece
  end
  return true
end

-- Closed also when the wait for a thread was cancelled.
local function copy_to(self, path)
  local file, err = require("sluice.fs").open(path, "wx")
  if not file then
    return nil, err
  end
  local ran, ok, why = pcall(copy_into, self, file)
  file:close()
  if not ran then
    error(ok, 0)
  end
  return ok, why
end

-- First under a name beside the right one, so that this appears with all of it.
local function put_at(self, beside, path)
  local file = self.state.file
  local ok, err = file and file:link(beside), nil
  if not ok then
    ok, err = copy_to(self, beside)
  end
  if not ok then
    return nil, err
  end
  return require("sluice.fs").rename(beside, path)
end

-- Without waiting, when the handler was cancelled.
local function remove(path, may_wait)
  if may_wait then
    require("sluice.fs").remove(path)
  else
    require("luv").fs_unlink(path_of(path), function() end)
  end
end

---Save it under a name: by giving the file that name where it is on the same file
---system (`temp_dir`), else by copying. A file that had the name is replaced when
---the new one is whole. Think before you take a name from a client.
---
---    -- POST / 0123456789
---    local path = os.tmpname()
---    local upload = assert(req:body_file())
---    assert(upload:save(path))
---    res:write(sluice.fs.read(path), "\n") --> 0123456789
---    sluice.fs.remove(path)
---@param path string relative to the folder of the app
---@return boolean? ok
---@return string? err why not: 507 when the disk is full, else 500
function BodyFile:save(path)
  misuse.check_type(path, "string", 1, "save")
  if not self.state.text and not self.state.file then
    return nil, "closed"
  end
  local beside = BodyFile.folder_of(path) .. "/.sluice-" .. uuid.v4()
  local ran, ok, err = pcall(put_at, self, beside, path)
  if ran and ok then
    return true
  end
  remove(beside, ran)
  if not ran then
    error(ok, 0)
  end
  return BodyFile.refuse(self.request, err)
end

---Keep it when the handler is over, for a task that goes on with it: until it is
---closed, or the collector finds it.
---
---    -- POST / 0123456789
---    local upload = assert(req:body_file())
---    upload:keep()
---    sluice.spawn_free(function()
---      sluice.log.info("to be looked at", { bytes = upload.size })
---      upload:close()
---    end)
---    res:write("thank you\n") --> thank you
function BodyFile:keep()
  self.state.kept = true
end

---Let go of it before the handler is over.
---
---    -- POST / 0123456789
---    local upload = assert(req:body_file())
---    upload:close()
---    local _, err = upload:chunk()
---    res:write(err, "\n") --> closed
function BodyFile:close()
  local state = self.state
  if state.file then
    state.file:close()
  end
  state.text, state.file = nil, nil
end

return BodyFile
