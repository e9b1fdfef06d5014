"""Files that change while they are being sent: what is cut off looks so."""

import os
import time
from pathlib import Path

import pytest

from server import PATIENCE_S

SIZE = 64 << 20  # more than the kernel takes for a client that does not read
FILE = "data.bin"
PIECE = os.urandom(1 << 16)
APP = """
local sluice = require("sluice")
local app = sluice.new()
app:get("/declared", function(_, res)
  res:write(sluice.file("data.bin"))
end)
app:get("/chunked", function(_, res)
  res:flush()
  res:WriteEntityChunks({ sluice.file("data.bin"), "the end" })
end)
app:get("/hello", function(_, res)
  res:write("Hello\\n")
end)
return app
"""


@pytest.fixture
def file(server):
    path = server.folder / FILE
    with open(path, "wb") as file:
        for _ in range(SIZE // len(PIECE)):
            file.write(PIECE)
    yield path
    path.unlink(missing_ok=True)


def begin(server, path):
    """A client that has the head, and a bit of the rest."""
    client = server.connect(receive_buffer=65536)
    client.request("GET", path)
    client.head()
    begun = client.read_exactly(1000)  # The file is open now.
    client.buffer = begun + client.buffer
    return client


def read_body(client, path):
    if path == "/declared":
        return client.read_exactly(SIZE)
    data = []
    while piece := client.read_chunk():
        data.append(piece)
    return b"".join(data)


def has_open(server):
    for entry in Path(f"/proc/{server.pid}/fd").iterdir():
        try:
            if FILE in os.readlink(entry):
                return True
        except FileNotFoundError:  # It was closed just now.
            pass
    return False


def wait_until_closed(server):
    deadline = time.monotonic() + PATIENCE_S
    while has_open(server):
        assert time.monotonic() < deadline, "the file is open"
        time.sleep(0.01)


def is_whole(body, path):
    end = b"" if path == "/declared" else b"the end"
    return body == PIECE * (SIZE // len(PIECE)) + end


PATHS = pytest.mark.parametrize("path", ["/declared", "/chunked"])


@PATHS
def test_a_file_that_vanishes_arrives_whole(server, file, path):
    with begin(server, path) as client:
        file.unlink()
        assert has_open(server)
        assert is_whole(read_body(client, path), path)
    wait_until_closed(server)


@PATHS
def test_a_file_that_is_replaced_arrives_as_it_was(server, file, path):
    with begin(server, path) as client:
        other = file.with_suffix(".new")
        other.write_bytes(b"another one")
        other.rename(file)
        assert is_whole(read_body(client, path), path)


@PATHS
def test_a_file_that_shrinks_is_cut_off(server, file, path):
    with begin(server, path) as client:
        os.truncate(file, 1000)
        with pytest.raises((EOFError, ConnectionResetError)):
            read_body(client, path)
    assert server.get("/hello").body == b"Hello\n"
    wait_until_closed(server)


@PATHS
def test_a_file_that_grows_is_sent_as_it_was(server, file, path):
    with begin(server, path) as client:
        with open(file, "ab") as more:
            more.write(b"more")
        assert is_whole(read_body(client, path), path)
