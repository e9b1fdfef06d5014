"""Compression over real sockets, decoded by the codings' own libraries."""

import json
import zlib
from urllib.parse import quote

import pytest

brotli = pytest.importorskip("brotli")
zstandard = pytest.importorskip("zstandard")

APP = "compress"
WORDS = b"the quick brown fox " * 200
CODINGS = ["gzip", "br", "zstd"]


class Decoder:
    """Decodes what has come so far."""

    def __init__(self, coding):
        if coding == "gzip":
            self.decode = zlib.decompressobj(31).decompress
        elif coding == "br":
            self.decode = brotli.Decompressor().process
        else:
            self.decode = zstandard.ZstdDecompressor().decompressobj().decompress


def get(server, path, coding="gzip", method="GET", headers=()):
    return server.get(path, [("Accept-Encoding", coding), *headers], method)


def is_plain(answer):
    return answer.headers.get("Content-Encoding") is None and answer.body == WORDS


@pytest.mark.parametrize("path", ["/text", "/declared"])
@pytest.mark.parametrize("coding", CODINGS)
def test_a_text_is_compressed_and_says_so(server, coding, path):
    answer = get(server, path, coding)
    assert answer.headers.get("Content-Encoding") == coding
    assert answer.headers.get("Vary") == "Accept-Encoding"
    assert len(answer.body) < 200
    assert Decoder(coding).decode(answer.body) == WORDS


def test_a_tag_becomes_a_weak_one(server):
    assert get(server, "/text").headers.get("ETag") == 'W/"v1"'
    assert get(server, "/text", "identity").headers.get("ETag") == '"v1"'
    answer = get(server, "/not-modified")
    assert (answer.status, answer.headers.get("ETag")) == (304, 'W/"v1"')
    assert answer.headers.get("Vary") == "Accept-Encoding"
    assert answer.headers.get("Content-Encoding") is None


@pytest.mark.parametrize("accepts, chosen", [
    ("gzip, br, zstd", "zstd"),
    ("gzip, br;q=0.9, zstd;q=0.9", "gzip"),
    ("gzip;q=0.5, br;q=0.501", "br"),
    ("GZIP", "gzip"),
    ("x-gzip", "gzip"),
    ("*", "zstd"),
    ("*;q=0.1, zstd;q=0", "br"),
    ("gzip;q=0", None),
    ("gzip;q=0.000, *", "zstd"),
    ("deflate", None),
    ("", None),
    ("gzip;q=2", None),
    ("gzip;q=0.5, identity;q=0.8", None),
    ("gzip;q=0.8, identity;q=0.5", "gzip"),
    (" , gzip ;q=1.0 , ", "gzip"),
])
def test_the_client_chooses_by_weights(server, accepts, chosen):
    answer = get(server, "/text", accepts)
    assert answer.headers.get("Content-Encoding") == chosen
    assert answer.headers.get("Vary") == "Accept-Encoding"


def test_fields_of_the_same_name_are_one_list(server):
    answer = get(server, "/text", "gzip;q=0", headers=[("Accept-Encoding", "br")])
    assert answer.headers.get("Content-Encoding") == "br"


def test_without_a_wish_nothing_is_compressed(server):
    answer = server.get("/text")
    assert is_plain(answer) and answer.headers.get("Vary") == "Accept-Encoding"


@pytest.mark.parametrize("path", ["/picture", "/asis", "/off", "/never", "/small/text"])
def test_what_is_not_to_be_compressed_is_not(server, path):
    answer = get(server, path)
    assert is_plain(answer) and answer.headers.get("Vary") is None


def test_what_is_short_or_encoded_or_empty_stays(server):
    assert get(server, "/short").body == b"short"
    encoded = get(server, "/encoded")
    assert encoded.headers.get("Content-Encoding") == "gzip" and encoded.body == WORDS
    assert get(server, "/none").headers.get("Content-Encoding") is None


@pytest.mark.parametrize("kind, listed", [
    ("text/html; charset=utf-8", True), ("TEXT/CSS", True), ("application/json", True),
    ("application/problem+json", True), ("image/svg+xml", True), ("application/zip", False),
    ("textual/x", False), ("application/jsonx", False), ("x", False),
])
def test_the_media_type_decides(server, kind, listed):
    answer = get(server, f"/kind?of={quote(kind)}")
    assert (answer.headers.get("Content-Encoding") == "gzip") == listed


def test_a_field_that_names_it_already_is_left_alone(server):
    assert get(server, "/varied").headers.get_all("Vary") == ["Cookie, accept-encoding"]


def test_a_group_has_options_of_its_own(server):
    answer = get(server, "/small/picture", "br, gzip;q=0.1")
    assert answer.headers.get("Content-Encoding") == "gzip"
    assert zlib.decompress(answer.body, 31) == WORDS


@pytest.mark.parametrize("coding", CODINGS)
def test_head_says_what_get_would(server, coding):
    answer = get(server, "/text", coding, "HEAD")
    assert answer.headers.get("Content-Encoding") == coding
    assert answer.headers.get("ETag") == 'W/"v1"'
    assert answer.headers.get("Content-Length") is None
    assert answer.body == b""


@pytest.mark.parametrize("coding", CODINGS)
def test_each_flush_can_be_decoded_at_once(server, coding):
    decoder = Decoder(coding)
    with server.connect() as client:
        client.request("GET", "/steps", [("Accept-Encoding", coding)])
        client.head()
        for step in range(1, 4):
            wanted, got = f"step {step}\n".encode(), b""
            while got != wanted:
                got += decoder.decode(client.read_chunk())
            if step < 3:
                server.get("/next")


@pytest.mark.parametrize("coding", CODINGS)
def test_each_event_can_be_decoded_at_once(server, coding):
    decoder = Decoder(coding)
    with server.connect() as client:
        client.request("GET", "/events", [("Accept-Encoding", coding)])
        client.head()
        for n in range(1, 4):
            got = b""
            while not got.endswith(b"\n\n"):
                got += decoder.decode(client.read_chunk())
            assert got == f"data: {n}\n\n".encode()
            server.get("/next")


def test_a_declared_length_still_counts_for_the_handler(server):
    answer = get(server, "/too-long")
    assert zlib.decompress(answer.body, 31) == b"x" * 200
    server.wait_for_log("err=length")


def test_an_abort_is_no_end(server):
    with server.connect() as client:
        client.request("GET", "/broken", [("Accept-Encoding", "gzip")])
        with pytest.raises(EOFError):
            client.response("GET")


def test_an_answer_that_is_replaced_is_compressed_anew_or_not(server):
    answer = get(server, "/failed")
    assert answer.status == 500
    assert answer.headers.get("Content-Encoding") is None  # too short
    assert answer.body.startswith(b"500 ")


@pytest.mark.parametrize("coding", CODINGS)
def test_a_file_is_streamed_through(server, coding):
    line = b"%08d a line of a large file\n"
    count = 1_000_000
    path = server.folder / "large.txt"
    if not path.exists():
        path.write_bytes(b"".join(line % n for n in range(count)))
    before = server.rss()
    answer = get(server, "/large", coding)
    assert answer.headers.get("Accept-Ranges") is None
    assert Decoder(coding).decode(answer.body) == path.read_bytes()
    assert server.rss() - before < 24 << 20


def test_a_range_of_a_file_stays_as_it_is(server):
    (server.folder / "large.txt").write_bytes(WORDS)
    answer = get(server, "/large", headers=[("Range", "bytes=4-8")])
    assert (answer.status, answer.body) == (206, b"quick")
    assert answer.headers.get("Content-Encoding") is None


def test_the_server_compresses_all_when_it_is_told_to(serve):
    server = serve("""
        local app = require("sluice").new()
        app:get("/", function(_, res) res:json({ text = ("x"):rep(5000) }) end)
        app:get("/off", function(_, res) res:compress(false) res:text(("x"):rep(5000)) end)
        return app
    """, settings={"compress": "true", "compress_codings": "gzip"})
    answer = get(server, "/", "br, gzip")
    assert json.loads(zlib.decompress(answer.body, 31)) == {"text": "x" * 5000}
    assert get(server, "/off").headers.get("Content-Encoding") is None


def test_above_the_limit_of_memory_nothing_more_is_compressed(serve):
    server = serve("compress", settings={"compress_memory": 1})
    first = get(server, "/text")
    assert first.headers.get("Content-Encoding") == "gzip"
    with server.connect() as one:
        one.request("GET", "/steps", [("Accept-Encoding", "gzip")])
        one.head()
        assert is_plain(get(server, "/text"))
        assert get(server, "/text").headers.get("Vary") == "Accept-Encoding"


@pytest.mark.parametrize("options, why", [
    ("{ codings = { 'deflate' } }", "codings: 'deflate' is none"),
    ("{ levels = { gzip = 10 } }", "levels: gzip from 1 to 9 expected"),
    ("{ level = 3 }", "it has no option 'level'"),
    ("3", "options or false expected"),
])
def test_options_that_are_none_are_an_error(serve, options, why):
    with pytest.raises(AssertionError, match="the server ended") as error:
        serve(f"""
            local app = require("sluice").new()
            app:compress({options})
            return app
        """)
    assert why in str(error.value) and "app.lua:3" in str(error.value)
