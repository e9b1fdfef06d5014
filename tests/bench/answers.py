"""What every server has to answer: the same bytes for the same work. It is looked
at before anything is measured."""

import gzip
import http.client
import json
import random
from collections.abc import Callable, Iterator

from server import Failed, Server
from workloads import KIB, MIB, Workload

PATIENCE_S = 60
BLOCK = 64 * KIB

# Words in an order that a compressor cannot guess, and finds often.
WORDS = (
    "a and answer are as at be body but by can client comes for from handler has head in is it "
    "its kernel length more no not of on one or part request response server so socket stage "
    "that the there to until waits what when which who with write"
).split()
TEXT = " ".join(random.Random(1).choices(WORDS, k=64 * KIB)).encode()[: 64 * KIB]
PATTERN = bytes(range(256)) * 256  # of the files and the echo: 64 KiB
TABLE = {
    "id": 7,
    "name": "Sluice",
    "tags": ["fast", "small", "lua"],
    "ratio": 0.5,
    "stable": True,
}
ROUTE_HEADERS = {
    "Content-Type": "text/plain",
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
    "X-User": "42",
}

# The bodies by path: a piece, and how often it comes.
BODIES: dict[str, tuple[bytes, int]] = {
    "/": (b"Hello, world!", 1),
    "/flushed": (b"x" * KIB, 100),
    "/collected": (b"x" * KIB, 100),
    "/chunks": (b"x" * KIB, 100),
    **{f"/{path}/{n}": (b"x" * KIB, n) for path in ("chunks", "flushed") for n in (10, 100, 1000)},
    "/file/1m": (PATTERN, MIB // len(PATTERN)),
    "/file/64m": (PATTERN, 64 * MIB // len(PATTERN)),
    "/echo": (PATTERN, 1),
    "/big": (b"x" * BLOCK, 4096),
    "/lines": (b"a line of 20 bytes.\n", 1_000_000),
    "/users/42/posts/hello": (b"user 42, post hello\n", 1),
}
EVENT = b"data: " + b"x" * 92 + b"\n\n"


def check(server: Server, workload: Workload) -> None:
    """Raises Failed when the server answers something else."""
    path = workload.paths.get(server.peer.name, workload.path)
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE_S)
    try:
        if workload.path == "/echo":
            connection.request("POST", path, body=PATTERN)
        elif workload.request == "gzip":
            connection.request("GET", path, headers={"Accept-Encoding": "gzip"})
        else:
            connection.request("GET", path)
        response = connection.getresponse()
        right = response.status == 200 and body_check(workload.path)(response)
    except (OSError, http.client.HTTPException) as error:
        raise Failed(f"GET {path}: {error!r}") from error
    finally:
        connection.close()
    if not right:
        raise Failed(f"GET {path}: {response.status}, and another answer than expected")


def body_check(path: str) -> Callable[[http.client.HTTPResponse], bool]:
    special = {
        "/events": is_stream,
        "/json": is_table,
        "/users/42/posts/hello": is_route,
        "/text": is_text,
        "/text/flushed": is_text,
    }
    return special.get(path, lambda response: is_body(response, path))


def is_body(response: http.client.HTTPResponse, path: str) -> bool:
    piece, count = BODIES[path]
    return all(got == wanted for got, wanted in blocks(response, piece, count))


def blocks(
    response: http.client.HTTPResponse, piece: bytes, count: int
) -> Iterator[tuple[bytes, bytes]]:
    """The body, a number of pieces at a time, beside what it should be."""
    together = max(BLOCK // len(piece), 1)
    for done in range(0, count, together):
        wanted = piece * min(together, count - done)
        yield response.read(len(wanted)), wanted
    yield response.read(1), b""


def is_stream(response: http.client.HTTPResponse) -> bool:
    """The first event; the others come a second apart."""
    return response.read(len(EVENT)) == EVENT


def is_table(response: http.client.HTTPResponse) -> bool:
    """The order of keys is free."""
    body = response.read()
    length = len(json.dumps(TABLE, separators=(",", ":")))
    return len(body) == length and json.loads(body) == TABLE


def is_text(response: http.client.HTTPResponse) -> bool:
    coded = response.read()
    return response.getheader("Content-Encoding") == "gzip" and gzip.decompress(coded) == TEXT


def is_route(response: http.client.HTTPResponse) -> bool:
    right = all(response.getheader(name) == value for name, value in ROUTE_HEADERS.items())
    return right and is_body(response, "/users/42/posts/hello")
