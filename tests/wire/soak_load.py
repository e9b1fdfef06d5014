"""What clients of soak.py ask for, and how each knows a right answer.

KINDS has for each kind of load a function that makes a request of it: its bytes,
and a function that takes the client which has sent them, reads the answer, and
gives it when it is what was asked for. One that is refused for good reasons is
None; any other raises.
"""

import os

ENDLESS = b"endless " * 500
DATA = os.urandom(200_000)  # of data.bin
SIZES = [0, 1, 1000, 70_000, 300_000]


def get(path):
    return f"GET {path} HTTP/1.1\r\nHost: t\r\n\r\n".encode()


def post(path, body, kind="text/plain"):
    head = f"POST {path} HTTP/1.1\r\nHost: t\r\nContent-Type: {kind}\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


# --- Answers ----------------------------------------------------------------------


def answered(test, status=200):
    """Reads an answer, which has this status and passes this test. The server may
    have too much to do: 503."""
    def read(client):
        answer = client.response()
        if answer.status == 503:
            return None
        assert answer.status == status, answer
        assert test(answer), answer
        return answer
    return read


def has(body):
    return answered(lambda answer: answer.body == body)


def take_some(client):
    """Of an answer that has no end."""
    answer = client.head()
    if answer.status == 503:
        return None
    taken = b""
    while len(taken) < 500_000:
        taken += client.read_chunk()
    assert taken == (ENDLESS * (len(taken) // len(ENDLESS) + 1))[:len(taken)], "other bytes"
    return answer


# --- Requests ---------------------------------------------------------------------


def chaos(dice):
    # An error on purpose is 500 when nothing has left yet.
    def read(client):
        answer = client.response()
        return answer if answer.status == 200 else None
    return get(f"/chaos/anything/{dice.choice([0, 1, 5, 20, 100])}"), read


def file(dice):
    return get(dice.choice(["/file", "/static/data.bin"])), has(DATA)


def events(_):
    return get("/events"), answered(
        lambda answer: b"data: x" in answer.body
        and answer.headers.get("content-type") == "text/event-stream")


def spawns(_):
    return get("/spawns"), answered(lambda answer: True)


def body_of(dice):
    return os.urandom(dice.choice(SIZES))


def mirror(dice):
    body = body_of(dice)
    return post("/mirror", body), has(body)


def operations(dice):
    body = body_of(dice)
    return post("/operations", body), has(str(len(body)).encode())


def spool(dice):
    body = body_of(dice)
    return post("/spool", body), has(body)


def chunked(dice):
    body = rest = body_of(dice)
    text = b"POST /mirror HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n"
    while rest:
        size = dice.randrange(1, 5000)
        text += b"%x\r\n%b\r\n" % (len(rest[:size]), rest[:size])
        rest = rest[size:]
    return text + b"0\r\n\r\n", has(body)


def form(dice):
    sizes = [dice.choice([0, 10, 20_000]) for _ in range(dice.randrange(5))]
    parts = b"".join(
        b'--b\r\nContent-Disposition: form-data; name="p%d"; filename="f"\r\n\r\n%b\r\n'
        % (n, os.urandom(size)) for n, size in enumerate(sizes))
    whole = {f"p{n} {size}" for n, size in enumerate(sizes)}
    return (post("/form", parts + b"--b--\r\n", "multipart/form-data; boundary=b"),
            answered(lambda answer: set(answer.body.decode().split("\n")) <= whole | {""}))


def luv(_):
    return get("/luv"), has(b"directory 200000")


def memory(_):
    # The error of the one that took it all; others meet a full VM.
    return get("/memory"), answered(lambda answer: True, 500)


def broken(_):
    return b"GET / HTTP/1.1\nHost: t\r\nContent-Length: -1\r\n\r\n", answered(
        lambda answer: answer.headers.get("connection") == "close", 400)


KINDS = {
    "broken": broken,
    "chaos": chaos,
    "chunked": chunked,
    "endless": lambda _: (get("/endless"), take_some),
    "events": events,
    "file": file,
    "form": form,
    "hello": lambda _: (get("/hello"), has(b"Hello\n")),
    "luv": luv,
    "memory": memory,
    "mirror": mirror,
    "missing": lambda _: (get("/missing"), answered(lambda answer: True, 404)),
    "operations": operations,
    "spawns": spawns,
    "spool": spool,
}
