"""Scripts may be wrong, late, or clever: they get a clear answer, and nobody
else notices."""

import pytest

APP = "scripts"


def notes(server):
    return server.get("/notes").body.decode().splitlines()


# --- Handles that are too old ---------------------------------------------------


def test_a_response_that_is_over_gives_errors_and_harms_nobody(server, client):
    assert client.get("/keep").body == b"kept"
    answer = client.get("/misuse")
    assert (answer.status, answer.body) == (200, b"mine")
    assert "x-stolen" not in answer.headers
    lines = notes(server)
    assert len(lines) == 17
    for line in lines[:15]:
        assert line.endswith(" nil the exchange is over"), line
    assert client.get("/hello").body == b"Hello\n"


def test_a_spawned_coroutine_that_is_late_gets_an_error(server, client):
    assert client.get("/spawned").body == b"done"
    while not (lines := notes(server)):
        pass
    assert lines == ["spawned nil the exchange is over"]


# --- Coroutines -----------------------------------------------------------------


def test_generators_may_wait(client):
    assert client.get("/generator").body == b"line 1\nline 2\nline 3\n"


def test_protected_calls_may_wait(client):
    assert client.get("/protected").body == b"in pcall,false,caught"


def test_a_wait_that_is_impossible_says_so(server, client):
    assert client.get("/impossible").body == b"still here"
    assert notes(server)[0].startswith("false ")


def test_a_yield_of_the_handler_itself_is_an_error(server, client):
    assert client.get("/yield").status == 500
    server.wait_for_log("coroutine.yield was called outside")
    assert client.get("/hello").body == b"Hello\n"


def test_several_writers_of_a_response_keep_their_writes_whole(client):
    body = client.get("/writers").body.decode()
    lines = body.splitlines()
    assert len(lines) == 3 * 100 * 2000
    last = {}
    for start in range(0, len(lines), 2000):
        piece = set(lines[start:start + 2000])
        assert len(piece) == 1, "two writes are mixed"
        writer, n = piece.pop().split(":")
        assert int(n) == last.get(writer, 0) + 1, "out of order"
        last[writer] = int(n)


# --- Arguments ------------------------------------------------------------------


@pytest.mark.parametrize("call, word", [
    ("chunk", "chunk expected, got function"),
    ("nested-chunk", "chunk expected, got boolean"),
    ("circle", "nested too deep"),
    ("status", "a status is 200 to 599"),
    ("write", "got nil"),
    ("assignment", "setting res.statusCode does nothing; did you mean res:status"),
])
def test_a_wrong_argument_is_an_error_of_the_caller(server, client, call, word):
    assert client.get(f"/wrong/{call}").body == b"fine"
    line = notes(server)[0]
    assert line.startswith("false ") and "app.lua:" in line, line
    assert word in line


# --- Files ----------------------------------------------------------------------


@pytest.mark.parametrize("what, word", [
    ("absent", "No such file"), ("folder", "not a regular file"),
    ("beyond", "not in the file"), ("too-long", "not in the file")])
def test_a_file_that_cannot_be_sent_says_why(server, client, what, word):
    assert client.get(f"/file/{what}").body == b"fine"
    line = notes(server)[0]
    assert line.startswith("nil ") and word in line


def test_each_file_is_sent_once(server, client):
    assert client.get("/twice").body == b"--"
    first, second = notes(server)
    assert first == "2"
    assert second.startswith("false ") and "sent already" in second


def test_a_file_that_shrinks_is_never_seen_as_complete(server, client):
    (server.folder / "shrinking.bin").write_bytes(b"x" * 300_000)
    client.request("GET", "/shrinking")
    try:
        received = client.read_to_end()
    except ConnectionResetError:
        received = b""
    assert len(received) < 300_000
    assert b"content-length: 0" not in received.lower()
    assert server.get("/hello").body == b"Hello\n"


# --- The rest of the response -----------------------------------------------------


def test_fragments_are_put_replaced_removed_and_expire(server, client):
    assert client.get("/fragments").body == b"firsteco"
    assert notes(server) == [
        "true first", "true second", "true nil nil not found", "true x", "nil"]


def test_chunks_can_be_inserted_in_front_until_the_body_leaves(server, client):
    assert client.get("/insert").body == b"first,second,third"
    assert notes(server) == ["nil committed"]
