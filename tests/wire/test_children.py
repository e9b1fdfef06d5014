"""Requests that requests make, over real sockets."""

import json
import re

import pytest

APP = "children"
SETTINGS = {"grace": "100ms"}
MARK = 128 * 1024
LARGE = b"".join(b"%08d" % n * 1024 for n in range(1, 513))


def test_children_run_at_once_and_are_put_where_they_are_included(server):
    assert server.get("/page").body == b"a<slow>b<quick>c 6"


def test_a_child_is_asked_as_a_client_asks(server):
    headers = [("Cookie", "a=b"), ("Range", "bytes=0-3"), ("Accept-Encoding", "gzip")]
    answer = server.get("/ask", headers)
    asked = json.loads(answer.body)
    assert (answer.status, answer.headers.get("X-Echo")) == (201, "a=1&b=2&b=3%20%26%204")
    assert re.fullmatch("[0-9a-f]{16}", asked.pop("id"))
    assert asked.pop("peer").startswith("127.0.0.1:")
    assert asked == {
        "method": "POST", "target": "/echo?a=1&b=2&b=3%20%26%204", "cookie": "a=b",
        "x": "1", "host": "test.example", "depth": 1, "body": "the body"}
    asked = json.loads(server.get("/without", headers).body)
    assert asked["method"] == "PUT" and "cookie" not in asked and asked["body"] == ""


@pytest.mark.parametrize("path, body", [
    ("/head", b"0nil200true"),
    ("/statuses", b"/nowhere=nil,status 404 /empty=0,nil /fails=nil,status 500 "
                  b"/aborts=nil,aborted 404 not found\n"),
    ("/half-handled", b"[half] false the child '/fails-late' did not come to its end "
                      b"after 4 bytes: aborted"),
    ("/half-read", b"half nil aborted"),
    ("/completions", b"child5true write1true idle aborted cancelled <one>"),
    ("/too-big", b"nil too big"),
    ("/of-staged", b"A TEXT OF THE CHILD"),
    ("/trailers", b"none cancelled aborted"),
    ("/together", b"<slow><quick>....."),
])
def test_what_a_parent_sees(server, path, body):
    got = server.get(path).body
    assert got == (b"w" + body if path == "/completions" else body)


def test_half_a_child_is_no_whole_answer(server):
    with server.connect() as client:
        client.request("GET", "/half")
        with pytest.raises(EOFError):
            client.response("GET")
    server.wait_for_log("the child '/fails-late' did not come to its end after 4 bytes")


def test_children_of_children_are_ten_deep_at_most(server):
    text = server.get("/deep/0").body.decode()
    depths = " ".join(str(n) for n in range(11))
    way = " > ".join(f"/deep/{n}" for n in range(11))
    assert text == (f"{depths} '/deep/11' is asked for by a child of a child, ten deep: "
                    f"does a path ask for itself? ({way})")


def test_long_paths_are_cut_in_what_says_that_they_are_too_deep(server):
    text = server.get("/deep/0?way=" + "y" * 100).body.decode()
    assert "?way" not in text.split("(")[1]
    text = server.get("/deep/" + "y" * 100 + "/0").body.decode()
    assert "(/deep/" + "y" * 58 + "... > /deep/yy" in text


def test_a_parent_sees_an_answer_before_its_body_and_may_pass_all_of_it_on(server):
    answer = server.get("/takes-over")
    assert (answer.status, answer.headers.get("X-Kind")) == (203, "part")
    assert answer.headers.get_all("Set-Cookie") == ["a=1", "b=2; Path=/"]
    assert answer.body == b"x" * 8192 * 40
    assert sorted(answer.trailers) == [("x-more", "yes"), ("x-sum", "40")]


def test_what_is_included_brings_its_body_alone(server):
    answer = server.get("/only-includes")
    assert (answer.status, answer.headers.get("Set-Cookie")) == (200, None)
    assert answer.body == b"x" * 8192 * 40 and answer.trailers == []


def test_a_child_that_nobody_reads_waits(server):
    first, second, third = map(int, server.get("/held").body.split())
    assert first == second <= 4 * MARK  # its own mark, what waits to be taken, one write each
    assert third >= first + MARK


def test_a_slow_client_holds_the_child_up_and_its_leaving_ends_it(server):
    with server.connect(receive_buffer=4096) as client:
        client.request("GET", "/stream")
        assert client.receive(1000)
        for _ in range(20):
            before = int(server.get("/written/stream").body)
        assert before < 16 << 20  # what sockets take, and no more
    server.wait_for_log("<endless is told>")
    server.wait_for_log("<GET /endless depth=1 200 aborted")
    server.wait_for_log("<GET /stream depth=0 200 aborted")


def test_a_client_that_leaves_ends_a_child_that_says_nothing(server):
    with server.connect() as client:
        client.request("GET", "/waits")
        client.head()
    server.wait_for_log("<GET /part/quiet depth=1 499 aborted bytes=0>")
    server.wait_for_log("<GET /waits depth=0 200 aborted")


@pytest.mark.parametrize("path", ["/include-large", "/staged/parent"])
def test_what_is_large_passes_whole(server, path):
    assert server.get(path).body == LARGE


@pytest.mark.parametrize("path", ["/include-file", "/read-file"])
def test_files_and_fragments_are_included(server, path):
    text = (server.folder / "app.lua").read_bytes()
    assert server.get(path).body == text + b"<fragment>" + text[3:10]


def test_the_limit_of_handlers_does_not_count_for_children(serve):
    server = serve(APP, settings={"max_handlers": 1})
    assert server.get("/page").body == b"a<slow>b<quick>c 6"


def test_hooks_see_children_and_the_access_log_does_not(serve):
    server = serve(APP, settings={"access_log": "-"})
    assert server.get("/page").status == 200
    server.wait_for_log("<GET /page depth=0 200 sent bytes=18>")
    server.wait_for_log('"GET /page HTTP/1.1" 200')
    assert "<GET /part/slow depth=1 200 sent bytes=6>" in server.log()
    assert '"GET /part' not in server.log()


@pytest.mark.parametrize("path", ["/untaken", "/dropped"])
def test_what_nobody_wants_is_ended(server, path):
    line = "<GET /endless depth=1 200 aborted"
    told = server.log().count(line)
    assert server.get(path).body == b"done"
    server.wait_for_log(line, told + (1 if path == "/untaken" else 300))
