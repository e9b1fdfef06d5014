"""What handlers ask of a request, over the wire."""

import time

import pytest

APP = "requests"
SETTINGS = {"body_size": 10000}

FORM = [("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")]
JSON = [("Content-Type", "application/json")]


def post(client, path, body, headers=()):
    client.request("POST", path, headers, body)
    answer = client.response()
    return answer.status, answer.body


def test_cookies_of_all_lines_are_read(client):
    cookies = [("Cookie", 'a=1; b="x y"'), ("Cookie", "c=3")]
    assert client.get("/cookies", cookies).body == b"{a=1,b=x y,c=3}"
    assert client.get("/cookies").body == b"{}"


def test_both_addresses_of_the_connection_are_known(server, client):
    port = client.socket.getsockname()[1]
    assert client.get("/addresses").body.decode() == (
        f"127.0.0.1:{port} 127.0.0.1:{server.port}")


def test_the_addresses_of_a_unix_socket_are_known(serve, tmp_path):
    server = serve("requests", listen=f"unix:{tmp_path}/socket")
    assert server.get("/addresses").body.decode() == f"unix: unix:{tmp_path}/socket"


def test_the_time_of_arrival_is_the_wall_clock(client):
    arrived, same = client.get("/arrived").body.split()
    assert same == b"true"
    assert abs(float(arrived) - time.time()) < 3600


def test_the_query_keeps_its_order(client):
    assert client.get("/query?b=1&a=x+y&b=%32").body == b"b=1;a=x y;b=2;"


# --- Bodies --------------------------------------------------------------------


def test_a_form_is_a_table(client):
    assert post(client, "/form", b"a=1&b=x+y%21&a=2&c", FORM) == (
        200, b"{a={1=1,2=2},b=x y!,c=}")


def test_what_is_no_form_is_415(client):
    assert post(client, "/form", b"a=1", JSON)[0] == 415
    assert post(client, "/form", b"a=1")[0] == 415


def test_a_form_has_limits(client):
    assert post(client, "/small-form", b"a=1&b=2&c=3", FORM) == (200, b"{a=1,b=2,c=3}")
    assert post(client, "/small-form", b"a=1&b=2&c=3&d=4", FORM) == (
        413, b"no: too many fields")
    assert post(client, "/small-form", b"a" * 101, FORM) == (413, b"no: too big")
    many = b"&".join(b"a%d" % n for n in range(1001))
    assert post(client, "/form", many, FORM)[0] == 413


def test_json_is_a_value(client):
    assert post(client, "/json", b'{"a": [1, {"b": null}], "c": "x"}', JSON)[0] == 200
    assert post(client, "/json", b'{"a": [1, 2], "c": "x"}', JSON)[1] == b"{a={1=1,2=2},c=x}"
    problem = [("Content-Type", "application/problem+json; charset=utf-8")]
    assert post(client, "/json", b"[7]", problem) == (200, b"{1=7}")


@pytest.mark.parametrize("body, headers, status", [
    (b"{", JSON, 400),
    (b'{"a": 1} x', JSON, 400),
    (b"a=1", FORM, 415),
    (b"{}", (), 415),
    (b"[" + b" " * 10000 + b"]", JSON, 413),
], ids=["open", "more", "form", "no type", "large"])
def test_wrong_json_answers_for_a_handler_that_asserts(server, client, body, headers, status):
    assert post(client, "/json", body, headers)[0] == status
    assert post(client, "/json", b"[1]", JSON) == (200, b"{1=1}")


def test_no_body_is_no_json(client):
    client.request("POST", "/json", JSON + [("Content-Length", "0")])
    assert client.response().status == 400


def test_a_handler_may_answer_otherwise(client):
    status, body = post(client, "/handled", b"{", JSON)
    assert (status, body[:9]) == (422, b"handled: ")


def test_an_error_of_the_clients_is_no_error_of_the_servers(serve):
    server = serve("requests")
    assert server.get("/json", JSON, "POST", b"{").status == 400
    server.wait_for_log("traceback")
    assert " error " not in server.log().lower().replace("warn", "")


def test_a_body_is_the_same_when_asked_again(client):
    assert post(client, "/body/9", b"123456789") == (200, b"9 true")
    assert post(client, "/body/8", b"123456789")[0] == 413


def test_a_limit_may_be_above_the_setting(client):
    assert post(client, "/body/20000", bytes(20000)) == (200, b"20000 true")
    assert post(client, "/body/20000", bytes(20001))[0] == 413


def test_pieces_of_a_body_come_in_a_loop(client):
    assert post(client, "/chunks", bytes(200_000)) == (200, b"200000 true true")
    client.request("POST", "/chunks")
    assert client.response().body == b"0 true true"


def test_a_loop_that_stops_holds_its_client_back(server):
    """Nothing is read ahead beyond the window: memory stays bounded."""
    size = 64 << 20
    with server.connect() as client:
        client.request("POST", "/stuck", [("Content-Length", str(size))])
        client.socket.settimeout(0.5)
        sent = 0
        try:
            while sent < size:
                sent += client.socket.send(bytes(1 << 16))
        except TimeoutError:
            pass
        client.reset()  # a FIN would wait behind what is not read
    assert 0 < sent < size


def test_half_a_body_is_not_taken_for_a_whole_one(serve):
    server = serve("requests")
    with server.connect() as client:
        client.request("POST", "/chunks", [("Content-Length", "1000")])
        client.send(b"x" * 500)
        while server.get("/progress").body != b"500":
            pass
    server.wait_for_log("the body did not come to its end")
    line = next(line for line in server.log().splitlines() if "the body did not" in line)
    assert " warn " in line


def test_trailers_asked_for_too_early_come_later(client):
    client.send("POST /trailers HTTP/1.1\r\nHost: t\r\n"
                "Transfer-Encoding: chunked\r\n\r\n")
    client.head()
    assert client.read_chunk() == b"{}"
    client.send("5\r\nhello\r\n0\r\nX-Sum: 7\r\n\r\n")
    assert client.read_chunk() == b"{x-sum=7}"
    assert client.read_chunk() == b""


# --- Negotiation ----------------------------------------------------------------


def test_the_best_offer_is_chosen(client):
    assert client.get("/accepts").body == b"json en nil"
    assert client.get("/accepts", [
        ("Accept", "text/html, */*;q=0.1"),
        ("Accept-Language", "de;q=0.9"), ("Accept-Language", "en;q=0.5"),
        ("Accept-Encoding", "gzip, deflate"),
    ]).body == b"html de-AT gzip"
    assert client.get("/accepts", [("Accept", "image/png")]).body == b"nil en nil"


@pytest.mark.parametrize("field, value, status", [
    ("If-None-Match", '"v2"', 304),
    ("If-None-Match", '"v1", W/"v2"', 304),
    ("If-None-Match", "*", 304),
    ("If-None-Match", '"v1"', 200),
    ("If-Modified-Since", "Sun, 06 Nov 1994 08:49:37 GMT", 304),
    ("If-Modified-Since", "Sunday, 06-Nov-94 08:49:38 GMT", 304),
    ("If-Modified-Since", "Sun, 06 Nov 1994 08:49:36 GMT", 200),
    ("If-Modified-Since", "yesterday", 200),
])
def test_a_fresh_copy_is_not_sent_again(client, field, value, status):
    answer = client.get("/fresh", [(field, value)])
    assert answer.status == status
    assert answer.body == (b"" if status == 304 else b"version 2")
    client.request("POST", "/fresh", [(field, value)])
    assert client.response().status == 200


def test_the_tag_goes_before_the_date(client):
    date = ("If-Modified-Since", "Sun, 06 Nov 1994 08:49:37 GMT")
    assert client.get("/fresh", [("If-None-Match", '"v1"'), date]).status == 200


@pytest.mark.parametrize("call, message", [
    ("accepts", "bad argument #1 to 'accepts' (string expected, got number)"),
    ("no-type", "bad argument #1 to 'accepts' ('nonsense' is no media type)"),
    ("nothing", "bad argument #1 to 'accepts_language' (string expected, got nil)"),
    ("etag", "bad argument #1 to 'fresh' (an entity tag"),
    ("body", "bad argument #1 to 'body' (a number of bytes"),
    ("form", "bad argument #1 to 'form' (table expected, got 7)"),
    ("option", "bad argument #1 to 'form' (it has no option 'size')"),
    ("chunks", "bad argument #1 to 'chunks' (a number of bytes"),
])
def test_misuse_names_the_function_the_argument_and_the_line(client, call, message):
    body = client.get(f"/wrong/{call}").body.decode()
    assert message in body
    assert "app.lua:" in body.split(": bad")[0]
