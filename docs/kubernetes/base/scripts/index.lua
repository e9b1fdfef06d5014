--- GET /: this folder is the ConfigMap sluice-scripts, and each file a route.
return {
  get = function(_, res)
    res:text("Sluice works. Its scripts are in the ConfigMap sluice-scripts.\n")
  end,
}
