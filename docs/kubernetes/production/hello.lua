--- GET /hello
return {
  get = function(_, res)
    res:text("Hello from production!\n")
  end,
}
