"""The clients of soak.py: rude ones, and a patient one that looks at answers."""

import collections
import random

from soak_load import KINDS

CLIENTS = 40


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


# --- Rude ones ----------------------------------------------------------------------


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


# --- The patient one ------------------------------------------------------------------


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


def look_at_all(server, seed, done, stop, most_rounds=3):
    """Round after round, and some more at the end when something was never right."""
    dice, rounds = random.Random(seed), 0
    while not stop.is_set() or (not done.has_everything() and rounds < most_rounds):
        rounds += stop.is_set()
        for name in KINDS:
            try:
                look(dice, server, name, done)
            except Exception as error:  # pylint: disable=broad-except
                done.wrong.append(f"{name}: {error!r}"[:2000])
                return
