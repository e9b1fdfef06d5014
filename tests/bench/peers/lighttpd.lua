--- The workloads of the benchmark for lighttpd's mod_magnet, which runs this file
--- for each request.

-- luacheck: globals lighty

local r = lighty.r
local path = r.req_attr["uri.path"]
local body = r.resp_body
local header = r.resp_header

local function add(count, data)
  for _ = 1, count do
    body:add(data)
  end
end

header["Content-Type"] = "text/plain"
if path == "/" then
  body:set("Hello, world!")
elseif path == "/chunks" then
  add(100, string.rep("x", 1024))
elseif path:sub(1, 6) == "/file/" then
  body:set({ { filename = os.getenv("BENCH_WWW") .. path:sub(6) } })
elseif path == "/echo" then
  if not r.req_body.collect then
    return 0 -- it runs again when the body is there
  end
  body:set(r.req_body.get)
elseif path == "/big" then
  add(4096, string.rep("x", 64 * 1024))
elseif path == "/lines" then
  add(1000000, "a line of 20 bytes.\n")
else
  -- Two functions that run before the handler.
  local function frame()
    header["X-Frame-Options"] = "DENY"
  end
  local function sniff()
    header["X-Content-Type-Options"] = "nosniff"
  end
  local user, post = path:match("^/users/([^/]+)/posts/([^/]+)$")
  frame()
  sniff()
  header["Cache-Control"] = "no-store"
  header["X-User"] = user
  body:set("user " .. user .. ", post " .. post .. "\n")
end
return 200
