-- Routes of every kind, for test_routes.py.

local sluice = require("sluice")
local app = sluice.new()

app:on_error(function(err, _, res)
  res:write("sorry about ", err)
end)

app:not_found(function(req, res)
  res:write("nothing at ", req.path)
end)

app:group("/users", function(users)
  users:get("/:id<int>", function(req, res)
    res:write(req.params.id + 1)
  end)
  users:delete("/:id<int>", function() end)
  users:get("/me", function(_, res)
    res:write("it is you")
  end)
end)

app:get("/files/*path", function(req, res)
  res:write(req.params.path)
end)

app:use("/timed", function(_, res, next)
  res:set("X-Before", "yes")
  sluice.sleep(1)
  next()
  local _, why = res:set("X-After", res:status())
  if why then
    res:write("then ", why)
  end
end)

app:get("/timed/slow", function(_, res)
  sluice.sleep(1)
  res:write("slow")
end)

app:get("/timed/flushed", function(_, res)
  res:write("flushed, ")
  res:flush()
end)

app:group("/admin", function(admin)
  admin:get("/panel", function(_, res)
    res:write("panel")
  end)
end)

app:use("/admin", function(req, res, next)
  if req.headers.authorization then
    next()
  else
    res:status(401)
  end
end)

app:get("/fails/late", function(_, res)
  res:write("a beginning")
  res:flush()
  error("too late", 0)
end)

app:get("/fails/:id", function(req, res)
  sluice.sleep(1)
  res:write("half of")
  error("oops " .. req.params.id, 0)
end)

app:post("/fails/json", function(req)
  assert(req:json())
end)

local shop = sluice.new()

shop:get("/", function(_, res)
  res:write("the shop")
end)

shop:not_found(function(req, res)
  res:write("the shop has no ", req.path)
end)

app:mount("/shop", shop)

return app
