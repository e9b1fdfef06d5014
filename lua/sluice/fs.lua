--- Files, with calls that wait while a thread does the work.
---
---     local text = sluice.fs.read("/etc/hostname") or "nameless\n"
---     res:write(#text > 1 and "named\n") --> named
---
--- Errors are libuv's: `"ENOENT: no such file or directory: /srv/app/notes.txt"`.
--- A relative path starts at the folder of the app.

local uv = require("luv")
local call = require("sluice.call")
local check = require("sluice.misuse").check_type
local File = require("sluice.file")
local host = require("sluice.native").host

---@class sluice.fs
local fs = {}

-- Ask libuv for something about a path, with one argument more at most.
local function ask(fn, path, more)
  local place, err = host.path_of(path)
  if not place then
    return nil, err
  end
  return call(function(resume)
    if more then
      return fn(place, more, resume)
    end
    return fn(place, resume)
  end)
end

---Open a file. The collector closes one that is dropped, which is late.
---
---    local file, err = sluice.fs.open("missing.txt")
---    res:write(file and "there" or err:match("^%w+"), "\n") --> ENOENT
---@param path string
---@param flags? string as of fopen: `"r"`, the default, `"w"`, `"a"`, `"r+"`, ...
---@param mode? integer of a new file; 0644 (octal) by default
---@return sluice.OpenFile? file
---@return string? err
function fs.open(path, flags, mode)
  check(path, "string", 1, "open")
  check(flags, "string?", 2, "open")
  check(mode, "number?", 3, "open")
  local place, why = host.path_of(path)
  if not place then
    return nil, why
  end
  return call(function(resume)
    -- A file at once: who has waited for it may never run again.
    local function take(problem, fd)
      local file = fd and File.new(fd)
      if not resume(problem, file) and file then
        file:close()
      end
    end
    return uv.fs_open(place, flags or "r", mode or 420, host.owe(take))
  end)
end

-- Run `fn(file)` and close the file, however that ends.
local function with(file, fn)
  local ok, result, err = pcall(fn, file)
  file:close()
  if not ok then
    error(result, 0)
  elseif result == nil then
    return nil, err
  end
  return result
end

local function read_all(file)
  local pieces = {}
  while true do
    local data, err = file:read()
    if not data then
      return nil, err
    elseif data == "" then
      return table.concat(pieces)
    end
    pieces[#pieces + 1] = data
  end
end

---The whole of a file.
---
---    local text = assert(sluice.fs.read("public/note.txt")) -- beside the app
---    res:write(text) --> a note
---    local none, err = sluice.fs.read("missing.txt")
---    res:write(none or err:match("^%w+"), "\n") --> ENOENT
---@param path string
---@return string? data
---@return string? err
function fs.read(path)
  check(path, "string", 1, "read")
  local file, err = fs.open(path)
  if not file then
    return nil, err
  end
  return with(file, read_all)
end

---Write a file anew, or what `flags` say.
---
---    local path = os.tmpname()
---    sluice.fs.write(path, "Hello, ")
---    sluice.fs.write(path, "you!\n", "a")
---    res:write(sluice.fs.read(path)) --> Hello, you!
---    sluice.fs.remove(path)
---@param path string
---@param data string
---@param flags? string `"w"` by default; `"a"` adds to its end
---@return boolean? ok
---@return string? err
function fs.write(path, data, flags)
  check(path, "string", 1, "write")
  check(data, "string", 2, "write")
  local file, err = fs.open(path, flags or "w")
  if not file then
    return nil, err
  end
  return with(file, function()
    return file:write(data)
  end)
end

---What is known of a file or folder.
---
---    local stat = assert(sluice.fs.stat("/"))
---    res:write(stat.type, "\n") --> directory
---@param path string
---@return table? stat as of luv: size, type, mtime, ...
---@return string? err
function fs.stat(path)
  check(path, "string", 1, "stat")
  return ask(uv.fs_stat, path)
end

---What is in a folder, in no order.
---
---    for _, entry in ipairs(assert(sluice.fs.dir("/"))) do
---      if entry.name == "etc" then
---        res:write(entry.name, " is a ", entry.type, "\n") --> etc is a directory
---      end
---    end
---@param path string
---@return { name: string, type: string }[]? entries
---@return string? err
function fs.dir(path)
  check(path, "string", 1, "dir")
  local scan, err = ask(uv.fs_scandir, path)
  if not scan then
    return nil, err
  end
  local entries = {}
  local name, kind = uv.fs_scandir_next(scan)
  while name do
    entries[#entries + 1] = { name = name, type = kind }
    name, kind = uv.fs_scandir_next(scan)
  end
  return entries
end

---Make a folder.
---
---    local ok, err = sluice.fs.mkdir("/etc")
---    res:write(tostring(ok), ", ", err, "\n") --> nil, EEXIST: file already exists: /etc
---@param path string
---@param mode? integer 0755 (octal) by default
---@return boolean? ok
---@return string? err
function fs.mkdir(path, mode)
  check(path, "string", 1, "mkdir")
  check(mode, "number?", 2, "mkdir")
  return ask(uv.fs_mkdir, path, mode or 493)
end

---Remove a file.
---
---    local path = os.tmpname()
---    sluice.fs.remove(path)
---    res:write(sluice.fs.stat(path) and "there" or "gone", "\n") --> gone
---@param path string
---@return boolean? ok
---@return string? err
function fs.remove(path)
  check(path, "string", 1, "remove")
  return ask(uv.fs_unlink, path)
end

---Give a file or folder another name.
---
---    local path = os.tmpname()
---    sluice.fs.rename(path, path .. ".new")
---    res:write(sluice.fs.stat(path) and "there" or "gone", "\n") --> gone
---    sluice.fs.remove(path .. ".new")
---@param from string
---@param to string
---@return boolean? ok
---@return string? err
function fs.rename(from, to)
  check(from, "string", 1, "rename")
  check(to, "string", 2, "rename")
  local place, err = host.path_of(to)
  if not place then
    return nil, err
  end
  return ask(uv.fs_rename, from, place)
end

return fs
