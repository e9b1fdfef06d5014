--- Loads a server through wrk, and prints what came of it as JSON.
---
--- wrk ... -s wrk.lua URL -- plain | pipelined | echo | close | gzip

local DEPTH = 16 -- requests in one send, pipelined
local ECHO_BYTES = 64 * 1024

-- luacheck: globals wrk init request done

local kinds = {}

function kinds.plain() end

function kinds.pipelined()
  local all = string.rep(wrk.format(), DEPTH)
  function request()
    return all
  end
end

function kinds.echo()
  wrk.method = "POST"
  wrk.body = string.rep("x", ECHO_BYTES)
end

function kinds.gzip()
  wrk.headers["Accept-Encoding"] = "gzip"
end

function kinds.close()
  wrk.headers["Connection"] = "close"
end

function init(arguments)
  kinds[arguments[1]]()
end

function done(summary, latency)
  local errors = summary.errors
  io.write(
    ('\n{"requests": %d, "bytes": %.0f, "seconds": %.6f, '):format(
      summary.requests,
      summary.bytes,
      summary.duration / 1e6
    ),
    ('"errors": %d, "p50_us": %d, "p99_us": %d}\n'):format(
      errors.connect + errors.read + errors.write + errors.status + errors.timeout,
      latency:percentile(50),
      latency:percentile(99)
    )
  )
end
