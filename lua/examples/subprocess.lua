--- What a program prints, as it prints it. The program is killed when the
--- client leaves.

local sluice = require("sluice")

local script = [[
for i in 1 2 3 4 5; do
  echo "step $i of 5"
  sleep 0.1
done
]]

return function(_, res)
  res:set("Content-Type", "text/plain")
  local process = assert(sluice.process.spawn("sh", { args = { "-c", script } }))
  for text in process.stdout:each() do
    res:write(text)
  end
  local code = process:wait()
  res:write("it ended with code ", code, "\n")
end
