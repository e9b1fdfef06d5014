"""A worker is killed each second while requests are answered: only those that it
had in hand fail. See scripts/trial."""

import json
import os
import random
import signal
import time
from pathlib import Path

import server as servers
from load import Load
from trial_edits import ask
from wrk import Wrk

WORKERS = 4
APP = """
local sluice = require("sluice")
local app = sluice.new()
local pid = tostring(require("luv").os_getpid())
app:get("/pid", function(_, res)
  res:write(pid)
end)
return app
"""


def serving(control):
    """The workers that serve, by pid, and how many connections each has."""
    status = json.loads(ask(control, b"status json"))
    return {worker["pid"]: worker["connections"] for worker in status["workers"]
            if worker["state"] == "serving"}


def kill_one(control, dice):
    """The pid of who is dead now, and how many connections it had."""
    while not (workers := serving(control)):
        time.sleep(0.01)
    victim = dice.choice(sorted(workers))
    os.kill(victim, signal.SIGKILL)
    return victim, workers[victim]


def trial(folder, seconds, seed=1):
    control, dice = Path(folder) / "control", random.Random(seed)
    server = servers.Server(APP, folder, settings={"workers": WORKERS, "control": control})
    killed, in_hand, least = set(), 0, WORKERS
    try:
        with Wrk(server, "/pid") as wrk, Load(server, "/pid") as load:
            end = time.monotonic() + seconds
            while time.monotonic() < end:
                time.sleep(1)
                least = min(least, len(serving(control)))
                victim, connections = kill_one(control, dice)
                killed.add(victim)
                in_hand += connections
            load.wait_for(50)
    finally:
        server.stop()
    strangers = [error for error in load.failures
                 if error.before is not None and int(error.before) not in killed]
    return {
        "kills": len(killed),
        "workers that served, at least": least,
        "requests": wrk.requests + len(load.answers),
        "connections of the killed": in_hand,
        "requests failed": wrk.lost + len(load.failures),
        "failed with a worker that lives": len(strangers),
        "refused, late or not 200": wrk.refused + wrk.bad,
        "longest answer": wrk.longest,
    }
