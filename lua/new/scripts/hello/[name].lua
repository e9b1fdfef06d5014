--- GET /api/hello/you

return {
  get = function(req, res)
    res:json({ greeting = "Hello, " .. req.params.name .. "!" })
  end,
}
