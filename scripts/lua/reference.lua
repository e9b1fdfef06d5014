--- Writes docs/reference from the annotations, unless they are wrong.

local fake = require("fake")

local library = require("library").new(fake.load)
local public = require("public").walk(library)
local problems = require("check")(library, public)
if #problems > 0 then
  io.stderr:write(table.concat(problems, "\n"), "\n")
  os.exit(1)
end

os.execute("rm -f docs/reference/*.md && mkdir -p docs/reference")
for name, text in pairs(require("pages")(library, public)) do
  local file = assert(io.open("docs/reference/" .. name, "w"))
  file:write(text)
  file:close()
end
