--- An app whose children end together with their parents.

local sluice = require("sluice")

local app = sluice.new()

app:get("/part", function(_, res)
  res:WriteEntityChunks("a part", false, false)
  sluice.sleep(10)
end)

-- Both handlers end in one turn, that of the child first.
app:get("/whole", function(req, res)
  local child = req:child("/part")
  sluice.spawn(function()
    sluice.log.info("the child", { result = table.concat({ child:GetCompletedOperation() }, " ") })
  end)
  res:include(child)
  sluice.sleep(10)
end)

return app
