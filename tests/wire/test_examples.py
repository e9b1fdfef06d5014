"""The examples to start from, as `scripts/run` serves them."""

import json
import hashlib
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


@pytest.mark.parametrize("size", [0, 3, 55, 56, 64, 1000003])
def test_an_upload_is_hashed_while_it_arrives(server, size):
    body = bytes(n % 251 for n in range(size))
    digest = server.get("/upload", method="POST", body=body).body.decode().strip()
    assert digest == hashlib.sha256(body).hexdigest()


def test_a_form_takes_files_of_any_size(server):
    page = server.get("/files")
    assert b'enctype="multipart/form-data"' in page.body
    large = b"0123456789\n" * 200_000
    parts = [("note", None, "Hëllo".encode()), ("file", "", b""),
             ("file", "large.txt", large), ("file", "small.bin", bytes(3))]
    body = b""
    for name, filename, data in parts:
        file = "" if filename is None else f'; filename="{filename}"'
        head = f'--b\r\nContent-Disposition: form-data; name="{name}"{file}\r\n\r\n'
        body += head.encode() + data + b"\r\n"
    kind = [("Content-Type", "multipart/form-data; boundary=b")]
    answer = server.get("/files", kind, "POST", body + b"--b--")
    assert answer.body.decode().splitlines() == [
        "note: Hëllo", f"large.txt: {len(large)} bytes, 200000 lines",
        "small.bin: 3 bytes, 0 lines"]
    assert server.get("/files", (), "POST", b"note=Hello").status == 415


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


JSON = [("Content-Type", "application/json")]


def ask(server, method, path, value=None):
    body = b"" if value is None else json.dumps(value).encode()
    answer = server.get(path, JSON, method, body)
    return answer, json.loads(answer.body) if answer.body else None


def test_notes_are_kept_changed_and_deleted(server):
    assert ask(server, "GET", "/notes")[0].body == b'{"notes":[]}'
    paths = []
    for text in ("Milk", "Brëad \u2713"):
        answer, note = ask(server, "POST", "/notes", {"text": text})
        assert (answer.status, note["text"]) == (201, text)
        assert answer.headers.get("content-type") == "application/json"
        paths.append(answer.headers.get("location"))
        assert ask(server, "GET", paths[-1])[1] == note
    assert [n["text"] for n in ask(server, "GET", "/notes")[1]["notes"]] == [
        "Milk", "Brëad \u2713"]
    assert ask(server, "PUT", paths[0], {"text": "Oats"})[1]["text"] == "Oats"
    for path in paths:
        assert ask(server, "DELETE", path)[0].status == 204
        for method, value in (("GET", None), ("DELETE", None), ("PUT", {"text": "x"})):
            assert ask(server, method, path, value)[0].status == 404
    assert ask(server, "GET", "/notes")[0].body == b'{"notes":[]}'


def test_what_is_no_note_is_refused(server):
    for body, status in ((b"{", 400), (b"[]", 422), (b'{"text":7}', 422), (b"7", 422)):
        answer = server.get("/notes", JSON, "POST", body)
        assert answer.status == status
        assert json.loads(answer.body)["error"]
    assert server.get("/notes", (), "POST", b"{}").status == 415


def test_a_download_goes_on_where_it_ended(server):
    file = (EXAMPLES / "app.lua").read_bytes()
    first = server.get("/save?as=../a%22b.lua")
    assert first.body == file
    assert first.headers.get("content-disposition") == (
        "attachment; filename=\"a_b.lua\"; filename*=UTF-8''a%22b.lua")
    fields = [("Range", "bytes=100-"), ("If-Range", first.headers.get("etag"))]
    rest = server.get("/save", fields)
    assert (rest.status, rest.body) == (206, file[100:])
    assert server.get("/save?as=a&as=b").status == 200


def test_the_source_is_a_folder_of_files(server):
    answer = server.get("/source/clock.lua")
    assert answer.body == (EXAMPLES / "clock.lua").read_bytes()
    assert server.get("/source/scripts/greet/%5Bname%5D.lua").status == 200
    assert server.get("/source/../../../README.md").status == 404


def test_middleware_is_around_everything_of_its_app(server):
    for path, status in [("/around", 200), ("/around/absent", 404)]:
        answer = server.get(path)
        assert answer.status == status
        assert re.fullmatch(r"handler;dur=\d+\.\d", answer.headers.get("server-timing"))
    assert server.get("/around/absent").body == b"There is no /around/absent.\n"
    assert "server-timing" not in server.get("/hello").headers


def test_a_group_is_guarded(server):
    answer = server.get("/around/inside")
    assert (answer.status, answer.body) == (401, b"Say the word.\n")
    answer = server.get("/around/inside", [("Authorization", "Bearer sesame")])
    assert answer.body == b"You are inside.\n"


def test_an_error_is_in_the_log_and_not_in_the_answer(server):
    answer = server.get("/around/broken")
    assert answer.status == 500
    request = re.fullmatch(
        rb"This went wrong; ask for request ([0-9a-f]{16})\.\n", answer.body)[1].decode()
    server.wait_for_log(f"request={request}")
    assert "on purpose" in server.log()


def test_a_folder_of_scripts_answers_by_its_names(server):
    form = [("Content-Type", "application/x-www-form-urlencoded")]
    path = "/scripts/greet/you"
    assert server.get("/scripts").body == b"Try ./scripts/greet/you\n"
    assert server.get(path).body == b"Hello, you!\n"
    answer = server.get(path, form, "POST", b"greeting=Salut")
    assert (answer.status, answer.headers.get("location")) == (303, path)
    assert server.get(path).body == b"Salut, you!\n"
    assert server.get(path, form, "POST", b"greeting=a&greeting=b").status == 413
    assert server.get(path, form, "POST", b"other=a").status == 400
    assert server.get(path, (), "POST", b"{}").status == 415
    assert server.get(path, (), "PUT").headers.get("allow") == "GET, HEAD, OPTIONS, POST"
