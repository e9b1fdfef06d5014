--- An answer token by token, as language models give it: one coroutine thinks,
--- another one sends. When the client leaves, both end.

local sluice = require("sluice")

local ANSWER = "Streams are written piece by piece and each piece leaves at once"

-- Stands for a model: it knows the next word after a while.
local function think(tokens)
  for word in ANSWER:gmatch("%S+") do
    sluice.sleep(20)
    tokens:put(word)
  end
  tokens:close()
end

return function(_, res)
  res:set("Content-Type", "text/event-stream")
  res:set("Cache-Control", "no-store")
  local tokens = sluice.channel(16) -- the model may be so far ahead
  sluice.spawn(think, tokens)
  for word in tokens:each() do
    res:write('data: {"token": "', word, '"}\n\n')
  end
  res:write("data: [DONE]\n\n")
end
