--- The app of a sequence: a route for each request of its plan, with its stages.

local sluice = require("sluice")
local actor = require("actor")
local node = require("node")
local trial = require("trial_under_test")

local app = sluice.new()

for _, one in ipairs(trial.plan.app) do
  app:stage(actor(trial, one))
end

for _, one in ipairs(trial.plan.nodes) do
  app:group(one.path, function(group)
    for _, stage in ipairs(one.group) do
      group:stage(actor(trial, stage))
    end
    local route = group:get("/", function(req, res)
      node.run(trial, one, req, res)
    end)
    for _, stage in ipairs(one.route) do
      route:stage(actor(trial, stage))
    end
  end)
end

return app
