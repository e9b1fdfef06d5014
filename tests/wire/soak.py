"""A server under mixed load, whose clients leave at any moment: see scripts/soak.

    soak.py [MINUTES] [--valgrind] [--seed N]

Most clients are rude: they send several requests at once, cut them off, read some
of what comes, and leave. Meanwhile a patient one asks for one thing after the
other and looks whether the answer is right; and the app is loaded anew.

Afterwards nothing is left: descriptors as before, no object of any kind, and
no memory that nobody can reach.
"""

import argparse
import json
import os
import random
import re
import shutil
import signal
import stat
import sys
import tempfile
import threading
import time
from pathlib import Path

import client as clients
import server as servers
from soak_clients import Done, look_at_all, play
from soak_load import DATA

LEFT = re.compile(r"left at the end: (.*)")
RELOADED = "reloaded: generation"
SLOW_S = 600  # for an answer under valgrind, on a busy machine
SUPPRESSIONS = Path(__file__).with_name("valgrind.supp")
RELOAD_S = 3
SETTINGS = {
    "workers": 0,
    "log_level": "debug",
    "copy_threshold": 100,
    "keepalive_timeout": "2s",
    "header_timeout": "2s",
    "body_timeout": "2s",
    "write_timeout": "2s",
    "handler_timeout": "5s",
    "grace": "20s",
    "max_handlers": 30,
    "max_waiting": 20,
    "lua_memory": "32m",
    "spool_size": "4k",
}


# --- A run --------------------------------------------------------------------------


def opened(server):
    """The sockets and files of the server; a loop of libuv is made once, by
    whoever needs it first, and stays."""
    folder, kinds = Path(f"/proc/{server.pid}/fd"), []
    for entry in folder.iterdir():
        try:
            kind = os.readlink(entry)
        except OSError:  # It was closed just now.
            continue
        if not kind.startswith(("anon_inode:", "pipe:")):
            kinds.append(kind)
    return sorted(kinds)


def live(server):
    """What is live in the server, as its status says."""
    said = servers.command("status", "--json", "--control", server.folder / "control").stdout
    (worker,) = json.loads(said)["workers"]
    return {kind: worker[kind] for kind in ("exchanges", "operations", "pieces", "tasks")}


def wait_for(server, check, what):
    deadline = time.monotonic() + servers.PATIENCE_S
    while not check():
        assert time.monotonic() < deadline, f"{what} {opened(server)} {live(server)}"
        server.get("/collect")
        time.sleep(0.05)


def settle(server, before):
    """Waits until the server has no more open than before, and until what outlives
    its handler a bit has ended, tasks and heartbeats."""
    wait_for(server, lambda: len(opened(server)) <= len(before), f"open before: {before}, now:")
    wait_for(server, lambda: not any(live(server).values()), "live:")


def reload(server, done):
    done.reloads += 1
    server.signal(signal.SIGHUP)


def annoy(server, seconds, dice, done):
    """Rude clients, and reloads, for so long."""
    crowd, start = [], time.monotonic()
    while (passed := time.monotonic() - start) < seconds:
        if passed > (done.reloads + 1) * RELOAD_S:
            reload(server, done)
        play(dice, server, crowd, done)
    for client in crowd:
        client.socket.close()


def load(server, seconds, seed):
    done, stop = Done(), threading.Event()
    for _ in range(3):
        server.get("/collect")
    before = opened(server)
    patient = threading.Thread(target=look_at_all, args=(server, seed, done, stop))
    patient.start()
    try:
        annoy(server, seconds, random.Random(seed), done)
    finally:
        stop.set()
        patient.join()
    settle(server, before)
    return done


def left(server):
    """What the server says is left, by kind."""
    kinds = LEFT.search(server.log()).group(1).split(", ")
    return {name: int(count) for name, count in (kind.split() for kind in kinds)}


def under_valgrind(folder):
    """A program that runs the server so; what it says is in the server's log."""
    program = folder / "sluice"
    program.write_text(
        "#!/bin/sh\nexec valgrind -q --error-exitcode=99 --leak-check=full"
        " --errors-for-leak-kinds=definite --smc-check=all-non-file"
        f" --suppressions={SUPPRESSIONS} {servers.BINARY} \"$@\"\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return program


def soak(seconds, seed, folder, with_valgrind=False):
    """Loads a server; what was done, and what is left."""
    shutil.copy(servers.APPS / "chaos.lua", folder)
    (folder / "data.bin").write_bytes(DATA)
    binary = servers.BINARY
    if with_valgrind:
        binary = under_valgrind(folder)
        clients.PATIENCE_S = servers.PATIENCE_S = SLOW_S
    settings = {**SETTINGS, "control": folder / "control"}
    server = servers.Server("soak", folder, settings=settings, binary=binary)
    try:
        done = load(server, seconds, seed)
    except Exception:
        print(server.log()[-8000:], file=sys.stderr)
        raise
    finally:
        server.stop()
    assert not done.wrong, f"{done.wrong[0]}\n{server.log()[-4000:]}"
    assert done.has_everything(), f"some kind was never answered:\n{done}"
    assert server.log().count(RELOADED) > 0 or not done.reloads, "no reload has worked"
    return done, left(server)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("minutes", nargs="?", type=float, default=10)
    parser.add_argument("--valgrind", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        done, rest = soak(options.minutes * 60, options.seed, Path(folder), options.valgrind)
    print(done)
    print("left:", ", ".join(f"{name} {count}" for name, count in rest.items()))
    return 1 if any(rest.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
