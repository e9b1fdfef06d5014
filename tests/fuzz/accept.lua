--- Accept fields: whatever is sent, what comes of it is one of the offers.

local accept = require("sluice.accept")

local offered = {
  media_type = { "text/html", "application/json" },
  language = { "en", "de-CH" },
  encoding = { "gzip", "identity" },
}

return function(input)
  for name, offers in pairs(offered) do
    local chosen = accept[name](input, offers)
    assert(chosen == nil or chosen == offers[1] or chosen == offers[2], name)
  end
end
