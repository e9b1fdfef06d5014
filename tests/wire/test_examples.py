"""The examples to start from, as `scripts/run` serves them."""

import re
from pathlib import Path

import pytest

from server import ROOT, Server

EXAMPLES = ROOT / "lua" / "examples"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    shared = Server(EXAMPLES / "app.lua", tmp_path_factory.mktemp("server"))
    yield shared
    shared.stop()


def test_the_first_page_links_to_pages_that_answer(server):
    page = server.get("/").body.decode()
    links = re.findall(r'<a href="([^"]+)"', page)
    assert len(links) >= 5
    for link in links:
        with server.connect() as client:
            client.request("GET", link)
            assert client.head().status == 200, link


def test_hello_greets_by_name(server):
    assert server.get("/hello/you").body == b"Hello, you!\n"


def test_the_report_has_a_million_lines(server):
    body = server.get("/report").body
    assert body == b"".join(b"line %d\n" % n for n in range(1, 1_000_001))


def test_the_download_is_a_mix_of_chunks_with_trailers(server):
    answer = server.get("/download")
    file = (EXAMPLES / "download.lua").read_bytes()
    assert file[:149] in answer.body
    assert answer.body.endswith(b"beginning of download.lua\n")
    assert answer.trailers == [("X-Complete", "yes")]
    server.wait_for_log(f"download sent bytes={len(answer.body)}")


def test_the_clock_sends_an_event_at_once_and_notices_who_leaves(server):
    with server.connect() as client:
        client.request("GET", "/clock")
        head = client.head()
        assert head.headers.get("content-type") == "text/event-stream"
        assert re.fullmatch(rb"data: \d\d:\d\d:\d\d\n\n", client.read_chunk())
    server.wait_for_log("a clock's client left")


def test_parallel_reports_each_operation(server):
    body = server.get("/parallel").body.decode()
    for n in range(1, 6):
        assert f"part {n}: {7 * 1000 * n} bytes\n" in body


@pytest.mark.parametrize("size", [0, 1, 1_000_000])
def test_echo_sends_back_what_it_gets(server, size):
    body = bytes(size)
    answer = server.get("/echo", method="POST", body=body)
    assert answer.body == body


def test_the_proxy_passes_on_what_comes_while_it_comes(server):
    with server.connect() as client:
        client.request("GET", "/proxy")
        head = client.head()
        assert head.headers.get("content-type") == "text/plain"
        assert client.read_chunk().startswith(b"line 1 from behind\n")
    expected = b"".join(b"line %d from behind\n" % n for n in range(1, 6))
    assert server.get("/proxy").body == expected


def test_the_output_of_a_program_is_streamed(server):
    with server.connect() as client:
        client.request("GET", "/subprocess")
        client.head()
        assert client.read_chunk().startswith(b"step 1 of 5\n")
    lines = server.get("/subprocess").body.decode().splitlines()
    assert lines == [f"step {n} of 5" for n in range(1, 6)] + [
        "it ended with code 0"]


def test_tokens_come_one_by_one(server):
    with server.connect() as client:
        client.request("GET", "/tokens")
        client.head()
        first = client.read_chunk()
        assert first.startswith(b'data: {"token": "Streams"}\n\n')
    events = server.get("/tokens").body.decode().split("\n\n")
    assert len(events) == 14
    assert events[0] == 'data: {"token": "Streams"}'
    assert events[-2] == "data: [DONE]"


def test_programs_of_clients_that_left_do_not_stay(server):
    def children():
        return Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text()

    for _ in range(5):
        with server.connect() as client:
            client.request("GET", "/subprocess")
            client.head()
    server.get("/tokens")
    assert children() == ""
