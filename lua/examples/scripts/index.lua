--- A folder of scripts: this file answers the path at which the folder is
--- mounted, and greet/[name].lua answers /greet/ and any name below it. A new
--- file is a new page; no other has to know of it.

return function(_, res)
  res:text("Try ./scripts/greet/you\n")
end
