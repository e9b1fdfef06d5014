"""A server under mixed load, whose clients leave at any moment: see scripts/soak.

    soak.py [MINUTES] [--valgrind] [--seed N]

Afterwards nothing is left: descriptors as before, no object of any kind, and
no memory that nobody can reach.
"""

import argparse
import collections
import os
import random
import re
import shutil
import stat
import sys
import tempfile
import time
from pathlib import Path

import server as servers

LEFT = re.compile(r"left at the end: (.*)")
SUPPRESSIONS = Path(__file__).with_name("valgrind.supp")
CLIENTS = 40
SETTINGS = {
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


# --- What clients send ------------------------------------------------------------


def get(path):
    return f"GET {path} HTTP/1.1\r\nHost: t\r\n\r\n".encode()


def post(path, body, kind="text/plain"):
    head = f"POST {path} HTTP/1.1\r\nHost: t\r\nContent-Type: {kind}\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


def chunked(dice, path, body):
    text = f"POST {path} HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
    while body:
        size = dice.randrange(1, 5000)
        text += b"%x\r\n%b\r\n" % (len(body[:size]), body[:size])
        body = body[size:]
    return text + b"0\r\n\r\n"


def form(dice):
    parts = b"".join(
        b'--b\r\nContent-Disposition: form-data; name="p%d"; filename="f"\r\n\r\n%b\r\n'
        % (n, os.urandom(dice.choice([0, 10, 20000])))
        for n in range(dice.randrange(5)))
    return post("/form", parts + b"--b--\r\n", "multipart/form-data; boundary=b")


def request(dice):
    """Name and bytes of a request."""
    body = os.urandom(dice.choice([0, 1, 1000, 70_000, 300_000]))
    kinds = {
        "chaos": lambda: get(f"/chaos/anything/{dice.choice([0, 1, 5, 20, 100])}"),
        "file": lambda: get(dice.choice(["/file", "/static/data.bin"])),
        "events": lambda: get("/events"),
        "spawns": lambda: get("/spawns"),
        "endless": lambda: get("/endless"),
        "hello": lambda: get("/hello"),
        "missing": lambda: get("/missing"),
        "mirror": lambda: post("/mirror", body),
        "chunked": lambda: chunked(dice, "/mirror", body),
        "spool": lambda: post("/spool", body),
        "form": lambda: form(dice),
        "broken": lambda: b"GET / HTTP/1.1\nHost: t\r\nContent-Length: -1\r\n\r\n",
    }
    name = dice.choice(list(kinds))
    if dice.randrange(300) == 0:
        name, text = "memory", get("/memory")
    else:
        text = kinds[name]()
    if dice.randrange(6) == 0:
        text = text[:dice.randrange(len(text) + 1)]
    return name, text


# --- What clients do ----------------------------------------------------------------


def send(dice, client, done):
    for _ in range(dice.choice([1, 1, 1, 3, 10])):
        name, text = request(dice)
        done[name] += 1
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
        done["left"] += 1
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


def load(server, seconds, seed):
    dice, clients, done = random.Random(seed), [], collections.Counter()
    for _ in range(3):
        server.get("/collect")
    before, end = opened(server), time.monotonic() + seconds
    while time.monotonic() < end:
        play(dice, server, clients, done)
    for client in clients:
        client.socket.close()
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
    (folder / "data.bin").write_bytes(os.urandom(200_000))
    binary = under_valgrind(folder) if with_valgrind else servers.BINARY
    server = servers.Server("soak", folder, settings={**SETTINGS, "workers": 0}, binary=binary)
    try:
        done = load(server, seconds, seed)
    finally:
        server.stop()
    return done, left(server)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("minutes", nargs="?", type=float, default=10)
    parser.add_argument("--valgrind", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        done, rest = soak(options.minutes * 60, options.seed, Path(folder), options.valgrind)
    print("done:", ", ".join(f"{name} {count}" for name, count in sorted(done.items())))
    print("left:", ", ".join(f"{name} {count}" for name, count in rest.items()))
    return 1 if any(rest.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
