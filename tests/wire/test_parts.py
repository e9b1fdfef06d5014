"""Forms with files in them, over the wire."""

import json
import random
import threading
from email.generator import BytesGenerator
from email.mime.application import MIMEApplication
from email.mime.multipart import MIMEMultipart
from email.policy import HTTP
from io import BytesIO

import pytest

APP = "parts"
SETTINGS = {"upload_size": "300m", "body_timeout": "20s"}
MIB = 1 << 20


def part(name, data=b"", filename=None, headers=""):
    if filename is not None:
        name = f'{name}"; filename="{filename}'
    head = f'Content-Disposition: form-data; name="{name}"\r\n{headers}\r\n'
    return head.encode() + data


def form_of(parts, boundary="b"):
    text = b"".join(b"--%s\r\n%s\r\n" % (boundary.encode(), p) for p in parts)
    return text + b"--%s--\r\n" % boundary.encode()


def kind(boundary="b"):
    return [("Content-Type", f"multipart/form-data; boundary={boundary}")]


def post(client, path, body, headers=None):
    client.request("POST", path, kind() if headers is None else headers, body)
    return client.response()


def list_of(client, body, headers=None, path="/list"):
    answer = post(client, path, body, headers)
    assert answer.status == 200, answer
    found = json.loads(answer.body)
    for one in found:
        one["data"] = bytes.fromhex(one["data"])
    return found


def test_parts_come_with_their_names_and_types(client):
    body = form_of([
        part("title", b"Notes"),
        part("file", b"\0\r\n--\r\n", "a.bin", "content-type: image/png\r\nX-Extra: 1\r\n"),
        part("none", b"", ""),
    ])
    assert list_of(client, body) == [
        {"name": "title", "type": "text/plain", "data": b"Notes"},
        {"name": "file", "filename": "a.bin", "type": "image/png", "extra": "1",
         "data": b"\0\r\n--\r\n"},
        {"name": "none", "filename": "", "type": "text/plain", "data": b""},
    ]
    assert list_of(client, b"--b--") == []


@pytest.mark.parametrize("disposition, name, filename", [
    ('form-data; name="a b"; filename="x;y.txt"', "a b", "x;y.txt"),
    ("FORM-DATA; Name=a; FileName=b.txt", "a", "b.txt"),
    ('form-data; filename="b.txt"; name="a";', "a", "b.txt"),
    (r'form-data; name="a\"b\\c"; filename="\"x\".txt"', 'a"b\\c', '"x".txt'),
    ('form-data; name="a%22b%0D%0A%20"; filename="%22x%22.txt"', 'a"b\r\n%20', '"x".txt'),
    ('form-data; name="a"; filename="C:\\dir\\new.txt"', "a", "new.txt"),
    ('form-data; name="a"; filename="../../etc/passwd"', "a", "passwd"),
    ('form-data; name="a"; filename=".."', "a", ""),
    ('form-data; name="ä"; filename="naïve €.txt"', "ä", "naïve €.txt"),
    ("form-data; name=a; filename=x; filename*=UTF-8''%e2%82%ac%20b.txt", "a", "€ b.txt"),
    ("form-data; name=a; filename*=iso-8859-1'de'%e4.txt", "a", "ä.txt"),
    ("form-data; name=a; filename=x; filename*=UTF-8''%ff.txt", "a", "x"),
    ("form-data; name=a; filename=x; filename*=koi8-r''%ff.txt", "a", "x"),
    ("form-data; name=a; filename=x; filename*=UTF-8''..%2f..%2fy", "a", "y"),
])
def test_names_are_read_as_they_were_meant(client, disposition, name, filename):
    body = form_of([f"Content-Disposition: {disposition}\r\n\r\n.".encode()])
    [found] = list_of(client, body)
    assert (found["name"], found.get("filename")) == (name, filename)


@pytest.mark.parametrize("head", [
    b"",
    b"X: 1\r\n",
    b"Content-Disposition: form-data\r\n",
    b"Content-Disposition: attachment; name=a\r\n",
    b'Content-Disposition: form-data; name="a\r\n',
    b"Content-Disposition: form-data; name=a; name=b\r\n",
    b"Content-Disposition: form-data; name=a\r\nContent-Disposition: form-data; name=b\r\n",
    b"Content-Disposition: form-data; name=a\r\n folded: 1\r\n",
    b"Content-Disposition: form-data; name=a\r\nX : 1\r\n",
    b"Content-Disposition: form-data; name=a\r\nX: \0\r\n",
    b"Content-Disposition: form-data; name=a\r\nX: a\rb\r\n",
    b"Content-Disposition: form-data; name=a\nX: 1\r\n",
    b"Content-Disposition: form-data; name=a\r\nContent-Transfer-Encoding: base64\r\n",
], ids=range(13))
def test_a_part_with_a_wrong_head_is_400(client, head):
    assert post(client, "/list", form_of([head + b"\r\n."])).status == 400
    assert list_of(client, form_of([part("a", b"1")]))[0]["data"] == b"1"


@pytest.mark.parametrize("value, status", [
    ("multipart/form-data; boundary=b", 200),
    ('Multipart/Form-Data; charset=utf-8; Boundary="b"', 200),
    ("multipart/form-data", 400),
    ("multipart/form-data; boundary=", 400),
    ("multipart/form-data; boundary=" + "b" * 71, 400),
    ("multipart/form-data; boundary=a; boundary=b", 400),
    ("multipart/mixed; boundary=b", 415),
    ("text/plain", 415),
])
def test_the_type_says_what_separates_parts(client, value, status):
    body = form_of([part("a", b"1")])
    assert post(client, "/list", body, [("Content-Type", value)]).status == status
    assert post(client, "/list", body).status == 200


@pytest.mark.parametrize("boundary", [
    "b" * 70, "-" * 40, "'()+_,-./:=?", "a b", "----WebKitFormBoundary7MA4YWxkTrZu0gW"])
def test_boundaries_may_be_odd(client, boundary):
    body = form_of([part("a", b"1"), part("b", b"2")], boundary)
    assert [p["data"] for p in list_of(client, body, kind(f'"{boundary}"'))] == [b"1", b"2"]


def test_a_body_may_come_in_any_pieces(client):
    body = form_of([part("a", b"\r\n--bb\r\n--b-"), part("f", b"\r" * 5, "x"), part("e")])
    expected = list_of(client, body)
    assert [p["data"] for p in expected] == [b"\r\n--bb\r\n--b-", b"\r" * 5, b""]
    for size in (1, 2, 3, 5, 17, 64):
        client.send("POST /list?most=2 HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n"
                    "Content-Type: multipart/form-data; boundary=b\r\n\r\n")
        for at in range(0, len(body), size):
            piece = body[at:at + size]
            client.send(b"%x\r\n%b\r\n" % (len(piece), piece))
        client.send("0\r\n\r\n")
        answer = client.response()
        assert json.loads(answer.body) == [
            {**p, "data": p["data"].hex()} for p in expected]


def test_what_another_encoder_makes_is_read(client):
    """The standard library writes the parts, and chooses what separates them."""
    rng = random.Random(5)
    for _ in range(20):
        message = MIMEMultipart("form-data", policy=HTTP)
        expected = []
        for n in range(rng.randrange(1, 6)):
            data = rng.randbytes(rng.choice([0, 1, 7, 4096, 70000]))
            one = MIMEApplication(data, "x-test", lambda _: None, policy=HTTP)
            one.set_payload(data.decode("latin-1"), None)
            del one["MIME-Version"]
            one.replace_header("Content-Type", "application/x-test")
            one.add_header("Content-Disposition", "form-data", name=f"n{n}", filename=f"f {n}")
            message.attach(one)
            expected.append((f"n{n}", f"f {n}", data))
        body, boundary = encode(message)
        found = list_of(client, body, kind(f'"{boundary}"'))
        assert [(p["name"], p["filename"], p["data"]) for p in found] == expected


def encode(message):
    """The parts of a message, as bytes that nothing has changed."""
    heads = []
    for one in message.get_payload():
        data = one.get_payload().encode("latin-1")
        one.set_payload("")
        out = BytesIO()
        BytesGenerator(out, policy=HTTP).flatten(one)
        heads.append((out.getvalue(), data))
    boundary = f"{random.Random(len(heads)).randrange(1 << 60):x}"
    return form_of([head + data for head, data in heads], boundary), boundary


def test_parts_that_nobody_reads_are_skipped(client):
    body = form_of([part("a", bytes(200_000)), part("b", b""), part("c", b"x" * 9)])
    assert post(client, "/skip", body).body == b"a b c"
    assert client.get("/skip").status == 405


def test_a_part_that_was_passed_is_an_error(client):
    body = form_of([part("a", b"1"), part("b", b"2")])
    assert b"was passed" in post(client, "/late", body).body


def test_a_text_has_a_limit(client):
    assert post(client, "/text", form_of([part("a", b"123"), part("b", b"")])).body == b"123;;"
    answer = post(client, "/text", form_of([part("a", b"1234"), part("b", b"12")]))
    assert (answer.status, answer.body) == (413, b"too big;12;")


# --- Limits and ends ---------------------------------------------------------


@pytest.mark.parametrize("parts, status", [
    ([part("a", b"x" * 1000)] * 3, 200),
    ([part("a", b"x" * 1001)], 413),
    ([part("a")] * 4, 413),
    ([part("a", headers="X: " + "x" * 200 + "\r\n")], 413),
], ids=["none", "part", "parts", "header"])
def test_each_limit_is_413(client, parts, status):
    assert post(client, "/limited", form_of(parts)).status == status
    assert client.get("/list").status == 405


def test_the_whole_body_has_a_limit(server):
    big = form_of([part("a", bytes(100_000))])
    with server.connect() as client:
        client.request("POST", "/limited", [
            *kind(), ("Expect", "100-continue"), ("Content-Length", str(len(big)))])
        answer = client.response()
        assert (answer.status, answer.interim) == (413, [])
    small = form_of([part("a", b"x" * 100)])
    with server.connect() as client:  # where no length says so before
        client.send("POST /limited HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n"
                    "Content-Type: multipart/form-data; boundary=b\r\n\r\n")
        client.send(b"%x\r\n%b\r\n" % (len(small), small))
        client.send(b"%x\r\n%b\r\n0\r\n\r\n" % (100_000, bytes(100_000)))  # behind the parts
        assert client.response().status == 413


@pytest.mark.parametrize("last", [3, 10, 60, -8])
def test_a_form_that_ends_too_early_is_400(client, last):
    body = form_of([part("a", b"x" * 100)])[:last]
    assert post(client, "/list", body).status == 400
    assert post(client, "/form", body).status == 400


def test_a_client_that_leaves_leaves_no_whole_form(serve):
    server = serve("parts")
    with server.connect() as client:
        client.request("POST", "/list", [*kind(), ("Content-Length", "1000")])
        client.send(form_of([part("a", b"x" * 100)])[:80])
    server.wait_for_log("the part 'a' did not come to its end: aborted")


def test_a_handler_may_catch_what_is_wrong(client):
    answer = post(client, "/caught", form_of([part("a")]), [("Content-Type", "text/plain")])
    assert (answer.status, answer.body) == (422, b"false not a form with parts")
    answer = post(client, "/caught", form_of([b"X: 1\r\n\r\n."]))
    assert (answer.status, answer.body) == (422, b"false a part has no name")


# --- Whole forms -------------------------------------------------------------


def test_a_form_with_files_is_a_table(client):
    body = form_of([part("a", b"1"), part("f", b"data", "x.txt"), part("a", b"2"),
                    part("g", b"1", "1"), part("g", b"2", "2")])
    form = json.loads(post(client, "/form", body).body)

    def file(name, data):
        return {"filename": name, "content_type": "text/plain", "data": data}

    assert form == {"a": ["1", "2"], "f": file("x.txt", "data"),
                    "g": [file("1", "1"), file("2", "2")]}


def test_a_form_with_files_has_the_limits_of_forms(client):
    small = [part("a", b"1"), part("b", b"2")]
    assert post(client, "/small-form", form_of(small)).body == b"ok"
    answer = post(client, "/small-form", form_of([*small, part("c")]))
    assert (answer.status, answer.body) == (413, b"too many fields")
    answer = post(client, "/small-form", form_of([part("a", bytes(1000))]))
    assert (answer.status, answer.body) == (413, b"too big")
    answer = post(client, "/form", form_of([part("a", bytes(MIB))]))
    assert answer.status == 413


def test_a_form_can_be_asked_for_again(client):
    body = form_of([part("a", b"1")])
    assert json.loads(post(client, "/twice", body).body) == [len(body), True, "1"]


# --- Memory ------------------------------------------------------------------


def test_a_large_part_takes_bounded_memory(server):
    head, end = b"--b\r\n" + part("f", b"", "large"), b"\r\n--b--\r\n"
    size = 200 * MIB
    with server.connect() as client:
        post(client, "/count", form_of([part("a", bytes(4 * MIB))])) # warm
        before = server.rss()
        client.request("POST", "/count", [
            *kind(), ("Content-Length", str(len(head) + size + len(end)))])
        piece = b"\r\n--bulk\r" + bytes(MIB - 9)

        def send():
            client.send(head)
            for _ in range(200):
                client.send(piece)
            client.send(end)

        sender = threading.Thread(target=send)
        sender.start()
        assert client.response().body == b"f %d\n" % size
        sender.join()
        assert server.rss() - before < 16 * MIB
