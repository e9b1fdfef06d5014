"""Clients and handlers that do anything at all, in an order that a seed
decides. Afterwards the server is as it was.

SLUICE_CHAOS=seed:rounds tries another one.
"""

import os
import random
import time

import pytest

from server import PATIENCE_S

APP = "chaos"
SETTINGS = {"copy_threshold": "100", "grace": "5s"}
SEED, ROUNDS = map(int, os.environ.get("SLUICE_CHAOS", "1:1500").split(":"))


@pytest.fixture(scope="module", autouse=True)
def data(server):
    (server.folder / "data.bin").write_bytes(os.urandom(200_000))


def request(dice):
    """A request, or most of one, or none at all."""
    path = f"/anything/{dice.choice([0, 1, 2, 5, 20, 100])}"
    version = dice.choice(["1.1", "1.1", "1.1", "1.0"])
    method = dice.choice(["GET", "GET", "POST", "HEAD", "PUT", "OPTIONS"])
    head = f"{method} {path} HTTP/{version}\r\nHost: t\r\n"
    size = dice.choice([0, 0, 1, 1000, 100_000])
    body = b"x" * size
    kind = dice.randrange(12)
    if kind == 0:
        head += "Expect: 100-continue\r\n"
    if kind == 1:
        head += dice.choice(["Connection: close\r\n", "Broken\r\n", "A: \0\r\n"])
    if kind in (2, 3):
        head += "Transfer-Encoding: chunked\r\n\r\n"
        return head.encode() + b"%x\r\n%b\r\n0\r\n\r\n" % (size + 1, body + b"x")
    head += f"Content-Length: {size}\r\n\r\n"
    text = head.encode() + body
    return text[:dice.randrange(len(text))] if kind == 4 else text


def act(dice, client):
    """One step of a client; False when it has left."""
    step = dice.randrange(10)
    if step < 4:
        client.send(b"".join(request(dice) for _ in range(dice.choice([1, 1, 4]))))
    elif step < 8:
        client.socket.settimeout(dice.choice([0.0005, 0.005]))
        client.socket.recv(dice.choice([1, 1000, 1 << 20]))
    elif step == 8:
        client.finish_sending()
    else:
        dice.choice([client.reset, client.socket.close])()
        return False
    return True


def run(dice, server, clients):
    if len(clients) < 30:
        clients.append(server.connect(
            receive_buffer=dice.choice([None, 4096, 100_000])))
    client = dice.choice(clients)
    client.socket.settimeout(0.01)
    try:
        gone = not act(dice, client)
    except TimeoutError:
        gone = False
    except OSError:
        gone = True
    if gone:
        client.socket.close()
        clients.remove(client)


def settled(server, before):
    """Waits until nothing of all that is left. A file that was opened and
    never sent is closed when its chunk is collected."""
    deadline = time.monotonic() + PATIENCE_S
    while server.descriptors() > before:
        assert time.monotonic() < deadline, server.descriptors()
        server.get("/collect")
        time.sleep(0.01)
    return True


def test_whatever_clients_and_handlers_do_the_server_survives(server):
    dice, clients = random.Random(SEED), []
    server.get(f"/seed/{SEED}")
    before = server.descriptors()
    for n in range(ROUNDS):
        run(dice, server, clients)
        if n % 100 == 0:
            assert server.get("/hello").body == b"Hello\n"
    for client in clients:
        client.socket.close()
    assert settled(server, before)
    assert server.get("/hello").body == b"Hello\n"
