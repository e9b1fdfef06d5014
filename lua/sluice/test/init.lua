--- Tests of an app, without a port: what a spec requires that `sluice test` runs.
---
---     local t = require("sluice.test")
---
---     describe("the app", function()
---       local app = t.app("app.lua")
---
---       it("greets", function()
---         assert.are.equal("Hello, you!\n", app:get("/hello/you").body)
---       end)
---     end)

local found = pcall(require, "sluice.testing")
if not found then
  error("sluice.test is for specs, which `sluice test` runs", 0)
end

local app = require("sluice.test.app")
local blame = require("sluice.test.blame")
local folders = require("sluice.test.folders")
local hint = require("sluice.hint")
local misuse = require("sluice.misuse")

---@class sluice.test
local test = { app = app.open }

-- The folder of the spec that calls.
local function folder_of_caller()
  local source = debug.getinfo(3, "S").source
  return source:match("^@(.*)/[^/]*$") or "."
end

---The bytes of a file in the folder `fixtures` beside the spec.
---
---    assert.are.equal("a fixture\n", t.fixture("note.txt"))
---@param name string
---@return string
function test.fixture(name)
  misuse.check_type(name, "string", 1, "fixture")
  local path = folder_of_caller() .. "/fixtures/" .. name
  local file, why = io.open(path, "rb")
  if not file then
    return blame("no fixture: " .. why)
  end
  local text = file:read("*a")
  file:close()
  return text
end

---An empty folder, which is removed when the last spec has run.
---
---    local file = assert(io.open(t.folder() .. "/note.txt", "w"))
---    assert.is_truthy(file:write("a note"))
---    file:close()
---@return string path
function test.folder()
  return folders.make()
end

hint.install(test, "sluice.test", { load = "t.app", open = "t.app", tempdir = "t.folder" })

return test
