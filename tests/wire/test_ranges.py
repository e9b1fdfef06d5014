"""Conditions and ranges of what handlers answer, over real sockets."""

import re
import zlib

import pytest

APP = "ranges"
BODY = b"".join(b"%03d," % n for n in range(1000))
PIECES = b"start:" + BODY + b"::end:"
SIZE = len(BODY)
DATE = "Sun, 06 Nov 1994 08:49:37 GMT"
LATER = "Sun, 06 Nov 1994 08:49:38 GMT"
EARLIER = "Sun, 06 Nov 1994 08:49:36 GMT"


def get(server, path, method="GET", **fields):
    headers = [(name.replace("_", "-"), value) for name, value in fields.items()]
    return server.get(path, headers, method)


def is_whole(answer, body=BODY):
    return (answer.status, answer.body) == (200, body) \
        and answer.headers.get("Content-Range") is None


def test_ranges_are_offered_where_the_length_is_known(server):
    for path in ("/whole", "/pieces", "/kept"):
        for method in ("GET", "HEAD"):
            assert get(server, path, method).headers.get("Accept-Ranges") == "bytes", path
    for path in ("/unknown", "/changed", "/off", "/missing", "/not-this-one"):
        assert get(server, path).headers.get("Accept-Ranges") is None, path


@pytest.mark.parametrize("path, body", [("/whole", BODY), ("/pieces", PIECES),
                                        ("/kept", BODY.replace(b",", b";"))])
@pytest.mark.parametrize("text, first, last", [
    ("0-0", 0, 0), ("0-9", 0, 9), ("490-1510", 490, 1510), ("-7", -7, None),
    ("3-", 3, None), ("100-99999999999999999999", 100, None),
])
def test_one_range(server, path, body, text, first, last):
    answer = get(server, path, Range="bytes=" + text)
    size = len(body)
    first, last = first % size, size - 1 if last is None else last
    assert answer.status == 206
    assert answer.headers.get("Content-Range") == f"bytes {first}-{last}/{size}"
    assert answer.headers.get("Content-Length") == str(last - first + 1)
    assert answer.headers.get("ETag") == '"v1"'
    assert answer.headers.get("Content-Type") == "text/plain"
    assert answer.body == body[first:last + 1]


def test_what_is_skipped_completes_as_such(server):
    said = "the first piece bytes=6 kind=write"
    before = server.log().count(said)
    with server.connect() as client:  # one that leaves ends the handler
        client.request("GET", "/pieces", [("Range", "bytes=2000-2001")])
        assert client.response("GET").body == PIECES[2000:2002]
        server.wait_for_log(said, before + 1)


def parts_of(answer):
    kind = answer.headers.get("Content-Type")
    boundary = re.fullmatch(r"multipart/byteranges; boundary=([0-9a-f]{32})", kind)[1].encode()
    assert answer.headers.get("Content-Length") == str(len(answer.body))
    *parts, end = (b"\r\n" + answer.body).split(b"\r\n--" + boundary)
    assert (parts.pop(0), end) == (b"", b"--\r\n")
    found = []
    for part in parts:
        head, body = part.split(b"\r\n\r\n", 1)
        match = re.fullmatch(
            rb"\r\nContent-Type: text/plain\r\nContent-Range: bytes (\d+)-(\d+)/(\d+)", head)
        found.append((int(match[1]), int(match[2]), int(match[3]), body))
    return found


# That of what is being written yet comes in the order of the body.
@pytest.mark.parametrize("path, body", [("/whole", BODY), ("/pieces", PIECES)],
                         ids=["whole", "pieces"])
@pytest.mark.parametrize("text, wanted", [
    ("0-1, 404-405", [(0, 1), (404, 405)]),
    ("3990-, 10-20", [(3990, None), (10, 20)]),
    ("900-999, 10-20, 15-30, 31-40, 150-150", [(900, 999), (10, 40), (150, 150)]),
    ("0-9, 89-99, 180-189", [(0, 99), (180, 189)]),
    (",".join(f"{n * 91}-{n * 91 + 9}" for n in range(40)),
     [(n * 91, n * 91 + 9) for n in range(40)]),
])
def test_several_ranges_are_parts(server, path, body, text, wanted):
    answer = get(server, path, Range="bytes=" + text)
    assert answer.status == 206 and answer.headers.get("Content-Range") is None
    size = len(body)
    wanted = wanted if path == "/whole" else sorted(wanted)
    expected = [(first, size - 1 if last is None else last) for first, last in wanted]
    assert parts_of(answer) == [
        (first, last, size, body[first:last + 1]) for first, last in expected]


def test_ranges_that_become_one_are_one(server):
    answer = get(server, "/whole", Range="bytes=5-9, 0-4")
    assert (answer.headers.get("Content-Range"), answer.body) == (f"bytes 0-9/{SIZE}", BODY[:10])


@pytest.mark.parametrize("text", [
    "bytes=5-4", "lines=0-1", "bytes=", "bytes=x", "bytes=0-,0-",
    "bytes=" + ",".join(["0-0"] * 65),
])
def test_a_range_that_is_wrong_or_too_much_is_ignored(server, text):
    assert is_whole(get(server, "/whole", Range=text))


@pytest.mark.parametrize("path", ["/whole", "/pieces"])
def test_a_range_outside_of_the_body_is_416(server, path):
    size = len(BODY if path == "/whole" else PIECES)
    answer = get(server, path, Range=f"bytes={size}-")
    assert (answer.status, answer.body) == (416, b"")
    assert answer.headers.get("Content-Range") == f"bytes */{size}"
    assert answer.headers.get("Content-Length") == "0"
    assert answer.headers.get("Content-Type") is None


@pytest.mark.parametrize("fields", [
    {"If_None_Match": '"v1"'}, {"If_None_Match": 'W/"v1"'}, {"If_None_Match": '"x", "v1"'},
    {"If_None_Match": "*"}, {"If_Modified_Since": DATE}, {"If_Modified_Since": LATER},
    {"If_Modified_Since": "Sunday, 06-Nov-94 08:49:37 GMT"},
    {"If_None_Match": '"v1"', "Range": "bytes=0-1"},
])
@pytest.mark.parametrize("path", ["/whole", "/pieces", "/unknown"])
def test_what_the_client_has_is_304(server, path, fields):
    for method in ("GET", "HEAD"):
        answer = get(server, path, method, **fields)
        assert (answer.status, answer.body) == (304, b"")
        assert answer.headers.get("ETag") == '"v1"'
        assert answer.headers.get("Content-Type") is None


@pytest.mark.parametrize("fields", [
    {"If_None_Match": '"v2"'}, {"If_Modified_Since": EARLIER}, {"If_Match": '"v1"'},
    {"If_Match": "*"}, {"If_Unmodified_Since": DATE},
    {"If_None_Match": '"v2"', "If_Modified_Since": DATE},
])
def test_what_the_client_has_not_is_sent(server, fields):
    assert is_whole(get(server, "/whole", **fields))


@pytest.mark.parametrize("fields", [
    {"If_Match": '"v2"'}, {"If_Match": 'W/"v1"'}, {"If_Unmodified_Since": EARLIER},
    {"If_Match": '"v2"', "If_None_Match": '"v1"', "Range": "bytes=0-1"},
])
@pytest.mark.parametrize("path", ["/whole", "/pieces", "/unknown"])
def test_another_version_than_the_client_wants_is_412(server, path, fields):
    answer = get(server, path, **fields)
    assert (answer.status, answer.body) == (412, b"")
    assert answer.headers.get("Content-Length") == "0"


@pytest.mark.parametrize("path, validator, status", [
    ("/whole", '"v1"', 206), ("/whole", '"v2"', 200), ("/whole", 'W/"v1"', 200),
    ("/whole", DATE, 206), ("/whole", LATER, 200), ("/whole", EARLIER, 200),
    ("/whole", "nonsense", 200), ("/weak", 'W/"v1"', 200), ("/weak", DATE, 200),
])
def test_a_range_of_another_version_is_the_whole(server, path, validator, status):
    assert get(server, path, Range="bytes=0-1", If_Range=validator).status == status


def test_neither_head_nor_post_nor_an_error_has_ranges(server):
    head = get(server, "/whole", "HEAD", Range="bytes=0-1")
    assert (head.status, head.headers.get("Content-Length")) == (200, str(SIZE))
    assert is_whole(get(server, "/whole", "POST", Range="bytes=0-1", If_None_Match='"v1"'))
    missing = get(server, "/missing", Range="bytes=0-1", If_None_Match='"v1"')
    assert (missing.status, missing.body) == (404, BODY)


@pytest.mark.parametrize("path", ["/unknown", "/none", "/off", "/group", "/not-this-one"])
def test_where_there_are_no_ranges_all_is_sent(server, path):
    assert is_whole(get(server, path, Range="bytes=0-1"))


@pytest.mark.parametrize("path", ["/this-one", "/group/on"])
def test_the_innermost_says_whether_there_are_ranges(server, path):
    assert get(server, path, Range="bytes=0-1").body == BODY[:2]
    assert is_whole(get(server, "/off", If_None_Match='"v1"'))


def test_a_part_is_not_compressed_and_what_is_compressed_has_no_parts(server):
    part = get(server, "/compressed", Range="bytes=4-7", Accept_Encoding="gzip")
    assert (part.status, part.body) == (206, BODY[4:8])
    assert part.headers.get("Content-Encoding") is None
    assert part.headers.get("ETag") == '"v1"'
    whole = get(server, "/compressed", Accept_Encoding="gzip")
    assert zlib.decompress(whole.body, 31) == BODY
    assert whole.headers.get("Accept-Ranges") is None
    weak = whole.headers.get("ETag")
    assert weak == 'W/"v1"'
    known = get(server, "/compressed", Accept_Encoding="gzip", If_None_Match=weak)
    assert (known.status, known.headers.get("ETag")) == (304, weak)
    resumed = get(server, "/compressed", Accept_Encoding="gzip", If_Range=weak, Range="bytes=9-")
    assert resumed.status == 200 and zlib.decompress(resumed.body, 31) == BODY


def test_a_body_that_a_stage_changes_has_no_ranges(server):
    assert is_whole(get(server, "/changed", Range="bytes=0-1"))
    assert get(server, "/changed", If_None_Match='"v1"').status == 304


def test_trailers_leave_with_a_part(server):
    answer = get(server, "/digest", Range="bytes=0-3")
    assert (answer.status, answer.body) == (206, BODY[:4])
    assert answer.trailers == [("X-End", "yes")]


def test_a_file_is_cut_and_not_read(server):
    hole = 1 << 40
    with open(server.folder / "large", "wb") as file:
        file.truncate(hole)
        file.seek(hole // 2)
        file.write(b"tea")
    answer = get(server, "/file", Range=f"bytes={hole // 2 + 1}-{hole // 2 + 3}")
    assert (answer.status, answer.body) == (206, b"tea")
    tea = f"{hole // 2 + 1}-{hole // 2 + 3}"
    ends = get(server, "/file", Range=f"bytes={hole + 1}-, 0-0, {tea}")
    assert re.findall(rb"\r\n\r\n(.*)\r\n", ends.body) == [b")", b"(", b"tea"]


@pytest.mark.parametrize("first", [0, 5_000_000, 9_999_990])
def test_a_handler_goes_on_where_all_that_it_writes_is_dropped(server, first):
    answer = get(server, "/long", Range=f"bytes={first}-{first + 9}")
    assert (answer.status, answer.body) == (206, b"%d" % (first // 1_000_000) * 10)


@pytest.mark.parametrize("path", ["/long", "/long-file"])
def test_a_slow_client_gets_many_parts(server, path):
    """Of a file they are moved; of what is written with a length they are not."""
    body = b"".join(b"%d" % n * 1_000_000 for n in range(10))
    (server.folder / "long").write_bytes(body)
    wanted = [(6_500_000, 9_400_000), (100, 2_000_099), (4_000_000, 5_999_999)]
    text = ", ".join(f"{first}-{last}" for first, last in wanted)
    with server.connect() as client:
        client.request("GET", path, [("Range", "bytes=" + text)])
        for _ in range(20):
            assert get(server, "/pieces", Range="bytes=0-5").body == b"start:"
        answer = client.response("GET")
    places = [answer.body.index(b"bytes %d-%d/" % place) for place in wanted]
    order = wanted if path == "/long-file" else sorted(wanted)
    assert [wanted[places.index(place)] for place in sorted(places)] == order
    parts = [part.split(b"\r\n\r\n", 1)[1] for part in answer.body.split(b"\r\n--")[:-1]]
    assert parts == [body[first:last + 1] for first, last in order]


@pytest.mark.parametrize("path", ["/long", "/long-file"])
def test_a_slow_client_gets_the_part_and_not_what_came_later(server, path):
    body = b"".join(b"%d" % n * 1_000_000 for n in range(10))
    (server.folder / "long").write_bytes(body)
    with server.connect() as client:
        client.request("GET", path, [("Range", "bytes=100-9000099")])
        for _ in range(20):  # descriptors and memory are used again meanwhile
            assert get(server, "/pieces", Range="bytes=0-5").body == b"start:"
        answer = client.response("GET")
    assert (answer.status, answer.body == body[100:9000100]) == (206, True)


def test_a_body_that_ends_too_early_is_no_part(server):
    with server.connect() as client:
        client.request("GET", "/short", [("Range", "bytes=5-50")])
        with pytest.raises(EOFError):
            client.response("GET")


def test_pipelined_parts_keep_their_order(server):
    with server.connect() as client:
        for n in range(20):
            client.request("GET", "/pieces", [("Range", f"bytes={n}-{n + 9}")])
        for n in range(20):
            assert client.response("GET").body == PIECES[n:n + 10]
