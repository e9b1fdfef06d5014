"""Edits good and broken, reloads, kills, replacements, changes of the binary,
and clients that leave at any moment, all at once: who is not served was in the
hands of a killed worker, nothing is left, and the supervisor survives. See
scripts/trial."""

import collections
import json
import os
import random
import shutil
import signal
import threading
import time
from pathlib import Path

import server as servers
import soak
from load import Load
from soak_clients import Done, play
from soak_load import DATA
from trial_edits import ask

WORKERS = 2
APP = """
local sluice = require("sluice")
local app = require("soak")
local version = require("version")
local pid = require("luv").os_getpid()
app:get("/pid", function(_, res)
  res:write(("%d %s"):format(pid, version))
end)
return app
"""
BROKEN = ["return (", "error('no')", "require('nowhere')", "return nil + 1"]
if not os.environ.get("SLUICE_SANITIZE"):  # else it leaks what a script leaves behind
    BROKEN += ["os.exit(3)", "require('ffi').cast('int *', 8)[0] = 1"]
# No limit that a client meets because the machine is busy.
PATIENT = {"keepalive_timeout": "1m", "handler_timeout": "20s", "max_handlers": 0}
SETTINGS = {**soak.SETTINGS, **PATIENT, "workers": WORKERS, "worker_grace": "10s"}


class Turmoil:
    def __init__(self, server, control, dice):
        self.server, self.control, self.dice = server, control, dice
        self.killed, self.good = set(), {"v0"}
        self.done = collections.Counter()

    # --- What may happen ---------------------------------------------------------

    def write(self, text):
        path = self.server.folder / "version.lua"
        path.with_suffix(".new").write_text(text)
        path.with_suffix(".new").replace(path)

    def edit(self):
        version = f"v{self.done['edit'] + 1}"
        self.good.add(version)
        self.write(f'return "{version}"')

    def break_it(self):
        self.write(self.dice.choice(BROKEN))

    def hang_up(self):
        self.server.signal(signal.SIGHUP)

    def reload(self):
        """Waits for the outcome, unless the supervisor is another program then."""
        try:
            ask(self.control, b"reload wait")
        except (ConnectionError, FileNotFoundError):
            pass

    def worker(self):
        return self.dice.choice(self.server.workers() or [None])

    def kill(self):
        """Any of its processes, also a probe."""
        if pid := self.worker():
            self.killed.add(pid)
            signal_if_there(pid, signal.SIGKILL)

    def replace(self):
        if pid := self.worker():
            signal_if_there(pid, signal.SIGTERM)

    def upgrade(self):
        self.server.signal(signal.SIGUSR2)

    def reopen(self):
        self.server.signal(signal.SIGUSR1)

    KINDS = {edit: 4, break_it: 4, hang_up: 6, reload: 3, kill: 3, replace: 1, upgrade: 1,
             reopen: 1}

    def step(self):
        kind = self.dice.choices(list(self.KINDS), self.KINDS.values())[0]
        self.done[kind.__name__] += 1
        kind(self)
        time.sleep(self.dice.choice([0, 0.01, 0.1, 0.5]))

    # --- The end -----------------------------------------------------------------

    def settle(self):
        """A last good version is served by all, and nothing else goes on."""
        self.write('return "last"')
        self.good.add("last")
        until(lambda: self.told(b"reload wait") == b"reloaded\n", "no reload works any more")
        until(lambda: len(self.server.workers()) == WORKERS, "processes are left")
        until(self.is_idle, "something is live in an idle worker")

    def told(self, question):
        try:
            return ask(self.control, question)
        except (ConnectionError, FileNotFoundError):
            return b""

    def is_idle(self):
        status = json.loads(self.told(b"status json") or b"{}")
        return status and all(
            worker[kind] == 0 for worker in status["workers"]
            for kind in ("exchanges", "operations", "pieces", "tasks", "connections"))

    def strangers(self, failures):
        """Failures that no kill explains."""
        return [error for error in failures if error.before is not None
                and int(error.before.split()[0]) not in self.killed]


def signal_if_there(pid, number):
    try:
        os.kill(pid, number)
    except ProcessLookupError:  # It has just ended.
        pass


def until(what, why):
    deadline = time.monotonic() + 2 * servers.PATIENCE_S
    while not what():
        assert time.monotonic() < deadline, why
        time.sleep(0.1)


def annoy(server, over, seed, done):
    """The rude clients of soak.py."""
    dice, clients = random.Random(seed), []
    while not over.is_set():
        try:
            play(dice, server, clients, done)
        except OSError:  # The listener was full, or its worker is dead.
            pass
    for client in clients:
        client.socket.close()


def prepare(folder):
    for name in ("soak", "chaos"):
        shutil.copy(servers.APPS / f"{name}.lua", folder)
    (folder / "data.bin").write_bytes(DATA)
    (folder / "version.lua").write_text('return "v0"')


def kinds_open(server):
    """How many descriptors of each kind the supervisor has."""
    return collections.Counter(
        kind.split(":")[0].split(" ")[0] for kind in soak.opened(server))


def trial(folder, seconds, seed=1):
    folder, control, dice = Path(folder), Path(folder) / "control", random.Random(seed)
    prepare(folder)
    server = servers.Server(APP, folder, settings={**SETTINGS, "control": control})
    turmoil, over, asked = Turmoil(server, control, dice), threading.Event(), Done()
    player = threading.Thread(target=annoy, args=(server, over, seed, asked))
    try:
        turmoil.reload()
        before = kinds_open(server)
        end = time.monotonic() + seconds
        player.start()
        with Load(server, "/pid") as load:
            while time.monotonic() < end and server.process.poll() is None:
                turmoil.step()
            load.wait_for(20)
        over.set()
        player.join()
        turmoil.settle()
        assert {answer.split()[1].decode() for answer in load.answers} <= turmoil.good
        after = kinds_open(server)
    finally:
        over.set()
        server.stop()
        if keep := os.environ.get("SLUICE_TRIAL_LOG"):
            shutil.copy(server.log_path, keep)
    for error in turmoil.strangers(load.failures):
        print(f"{error.at}: {error!r} after {error.before}")
    return {
        **{name: turmoil.done[name] for name in sorted(turmoil.done)},
        "processes killed": len(turmoil.killed),
        "requests": len(load.answers) + sum(asked.sent.values()),
        "clients that left": asked.left,
        "reloaded": server.log().count("reloaded: all"),
        "reloads refused": server.log().count("the reload failed"),
        "requests failed": len(load.failures),
        "failed with a worker that lives": len(turmoil.strangers(load.failures)),
        "descriptors of the supervisor more": sum((after - before).values()),
    }
