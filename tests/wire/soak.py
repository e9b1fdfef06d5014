"""A server under mixed load, whose clients leave at any moment: see scripts/soak.

    soak.py [MINUTES] [--valgrind] [--seed N]

Most clients are rude: they send several requests at once, cut them off, read some
of what comes, and leave. Meanwhile a patient one asks for one thing after the
other and looks whether the answer is right; and the app is loaded anew.

Afterwards nothing is left: descriptors as before, no object of any kind, and
no memory that nobody can reach.
"""

import argparse
import collections
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

import server as servers
from soak_load import DATA, KINDS

LEFT = re.compile(r"left at the end: (.*)")
RELOADED = "reloaded: generation"
SUPPRESSIONS = Path(__file__).with_name("valgrind.supp")
CLIENTS = 40
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


# --- Rude clients -------------------------------------------------------------------


def request(dice):
    """Name and bytes of a request, of which the end may be missing."""
    name = dice.choice([name for name in KINDS if name != "memory"])
    if dice.randrange(300) == 0:
        name = "memory"
    text, _ = KINDS[name](dice)
    if dice.randrange(6) == 0:
        text = text[:dice.randrange(len(text) + 1)]
    return name, text


def send(dice, client, done):
    for _ in range(dice.choice([1, 1, 1, 3, 10])):
        name, text = request(dice)
        done.sent[name] += 1
        client.send(text)


def step(dice, client, done):
    """One step of a client; False when it has left."""
    kind = dice.randrange(12)
    if kind < 4:
        send(dice, client, done)
    elif kind < 9:
        client.socket.settimeout(dice.choice([0.0005, 0.005]))
        client.socket.recv(dice.choice([1, 1000, 1 << 20]))
    elif kind == 9:
        client.finish_sending()
    else:
        done.left += 1
        dice.choice([client.reset, client.socket.close])()
        return False
    return True


def play(dice, server, clients, done):
    if len(clients) < CLIENTS:
        clients.append(server.connect(receive_buffer=dice.choice([None, 4096, 100_000])))
    client = dice.choice(clients)
    client.socket.settimeout(0.01)
    try:
        stays = step(dice, client, done)
    except TimeoutError:
        stays = True
    except OSError:
        stays = False
    if not stays:
        client.socket.close()
        clients.remove(client)


# --- A patient client -----------------------------------------------------------------


def look(dice, server, name, done):
    """Asks for one thing. What is cut off is told so, and no fault: a handler may
    take too long, or meet a VM that is full. What is wrong raises."""
    text, read = KINDS[name](dice)
    with server.connect() as client:
        try:
            client.send(text)
            outcome = done.right if read(client) else done.refused
        except (EOFError, ConnectionError):
            outcome = done.cut
    outcome[name] += 1


def look_at_all(server, seed, done, stop):
    dice = random.Random(seed)
    while not stop.is_set() or not done.has_everything():
        for name in KINDS:
            try:
                look(dice, server, name, done)
            except Exception as error:  # pylint: disable=broad-except
                done.wrong.append(f"{name}: {error!r}"[:2000])
                return


class Done:
    """What was done, by kind of load."""

    def __init__(self):
        self.sent, self.left, self.reloads = collections.Counter(), 0, 0
        self.right, self.refused, self.cut = (collections.Counter() for _ in range(3))
        self.wrong = []

    def has_everything(self):
        return all(self.right[name] for name in KINDS)

    def __str__(self):
        lines = [f"{'':<12}{'rude':>9}{'right':>9}{'refused':>9}{'cut off':>9}"]
        for name in KINDS:
            counts = (self.sent, self.right, self.refused, self.cut)
            lines.append(f"{name:<12}" + "".join(f"{count[name]:>9}" for count in counts))
        return "\n".join([*lines, f"clients that left: {self.left}, reloads: {self.reloads}"])


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


def settle(server, before):
    """Waits until the server has no more open than before."""
    deadline = time.monotonic() + servers.PATIENCE_S
    while len(now := opened(server)) > len(before):
        assert time.monotonic() < deadline, f"open: {now}, before: {before}"
        server.get("/collect")
        time.sleep(0.05)
    # Tasks outlive their handlers, and heartbeats their streams, by less than
    # this. Who answers afterwards has run what was due.
    time.sleep(0.5)
    server.get("/collect")


def reload(server, done):
    done.reloads += 1
    server.signal(signal.SIGHUP)


def annoy(server, seconds, dice, done):
    """Rude clients, and reloads, for so long."""
    clients, start = [], time.monotonic()
    while (passed := time.monotonic() - start) < seconds:
        if passed > (done.reloads + 1) * RELOAD_S:
            reload(server, done)
        play(dice, server, clients, done)
    for client in clients:
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
    binary = under_valgrind(folder) if with_valgrind else servers.BINARY
    server = servers.Server("soak", folder, settings=SETTINGS, binary=binary)
    try:
        done = load(server, seconds, seed)
    except Exception:
        print(server.log()[-8000:], file=sys.stderr)
        raise
    finally:
        server.stop()
    assert not done.wrong, f"{done.wrong[0]}\n{server.log()[-4000:]}"
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
