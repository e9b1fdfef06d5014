"""res:send_file over real sockets: types, validators, conditions, ranges."""

import email.utils
import os
import re
import time

import pytest

APP = "files"
DATA = bytes(range(256)) * 40
OLD_S = 784111777
OLD = "Sun, 06 Nov 1994 08:49:37 GMT"


@pytest.fixture(scope="module", autouse=True)
def data(server):
    path = server.folder / "data.bin"
    path.write_bytes(DATA)
    os.utime(path, (OLD_S, OLD_S))
    (server.folder / "public").mkdir()
    return path


def test_a_file_has_a_type_a_length_and_validators(server):
    answer = server.get("/send/plain")
    headers = answer.headers
    assert (answer.status, answer.framing, answer.body) == (200, "length", DATA)
    assert headers.get("content-type") == "application/octet-stream"
    assert headers.get("last-modified") == OLD
    assert headers.get("accept-ranges") == "bytes"
    assert headers.get("x-content-type-options") == "nosniff"
    assert re.fullmatch(r'"[0-9a-f.-]+"', headers.get("etag"))


def test_head_has_the_fields_and_no_body(server):
    get, head = server.get("/send/plain"), server.get("/send/plain", method="HEAD")
    assert head.body == b""
    without_date = [[f for f in a.headers if f[0] != "Date"] for a in (get, head)]
    assert without_date[0] == without_date[1]


def test_options_replace_what_the_file_says(server):
    headers = server.get("/send/typed").headers
    assert headers.get("content-type") == "text/x-digits"
    assert headers.get("cache-control") == "max-age=60"
    assert headers.get("etag") == '"mine"'
    assert "etag" not in server.get("/send/untagged").headers


@pytest.mark.parametrize("what, why", [
    ("missing", " No such file or directory\n"), ("folder", " not a regular file\n")])
def test_what_cannot_be_opened_is_told_to_the_handler(server, what, why):
    answer = server.get(f"/send/{what}")
    assert (answer.status, answer.body.decode()) == (404, why)


# --- Conditions --------------------------------------------------------------

def conditional(server, *fields, what="plain", method="GET"):
    tag = server.get(f"/send/{what}").headers.get("etag")
    fields = [(name, value.replace("TAG", tag or "")) for name, value in fields]
    return server.get(f"/send/{what}", fields, method=method)


@pytest.mark.parametrize("fields", [
    [("If-None-Match", "TAG")],
    [("If-None-Match", "W/TAG")],
    [("If-None-Match", '"a, b", TAG')],
    [("If-None-Match", '"a"'), ("If-None-Match", "TAG")],
    [("If-None-Match", "*")],
    [("If-Modified-Since", OLD)],
    [("If-Modified-Since", "Sunday, 06-Nov-94 08:49:38 GMT")],
    [("If-Modified-Since", "Sun Nov  6 08:49:37 1994")],
    [("If-None-Match", "TAG"), ("If-Modified-Since", "Sun, 06 Nov 1994 08:49:36 GMT")],
    [("If-None-Match", "TAG"), ("Range", "bytes=0-1")],
    [("If-Match", "TAG"), ("If-None-Match", "TAG")],
])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_what_the_client_has_is_not_sent_again(server, fields, method):
    answer = conditional(server, *fields, method=method)
    assert (answer.status, answer.body) == (304, b"")
    assert answer.headers.get("last-modified") == OLD
    assert "etag" in answer.headers
    assert "content-type" not in answer.headers
    assert "x-content-type-options" not in answer.headers
    assert "content-length" not in answer.headers


@pytest.mark.parametrize("fields", [
    [("If-None-Match", '"other"')],
    [("If-None-Match", "unquoted")],
    [("If-Modified-Since", "Sun, 06 Nov 1994 08:49:36 GMT")],
    [("If-Modified-Since", "some day")],
    [("If-None-Match", '"other"'), ("If-Modified-Since", OLD)],
    [("If-Match", "TAG")],
    [("If-Match", "*")],
    [("If-Match", '"other", TAG')],
    [("If-Unmodified-Since", OLD)],
    [("If-Unmodified-Since", "some day")],
    [("If-Match", "TAG"), ("If-Unmodified-Since", "Thu, 01 Jan 1970 00:00:00 GMT")],
])
def test_what_the_client_lacks_is_sent(server, fields):
    answer = conditional(server, *fields)
    assert (answer.status, answer.body) == (200, DATA)


@pytest.mark.parametrize("fields", [
    [("If-Match", '"other"')],
    [("If-Match", "W/TAG")],
    [("If-Unmodified-Since", "Sun, 06 Nov 1994 08:49:36 GMT")],
    [("If-Match", '"other"'), ("If-None-Match", "TAG")],
])
def test_a_condition_that_fails_is_412(server, fields):
    answer = conditional(server, *fields)
    assert (answer.status, answer.body) == (412, b"")


def test_conditions_are_for_get_and_head(server):
    fields = [("If-None-Match", "*"), ("Range", "bytes=0-1")]
    answer = server.get("/send/plain", fields, method="POST", body=b"x")
    assert (answer.status, answer.body) == (200, DATA)


def test_conditions_are_for_answers_that_would_be_200(server):
    answer = server.get("/own-page", [("If-None-Match", "*"), ("Range", "bytes=0-1")])
    assert (answer.status, answer.body) == (404, DATA)


def test_a_file_that_may_still_change_has_a_weak_tag(server, data):
    path = server.folder / "public" / "new.txt"
    path.write_text("new")
    now = time.time() + 3600  # a clock ahead of ours
    os.utime(path, (now, now))
    answer = server.get("/static/new.txt")
    assert answer.headers.get("etag").startswith('W/"')
    date = email.utils.parsedate_to_datetime
    assert date(answer.headers.get("last-modified")) <= date(answer.headers.get("date"))
    again = server.get("/static/new.txt", [("If-None-Match", answer.headers.get("etag"))])
    assert again.status == 304
    part = [("Range", "bytes=0-0"), ("If-Range", answer.headers.get("etag"))]
    assert server.get("/static/new.txt", part).status == 200


# --- Ranges --------------------------------------------------------------------

SIZE = len(DATA)


@pytest.mark.parametrize("text, first, last", [
    ("bytes=0-0", 0, 0),
    ("bytes=0-", 0, SIZE - 1),
    ("bytes=5-9", 5, 9),
    (f"bytes=5-{10 ** 30}", 5, SIZE - 1),
    (f"bytes={SIZE - 1}-", SIZE - 1, SIZE - 1),
    ("bytes=-1", SIZE - 1, SIZE - 1),
    (f"bytes=-{SIZE}", 0, SIZE - 1),
    (f"bytes=-{10 ** 30}", 0, SIZE - 1),
    ("BYTES=1-2", 1, 2),
    ("bytes= 1-2 ,", 1, 2),
    (f"bytes=1-2, {SIZE}-", 1, 2),
    ("bytes=-0, 1-2", 1, 2),
])
def test_one_range(server, text, first, last):
    answer = server.get("/send/plain", [("Range", text)])
    assert (answer.status, answer.framing) == (206, "length")
    assert answer.headers.get("content-range") == f"bytes {first}-{last}/{SIZE}"
    assert answer.body == DATA[first:last + 1]


@pytest.mark.parametrize("text", [
    "bytes", "bytes=", "bytes=,", "bytes=-", "bytes=a-b", "bytes=2-1", "bytes=1", "bytes=1-2-3",
    "bytes=0-1;2-3", "bytes=0x1-2", "bytes=+1-2", "bytes=1-2, x", "bytes =1-2", "lines=1-2",
    "bytes=0-, 0-", "bytes=0-1" + ",3-4" * 64,
])
def test_a_range_that_is_wrong_or_too_much_is_ignored(server, text):
    answer = server.get("/send/plain", [("Range", text)])
    assert (answer.status, answer.body) == (200, DATA)
    assert "content-range" not in answer.headers


@pytest.mark.parametrize("text", [
    f"bytes={SIZE}-", f"bytes={SIZE}-{SIZE + 5}", "bytes=-0", f"bytes={10 ** 30}-",
    f"bytes={SIZE}-, -0"])
def test_a_range_outside_of_the_file_is_416(server, text):
    answer = server.get("/send/plain", [("Range", text)])
    assert (answer.status, answer.body) == (416, b"")
    assert answer.headers.get("content-range") == f"bytes */{SIZE}"


def test_an_empty_file_has_no_ranges(server):
    (server.folder / "public" / "empty.txt").write_bytes(b"")
    assert server.get("/static/empty.txt").body == b""
    for text in ("bytes=0-", "bytes=-1"):
        answer = server.get("/static/empty.txt", [("Range", text)])
        assert answer.headers.get("content-range") == "bytes */0"
        assert answer.status == 416


def parts_of(answer):
    """The parts of a multipart/byteranges body, parsed to the byte."""
    kind = answer.headers.get("content-type")
    boundary = re.fullmatch(r"multipart/byteranges; boundary=([0-9a-f-]+)", kind)[1].encode()
    rest = b"\r\n" + answer.body
    pieces = rest.split(b"\r\n--" + boundary)
    assert pieces[0] == b"" and pieces[-1] == b"--\r\n"
    parts = []
    for piece in pieces[1:-1]:
        head, _, body = piece.partition(b"\r\n\r\n")
        lines = head.split(b"\r\n")
        assert lines[:2] == [b"", b"Content-Type: application/octet-stream"]
        found = re.fullmatch(rb"Content-Range: bytes (\d+)-(\d+)/(\d+)", lines[2])
        assert len(lines) == 3 and int(found[3]) == SIZE
        parts.append((int(found[1]), int(found[2]), body))
    return parts


@pytest.mark.parametrize("text, wanted", [
    ("bytes=0-1,404-405", [(0, 1), (404, 405)]),
    ("bytes=-2, 0-0", [(SIZE - 2, SIZE - 1), (0, 0)]),
    (f"bytes=5000-,0-999,1000-1999,{SIZE}-", [(5000, SIZE - 1), (0, 1999)]),
    ("bytes=500-509,0-9,5-14", [(500, 509), (0, 14)]),
    ("bytes=" + ",".join(f"{n * 100}-{n * 100}" for n in range(64)),
     [(n * 100, n * 100) for n in range(64)]),
])
def test_several_ranges_are_parts_of_one_body(server, text, wanted):
    answer = server.get("/send/plain", [("Range", text)])
    assert (answer.status, answer.framing) == (206, "length")
    assert "content-range" not in answer.headers
    assert parts_of(answer) == [(a, b, DATA[a:b + 1]) for a, b in wanted]


def test_head_ignores_ranges(server):
    answer = server.get("/send/plain", [("Range", "bytes=0-1")], method="HEAD")
    assert (answer.status, answer.headers.get("content-length")) == (200, str(SIZE))


@pytest.mark.parametrize("validator, status", [
    ("TAG", 206), (OLD, 206), ('"other"', 200), ("W/TAG", 200),
    ("Sun, 06 Nov 1994 08:49:38 GMT", 200), ("some day", 200),
])
def test_a_range_of_another_version_is_the_whole(server, validator, status):
    answer = conditional(server, ("Range", "bytes=1-2"), ("If-Range", validator))
    assert answer.status == status
    assert answer.body == (DATA[1:3] if status == 206 else DATA)


# --- The name to save under ------------------------------------------------------

@pytest.mark.parametrize("name, value", [
    ("", 'filename="data.bin"'),
    ("report.pdf", 'filename="report.pdf"'),
    ("two%20words.txt", 'filename="two words.txt"'),
    ("Gr%C3%BC%C3%9Fe.txt", "filename=\"Gr_e.txt\"; filename*=UTF-8''Gr%C3%BC%C3%9Fe.txt"),
    ("a%22b.txt", "filename=\"a_b.txt\"; filename*=UTF-8''a%22b.txt"),
    ("100%25.txt", "filename=\"100_.txt\"; filename*=UTF-8''100%25.txt"),
    ("x%0D%0ASet-Cookie:%20a=b", 'filename="xSet-Cookie: a=b"'),
    ("etc%2Fpasswd", 'filename="passwd"'),
    ("c:%5Cboot.ini", 'filename="boot.ini"'),
    ("%FF%FE.txt", 'filename="_.txt"'),
])
def test_the_name_of_a_download_is_harmless(server, name, value):
    answer = server.get(f"/save/{name}")
    assert answer.headers.get("content-disposition") == f"attachment; {value}"
    assert "set-cookie" not in answer.headers
    assert answer.body == DATA


# --- Ends ------------------------------------------------------------------------

def test_a_file_after_the_head_has_left_is_refused(server):
    assert server.get("/late").body == b"begun, committed"


def test_a_file_is_the_whole_body(server):
    assert server.get("/twice").body == DATA
    server.wait_for_log("a second body err=finished")


def test_no_answer_keeps_a_descriptor(server):
    with server.connect() as client:
        tag = client.get("/send/plain").headers.get("etag")
        before = server.descriptors()
        for _ in range(20):
            for fields in ([], [("If-None-Match", tag)], [("If-Match", '"x"')],
                           [("Range", "bytes=400-401,0-1")], [("Range", "bytes=99999-")]):
                client.get("/send/plain", fields)
            client.get("/static/")
        assert server.descriptors() <= before  # others may still be closing
