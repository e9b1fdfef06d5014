--- Several operations in flight: start them all, then see what came of each.

return function(_, res)
  local operations = {}
  for i = 1, 5 do
    local text = ("part %d\n"):format(i):rep(i * 1000)
    operations[i] = assert(res:WriteEntityChunks(text, true))
  end
  for i, operation in ipairs(operations) do
    local bytes, err = operation:GetCompletedOperation()
    res:write("part ", i, ": ", bytes or err, " bytes\n")
  end
end
