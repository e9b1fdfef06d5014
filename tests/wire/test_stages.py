"""Stages in Lua over real sockets."""

import base64
import hashlib
import hmac
import shutil
import zlib

import pytest

from server import ROOT

APP = "stages"
SETTINGS = {"grace": "100ms"}  # one stage sleeps for a minute


@pytest.mark.parametrize("path, body", [
    ("/upper", b"HELLO WORLD"),
    ("/slow", b"[hello ][world]"),
    ("/order", b"nearest(outer(first(second(x))))"),
    ("/told", b"hello world|headers /told;chunk hello ;flush hello ;chunk world;finish world"),
    ("/replaced", b"(found)"),
    ("/asked", b"hello world"),
    ("/asked?loud=1", b"HELLO WORLD"),
    ("/matched?type=text/plain&status=200", b"BODY"),
    ("/matched?type=text/plain&status=201", b"body"),
    ("/matched?type=image/png&status=200", b"body"),
    ("/completions", b"".join(b"%02d," % n * 2 for n in range(1, 21)) + b"allall"),
])
def test_a_stage_makes_another_body(server, path, body):
    got = server.get(path).body
    if path == "/completions":  # where writes are joined depends on time
        assert sorted(got) == sorted(body) and got.endswith(b"allall")
    else:
        assert got == body


def test_a_stage_waits_before_the_head_and_changes_it(server):
    answer = server.get("/slow")
    assert (answer.status, answer.headers.get("X-Stage")) == (202, "slow")


def test_an_abort_is_told(server):
    with server.connect() as client:
        client.request("GET", "/aborted")
        with pytest.raises(EOFError):
            client.response("GET")
    server.wait_for_log('the stage was told why=aborted')


def test_a_client_that_leaves_ends_the_wait_of_a_stage(server):
    before = server.log().count("the stage was told")
    with server.connect() as client:
        client.request("GET", "/left")
        server.wait_for_log(" waits")
    server.wait_for_log("the stage was told", before + 1)


def test_a_stage_that_fails_before_the_head_is_a_500(server):
    answer = server.get("/fails")
    assert answer.status == 500 and answer.headers.get("X-Handler") is None
    assert answer.body.startswith(b"500 Internal Server Error\n")
    server.wait_for_log('the stage "fails" has failed')
    server.wait_for_log("a stage of a test")
    server.wait_for_log('the handler got err="stage failed"')


def test_a_stage_that_fails_later_aborts(server):
    with server.connect() as client:
        client.request("GET", "/fails-late")
        with pytest.raises(EOFError):
            client.response("GET")
    server.wait_for_log('the stage "fails late" has failed')


@pytest.mark.parametrize("path, name, why", [
    ("/bad-chunk", "bad chunk", "the stage 'bad chunk' has to return chunks"),
    ("/lies-about-length", "liar", "what the stage 'liar' returns was refused: length"),
])
def test_what_a_stage_does_wrong_is_logged_with_its_name(server, path, name, why):
    assert server.get(path).status == 500
    server.wait_for_log(f'the stage "{name}" has failed')
    server.wait_for_log(why)


def test_a_stage_that_holds_too_much_is_flushed(server):
    assert server.get("/holds").body == b""


@pytest.mark.parametrize("at", ["headers", "chunks"])
def test_a_stage_at_work_takes_part_in_the_answer_that_begins_again(server, at):
    answer = server.get("/again-" + at)
    assert (answer.headers.get("X-Answer"), answer.body) == ("second", b"second(found)")
    server.wait_for_log(f"the answer began again answer=first at={at} why=cancelled")


def test_a_stage_that_waits_for_ever_is_cut_off_and_named(serve):
    server = serve(APP, settings={"stage_timeout": "100ms", **SETTINGS})
    answer = server.get("/stuck")
    assert answer.status == 503 and answer.body.startswith(b"503 Service Unavailable\n")
    server.wait_for_log('the stage "stuck" waits for longer than stage_timeout')
    with server.connect() as client:
        client.request("GET", "/stuck-late")
        with pytest.raises(EOFError):
            client.response("GET")
    server.wait_for_log('the stage "stuck late" waits for longer than stage_timeout')
    server.wait_for_log("the stage was told")
    assert server.get("/upper").body == b"HELLO WORLD"


def test_lengths_are_those_of_what_comes_out(server):
    doubled = server.get("/declared")
    assert doubled.body == b"abcabcdefdef"
    assert doubled.headers.get("Content-Length") is None
    kept = server.get("/keeps-length")
    assert (kept.body, kept.headers.get("Content-Length")) == (b"cbafed", "6")
    whole = server.get("/replaced")
    assert whole.headers.get("Content-Length") == "7"
    assert server.get("/replaced", method="HEAD").headers.get("Content-Length") is None


@pytest.mark.parametrize("path", ["/file", "/file-read"])
def test_a_file_goes_through_read_or_unread(server, path):
    content = b"some text of a file, " * 100_000
    (server.folder / "large").write_bytes(content)
    before = server.rss()
    body = server.get(path).body
    assert body == b"<" + (content if path == "/file" else content.upper()) + b">"
    assert server.rss() - before < 16 << 20
    if path == "/file":
        server.wait_for_log(f"a file length={len(content)}")


def test_a_body_of_64_mib_takes_bounded_memory(server):
    before = server.rss()
    answer = server.get("/large")
    assert len(answer.body) == 64 << 20
    assert answer.trailers == [("X-Bytes", str(64 << 20))]
    assert server.rss() - before < 32 << 20


def test_what_a_stage_makes_is_compressed(server):
    answer = server.get("/compressed", [("Accept-Encoding", "gzip")])
    assert zlib.decompress(answer.body, 31) == b"tea " * 1000


def test_what_a_slow_stage_lets_go_is_compressed_to_the_end(server):
    answer = server.get("/slow-compressed", [("Accept-Encoding", "gzip")])
    assert zlib.decompress(answer.body, 31) == b"tea " * 50000


def test_a_limited_response_arrives_whole(server):
    body = server.get("/limited").body
    app = (server.folder / "app.lua").read_bytes()
    assert body == b"".join(b"%02d" % n * 500 for n in range(1, 21)) + app


def test_pipelined_requests_keep_their_order(server):
    with server.connect() as client:
        for path in ("/slow", "/upper", "/told"):
            client.request("GET", path)
        assert client.response("GET").body == b"[hello ][world]"
        assert client.response("GET").body == b"HELLO WORLD"
        assert client.response("GET").body.startswith(b"hello world|")


@pytest.mark.parametrize("def_, why", [
    ("{}", "it needs a name"),
    ("{ name = 'x', chunk = print }", "it has no option 'chunk'"),
    ("{ name = 'x', chunks = 3 }", "chunks: function expected, got 3"),
    ("{ name = 'x', match = { types = 'x' } }", "it has no option 'types'"),
    ("7", "table expected, got number"),
])
def test_what_is_no_stage_is_an_error(serve, def_, why):
    with pytest.raises(AssertionError, match="the server ended") as error:
        serve(f"""
            local app = require("sluice").new()
            app:stage({def_})
            return app
        """)
    assert why in str(error.value) and "app.lua:3" in str(error.value)


@pytest.mark.parametrize("call, why", [
    ("stage({})", "it needs a name"),
    ("compress({ level = 3 })", "it has no option 'level'"),
    ("ranges(1)", "boolean"),
    ("ranges():stage({ name = 'x', chunks = 1 })", "chunks: function expected"),
    ("group('/x')", None),
])
def test_what_a_route_cannot_be_told_is_an_error(serve, call, why):
    with pytest.raises(AssertionError, match="the server ended") as error:
        serve(f"""
            local app = require("sluice").new()
            app:get("/", print):{call}
            return app
        """)
    assert why is None or why in str(error.value)
    assert "app.lua:3" in str(error.value)


def test_a_route_has_stages_behind_those_of_its_group(serve):
    server = serve("""
        local app = require("sluice").new()
        local function named(name)
          return { name = name, chunks = function(chunk) return name .. "(" .. chunk .. ")" end }
        end
        local other = require("sluice").new()
        app:stage(named("app"))
        other:stage(named("mounted"))
        other:group("/group", function(group)
          group:stage(named("group"))
          group:get("/", function(_, res) res:write("x") end)
            :stage(named("first")):stage(named("second"))
          group:post("/", function(_, res) res:write("y") end)
        end)
        app:mount("/other", other)
        return app
    """)
    assert server.get("/other/group").body == b"app(mounted(group(first(second(x)))))"
    assert server.get("/other/group", method="POST").body == b"app(mounted(group(y)))"


def serve_examples(serve, tmp_path):
    example = tmp_path / "stages.lua"
    shutil.copy(ROOT / "lua" / "examples" / "stages.lua", example)
    (tmp_path / "part.html").write_text("<html><he")
    return serve(example)


def test_the_examples_of_stages(serve, tmp_path):
    server = serve_examples(serve, tmp_path)
    assert server.get("/page").body == (
        b"<html><head><script src='/x.js'></script><title>Tea</title>")
    assert server.get("/asked").body == b"evil ton no live\n"


@pytest.mark.parametrize("wants, name", [
    (None, "sha-256"), ("sha-256=1", "sha-256"), ("sha-256=3, sha-512=9", "sha-512"),
    ("unixsum=10, sha-512=1", "sha-512"), ("unixsum=10", None), ("sha-256=0", None),
])
@pytest.mark.parametrize("coding", ["identity", "gzip"])
def test_a_digest_follows_the_body_that_it_is_of(serve, tmp_path, coding, wants, name):
    server = serve_examples(serve, tmp_path)
    fields = [("Accept-Encoding", coding)]
    fields += [("Want-Repr-Digest", wants)] if wants else []
    answer = server.get("/data", fields)
    assert answer.headers.get("Content-Encoding") == (None if coding == "identity" else coding)
    if name is None:
        assert answer.trailers == []
    else:
        digest = hashlib.new(name.replace("-", ""), answer.body).digest()
        text = base64.b64encode(digest).decode()
        assert answer.trailers == [("Repr-Digest", f"{name}=:{text}:")]


@pytest.mark.parametrize("kind, update, expected", [
    ("sha256", ["", "abc"], hashlib.sha256(b"abc")),
    ("sha512", ["ab", "c" * 1000], hashlib.sha512(b"ab" + b"c" * 1000)),
    ("hmac_sha256", ["what ", "is signed"],
     hmac.new(b"a key", b"what is signed", hashlib.sha256)),
])
def test_digests_are_those_of_other_libraries(serve, kind, update, expected):
    key = '"a key"' if kind.startswith("hmac") else ""
    server = serve(f"""
        local sluice = require("sluice")
        local app = sluice.new()
        app:get("/", function(_, res)
          local hash = sluice.hash.{kind}({key})
          hash:update("{update[0]}"):digest()
          hash:update("{update[1]}")
          assert(sluice.hash.equal(hash:digest(), hash:digest()))
          assert(not sluice.hash.equal("abc", "abd") and not sluice.hash.equal("a", "ab"))
          res:write(hash:hex())
        end)
        return app
    """)
    assert server.get("/").body.decode() == expected.hexdigest()
