"""Files and handlers answer by the same rules: the same requests to routes with the same
bytes get the same status, the same fields and the same bodies."""

import os
import re
import zlib

import pytest

APP = "rules"
BODY = b"".join(b"%03d," % n for n in range(1000))
SIZE = len(BODY)
OLD_S = 784111777
OLD = "Sun, 06 Nov 1994 08:49:37 GMT"
EARLIER = "Sun, 06 Nov 1994 08:49:36 GMT"
LATER = "Sun, 06 Nov 1994 08:49:38 GMT"

# Of these the body is complete before the head leaves.
WHOLES = ("file", "memory", "chunks")


@pytest.fixture(scope="module", autouse=True)
def files(server):
    for name in ("body.txt", "new.txt"):
        (server.folder / name).write_bytes(BODY)
    os.utime(server.folder / "body.txt", (OLD_S, OLD_S))
    ahead = OLD_S + 100 * 365 * 86400  # a clock that is ahead of ours
    os.utime(server.folder / "new.txt", (ahead, ahead))


def lines(text):
    return [tuple(line.split(": ", 1)) for line in text.splitlines() if line]


def seen(answer):
    """All that there is to compare: the boundary is another one each time."""
    kind = answer.headers.get("Content-Type") or ""
    found = re.search(r"boundary=(\S+)", kind)
    fields = [(name, "" if name == "Date" else value) for name, value in answer.headers]
    body = answer.body
    if found:
        fields = [(name, value.replace(found[1], "BOUNDARY")) for name, value in fields]
        body = body.replace(found[1].encode(), b"BOUNDARY")
    return answer.status, answer.framing, sorted(fields), body


def parts_of(answer):
    """Where the parts of an answer are from, which are checked to the byte."""
    found = re.search(r"multipart/byteranges; boundary=([0-9a-f]+)",
                      answer.headers.get("Content-Type") or "")
    if not found:
        first, last = re.fullmatch(
            rf"bytes (\d+)-(\d+)/{SIZE}", answer.headers.get("Content-Range")).groups()
        assert answer.body == BODY[int(first):int(last) + 1]
        return [(int(first), int(last))]
    assert answer.headers.get("Content-Range") is None
    rest, parts = answer.body, []
    for first, last in re.findall(rb"\r\nContent-Range: bytes (\d+)-(\d+)/", rest):
        parts.append((int(first), int(last)))
    expected = b"".join(
        b"\r\n--%s\r\nContent-Type: text/x-digits\r\nContent-Range: bytes %d-%d/%d\r\n\r\n%s"
        % (found[1].encode(), first, last, SIZE, BODY[first:last + 1])
        for first, last in parts)
    assert b"\r\n" + rest == expected + b"\r\n--%s--\r\n" % found[1].encode()
    return parts


# Method, fields, and what becomes of them where there is the tag "v1".
GETS = [
    ("", 200),
    # Range
    ("Range: bytes=0-0", [(0, 0)]),
    ("Range: bytes=5-", [(5, SIZE - 1)]),
    ("Range: bytes=-7", [(SIZE - 7, SIZE - 1)]),
    (f"Range: bytes=-{SIZE * 9}", [(0, SIZE - 1)]),
    (f"Range: bytes=3990-{10 ** 25}", [(3990, SIZE - 1)]),
    ("Range: bytes=690-710", [(690, 710)]),
    ("Range: BYTES= 1-2 ,", [(1, 2)]),
    ("Range: bytes=1-2\nRange: bytes=3-4", 200),
    ("Range: bytes=2-1", 200),
    ("Range: bytes=x", 200),
    ("Range: bytes=", 200),
    ("Range: lines=0-1", 200),
    (f"Range: bytes={SIZE}-", 416),
    ("Range: bytes=-0", 416),
    # Several of them
    ("Range: bytes=0-9, 1000-1009", [(0, 9), (1000, 1009)]),
    ("Range: bytes=1000-1009, 0-9", [(1000, 1009), (0, 9)]),
    ("Range: bytes=-5, 2000-2999, 699-702, 100-103",
     [(SIZE - 5, SIZE - 1), (2000, 2999), (699, 702), (100, 103)]),
    (f"Range: bytes=1000-1009, {SIZE}-, 0-9", [(1000, 1009), (0, 9)]),
    (f"Range: bytes=0-9, {SIZE}-", [(0, 9)]),
    ("Range: bytes=5-9, 0-4", [(0, 9)]),
    ("Range: bytes=2000-2009, 0-9, 2005-2014", [(2000, 2014), (0, 9)]),
    ("Range: bytes=2000-2009, 0-9, 89-99", [(2000, 2009), (0, 99)]),
    ("Range: bytes=0-, 0-0", 200),
    ("Range: bytes=" + ",".join(["0-0"] * 65), 200),
    # If-Range
    ('Range: bytes=1-2\nIf-Range: "v1"', [(1, 2)]),
    ('Range: bytes=1-2\nIf-Range: "v2"', 200),
    ('Range: bytes=1-2\nIf-Range: W/"v1"', 200),
    (f"Range: bytes=1-2\nIf-Range: {OLD}", [(1, 2)]),
    (f"Range: bytes=1-2\nIf-Range: {LATER}", 200),
    ("Range: bytes=1-2\nIf-Range: some day", 200),
    (f'Range: bytes={SIZE}-\nIf-Range: "v2"', 200),
    ('If-Range: "v2"', 200),
    # Conditions, in the order of RFC 9110, 13.2.2
    ('If-Match: "v1"', 200),
    ("If-Match: *", 200),
    ('If-Match: "v2"', 412),
    ('If-Match: W/"v1"', 412),
    (f'If-Match: "v1"\nIf-Unmodified-Since: {EARLIER}', 200),
    (f"If-Unmodified-Since: {OLD}", 200),
    (f"If-Unmodified-Since: {EARLIER}", 412),
    ('If-None-Match: "v1"', 304),
    ('If-None-Match: W/"v1"', 304),
    ('If-None-Match: "v2", "v1"', 304),
    ("If-None-Match: *", 304),
    ('If-None-Match: "v2"', 200),
    (f'If-None-Match: "v2"\nIf-Modified-Since: {OLD}', 200),
    (f"If-Modified-Since: {OLD}", 304),
    (f"If-Modified-Since: {EARLIER}", 200),
    ("If-Modified-Since: some day", 200),
    ('If-Match: "v2"\nIf-None-Match: "v1"', 412),
    ('If-Match: "v1"\nIf-None-Match: "v1"', 304),
    ('Range: bytes=0-1\nIf-None-Match: "v1"', 304),
    ('Range: bytes=0-1\nIf-Match: "v2"', 412),
    ('Range: bytes=0-1\nIf-Match: "v1"\nIf-None-Match: "v2"', [(0, 1)]),
]


@pytest.mark.parametrize("text, expected", GETS)
def test_files_and_handlers_answer_alike(server, text, expected):
    fields = lines(text)
    for version in ("strong", "weak", "untagged"):
        answers = [server.get(f"/{version}/{how}", fields) for how in WHOLES]
        first = answers[0]
        for answer in answers[1:]:
            assert seen(answer) == seen(first), version
        if version != "strong":
            continue
        assert first.status == (expected if isinstance(expected, int) else 206)
        if first.status == 206:
            assert parts_of(first) == expected
        else:
            assert first.body == (BODY if first.status == 200 else b"")


@pytest.mark.parametrize("text", [text for text, _ in GETS])
def test_a_head_is_answered_as_without_a_range(server, text):
    fields = lines(text)
    plain = [field for field in fields if field[0] != "Range"]
    for version in ("strong", "weak", "untagged"):
        whole = server.get(f"/{version}/file", plain, method="GET")
        for how in WHOLES:
            head = server.get(f"/{version}/{how}", fields, method="HEAD")
            without = [field for field in head.headers if field[0] != "Date"]
            assert head.body == b""
            assert (head.status, sorted(without)) == (
                whole.status, sorted(field for field in whole.headers if field[0] != "Date"))


@pytest.mark.parametrize("text, expected", GETS)
def test_what_is_written_yet_differs_in_the_order_of_parts_alone(server, text, expected):
    answer = server.get("/strong/stream", lines(text))
    assert answer.status == (expected if isinstance(expected, int) else 206)
    if answer.status == 206:
        assert parts_of(answer) == sorted(expected)
    else:
        assert answer.body == (BODY if answer.status == 200 else b"")


def test_the_other_routes_of_files_answer_alike(server):
    """With and without app:ranges, by static, and twice over one connection."""
    for text, expected in GETS:
        fields = lines(text)
        assert seen(server.get("/plain-file", fields)) == seen(server.get("/strong/file", fields))
        if '"' not in text:  # static has a tag of its own
            answer = server.get("/static/body.txt", fields)
            assert answer.status == (expected if isinstance(expected, int) else 206), text


def test_a_time_that_is_not_past_is_no_strong_validator(server):
    """What was changed within this second may change again, and nobody would see it."""
    for how in WHOLES:
        date = server.get(f"/new/{how}").headers.get("Last-Modified")
        part = server.get(f"/new/{how}", [("Range", "bytes=0-1"), ("If-Range", date)])
        assert part.status == 200, how
        part = server.get(f"/new/{how}", [("Range", "bytes=0-1"), ("If-Range", '"v1"')])
        assert part.status == 206, how


def test_parts_and_what_is_compressed(server):
    gzip = ("Accept-Encoding", "gzip")
    for how in ("file", "memory"):
        path = f"/compressed/{how}"
        whole = server.get(path, [gzip])
        assert zlib.decompress(whole.body, 31) == BODY
        weak = whole.headers.get("ETag")
        assert (weak, whole.headers.get("Accept-Ranges")) == ('W/"v1"', None)

        for text in ("bytes=4-7", "bytes=2000-2003, 4-7"):
            part = server.get(path, [gzip, ("Range", text)])
            assert part.status == 206 and (4, 7) in parts_of(part)
            assert part.headers.get("Content-Encoding") is None
            assert part.headers.get("ETag") == '"v1"'
            # What the 200 would say of caches is said here, too (RFC 9110, 15.3.7).
            assert part.headers.get("Vary") == "Accept-Encoding"
            # Who has compressed bytes cannot go on with plain ones.
            resumed = server.get(path, [gzip, ("Range", text), ("If-Range", weak)])
            assert (resumed.status, resumed.headers.get("ETag")) == (200, weak)
            assert zlib.decompress(resumed.body, 31) == BODY
            strong = server.get(path, [gzip, ("Range", text), ("If-Range", '"v1"')])
            assert strong.status == 206

        for tag in (weak, '"v1"'):
            known = server.get(path, [gzip, ("If-None-Match", tag)])
            assert (known.status, known.body) == (304, b"")
            assert known.headers.get("ETag") == weak
            assert known.headers.get("Vary") == "Accept-Encoding"
        known = server.get(path, [("If-None-Match", weak)])
        assert (known.status, known.headers.get("ETag")) == (304, '"v1"')
        assert server.get(path, [gzip, ("If-Match", weak)]).status == 412
        assert server.get(path, [gzip, ("If-Match", '"v1"')]).status == 200
        outside = server.get(path, [gzip, ("Range", f"bytes={SIZE}-")])
        assert (outside.status, outside.headers.get("Content-Encoding")) == (416, None)


def test_a_hook_that_waits_leaves_parts_in_their_order(server):
    answer = server.get("/hooked/file", [("Range", "bytes=2000-2009, 0-9")])
    assert answer.headers.get("X-Hooked") == "yes"
    assert parts_of(answer) == [(2000, 2009), (0, 9)]


def test_ranges_of_a_file_are_of_what_stages_make_of_it(server):
    changed = BODY.replace(b"0", b"x")
    part = server.get("/kept", [("Range", "bytes=100-199")])
    assert (part.status, part.body) == (206, changed[100:200])
    parts = server.get("/kept", [("Range", "bytes=1000-1003, 0-3")])
    assert parts.status == 206
    assert changed[1000:1004] in parts.body and changed[:4] in parts.body
    whole = server.get("/doubled", [("Range", "bytes=0-1")])
    assert (whole.status, whole.body) == (200, BODY * 2)
    assert whole.headers.get("Accept-Ranges") is None
    assert server.get("/doubled", [("If-None-Match", '"v1"')]).status == 304
