"""Two servers behind HAProxy are restarted in turn while requests are answered:
none fails, and who follows an event stream misses nothing. See scripts/trial."""

import contextlib
import time
from pathlib import Path

import server as servers
from followers import Followers
from haproxy import Proxy
from load import Load
from wrk import Wrk

APP = """
local sluice = require("sluice")
local app = sluice.new()

app:get("/", function(_, res) res:text("hello\\n") end)

app:post("/", function(req, res) res:text(req:body()) end)

-- Fifty events a second of one clock, so that it does not matter who tells it.
app:get("/events", function(req, res)
  local stream, is_over = res:sse(), false
  req:on_shutdown(function() is_over = true end)
  local id = tonumber(req:header("Last-Event-ID"))
    or math.floor(sluice.time.now() * 50)
  while not is_over do
    id = id + 1
    local early = id / 50 - sluice.time.now()
    if early > 0 then
      sluice.sleep(early * 1000)
    end
    if not stream:event({ id = tostring(id), data = id }) then
      return
    end
  end
end)

return app
"""


NAMES = ("a", "b")  # as the settings of HAProxy have them


class Pair:
    """Two servers that keep their ports."""

    def __init__(self, folder):
        self.folders = [Path(folder) / name for name in NAMES]
        self.ports = [(servers.free_port(), servers.free_port()) for _ in self.folders]
        self.servers = []
        for folder in self.folders:
            folder.mkdir()
        for n in range(2):
            self.servers.append(self.start(n))

    def start(self, n):
        port, admin = self.ports[n]
        return servers.Server(APP, self.folders[n], listen=f"127.0.0.1:{port}", settings={
            "workers": 2, "admin": f"127.0.0.1:{admin}", "grace": "20s"})

    def restart(self, n):
        """Seconds that nobody listened there."""
        began = time.monotonic()
        self.servers[n].stop()
        self.servers[n] = self.start(n)
        return time.monotonic() - began

    def stop(self):
        for server in self.servers:
            server.stop()


class Posts(Load):
    """Bodies that have to come back as they were."""

    def _ask(self, client):
        client.request("POST", self.path, body=b"x" * 1000)
        answer = client.response()
        assert (answer.status, answer.body) == (200, b"x" * 1000), answer
        self.answers.append(answer.body)
        return answer


# What HAProxy has given to a server before it heard that it should not is there
# by then.
SETTLED_S = 0.5


def restart_drained(pair, proxy, n):
    """HAProxy is told before, and afterwards."""
    proxy.ask(f"set server app/{NAMES[n]} state drain")
    time.sleep(SETTLED_S)
    seconds = pair.restart(n)
    proxy.ask(f"set server app/{NAMES[n]} state ready")
    return seconds


def restart_plainly(pair, _, n):
    return pair.restart(n)


def roll(pair, proxy, rounds, restart, others, followers=None):
    """Each server in turn, the next one when the last is back, and all that
    follow a stream, if these are given; `others` ask meanwhile. Seconds that each
    was away."""
    away = []
    with contextlib.ExitStack() as stack:
        for other in others:
            stack.enter_context(other)
        others[0].wait_for(20)
        for _ in range(rounds):
            for n in range(len(NAMES)):
                away.append(restart(pair, proxy, n))
                proxy.wait_for(a="UP", b="UP")
                if followers:
                    followers.wait_until_back()
        others[0].wait_for(20)
    return away


def trial(folder, rounds, is_patient=True):
    pair = Pair(folder)
    try:
        with Proxy(folder, servers.free_port(), pair.ports) as proxy:
            proxy.wait_for(a="UP", b="UP")
            load, drained, posts = Load(proxy), Load(proxy), Posts(proxy)
            with Wrk(proxy) as wrk, Followers(proxy, "/events") as followers:
                awaited = followers if is_patient else None
                away = roll(pair, proxy, rounds, restart_plainly, [load], awaited)
                away += roll(pair, proxy, rounds, restart_drained, [drained, posts], awaited)
                followers.wait_until_back()
    finally:
        pair.stop()
    failures = load.failures + drained.failures + posts.failures
    answers = load.answers + drained.answers + posts.answers
    over = [gap - retry for gap, retry in followers.gaps]
    return {
        "restarts": len(away),
        "requests": wrk.requests + len(answers),
        "of them with a body": len(posts.answers),
        "requests failed": wrk.lost + wrk.refused + wrk.bad + len(failures),
        "why": repr((failures + followers.faults + ["-"])[0]),
        "longest answer": wrk.longest,
        "longest restart, s": round(max(away), 2),
        "events": followers.events,
        "streams that came back": len(over),
        "events lost, twice or refused": len(followers.faults),
        "longest gap of a stream, s": round(max(gap for gap, _ in followers.gaps), 2),
        "more than it was told, s": round(max(over), 2),
    }
