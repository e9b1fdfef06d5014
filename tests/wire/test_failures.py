"""What goes wrong is never seen as a well-formed answer."""

import re

import pytest

APP = "failures"


# --- Handlers that fail ---------------------------------------------------------


def test_an_error_before_the_commit_is_a_500_with_a_request_id(server, client):
    answer = client.get("/error")
    assert answer.status == 500
    assert b"never seen" not in answer.body
    assert b"own words" not in answer.body, "shown to a client"
    assert "x-half" not in answer.headers
    text = answer.body.decode() + str(answer.headers)
    request_id = re.search(r"\b[0-9a-f]{16}\b", text)[0]
    server.wait_for_log(request_id)
    log = server.log()
    assert "the handler's own words" in log
    assert re.search(r"app\.lua:\d+", log), "no file and line"
    assert client.get("/hello").body == b"Hello\n"


@pytest.mark.parametrize("when", [
    "after-a-length", "after-the-end", "after-operations"])
def test_an_error_replaces_what_the_handler_had_prepared(client, when):
    answer = client.get(f"/error-{when}")
    assert answer.status == 500
    assert b"request id" in answer.body
    assert client.get("/hello").body == b"Hello\n"


def test_an_error_in_a_callback_is_logged_and_hurts_nobody(server, client):
    assert client.get("/error-in-callback").body == b"fine"
    server.wait_for_log("words of a callback")
    assert client.get("/hello").body == b"Hello\n"


@pytest.mark.parametrize("what", ["error-later", "abort"])
@pytest.mark.parametrize("framing", ["chunked", "length"])
def test_a_framed_answer_that_fails_ends_early_and_is_not_reset(
        client, what, framing):
    client.request("GET", "/hello")
    client.request("GET", f"/{what}/{framing}")
    assert client.response().body == b"Hello\n"
    assert client.head().framing == framing
    rest = client.read_to_end()  # raises at a reset
    assert rest == (b"5\r\nbegun\r\n" if framing == "chunked" else b"begun")


@pytest.mark.parametrize("what", ["error-later", "abort"])
def test_a_close_delimited_answer_that_fails_is_reset(client, what):
    client.request("GET", f"/{what}/close", version="1.0")
    assert client.head().framing == "close"
    assert client.is_reset()


def test_an_abort_before_the_commit_sends_nothing(client):
    client.request("GET", "/abort-at-once")
    assert b"HTTP" not in client.read_to_end()


def test_what_follows_an_aborted_answer_is_not_answered(client):
    client.request("GET", "/abort/chunked")
    client.request("GET", "/hello")
    assert b"Hello" not in client.read_to_end()


# --- Declared lengths -----------------------------------------------------------


def test_a_body_of_the_declared_length_is_complete(server, client):
    answer = client.get("/length/10/10")
    assert (answer.framing, answer.body) == ("length", b"x" * 10)
    assert server.get("/notes").body == b"10 nil"


def test_a_body_that_is_too_short_is_never_complete(server, client):
    client.request("GET", "/length/10/9")
    received = client.read_to_end()
    assert not received.endswith(b"\r\n\r\n" + b"x" * 10)
    assert b"content-length: 9" not in received.lower()
    server.get("/notes")


def test_a_body_that_is_too_long_is_refused_and_not_complete(server, client):
    client.request("GET", "/length/10/11")
    received = client.read_to_end()
    assert b"x" * 10 not in received
    assert server.get("/notes").body.startswith(b"nil ")


def test_trailers_beside_a_declared_length_are_refused(server, client):
    answer = client.get("/trailers-beside-a-length")
    assert (answer.framing, answer.body) == ("length", b"body")
    assert server.get("/notes").body == b"trailers refused"


# --- The head ---------------------------------------------------------------------


def test_nothing_can_be_injected_into_a_head(server, client):
    answer = client.get("/inject")
    assert (answer.status, answer.body) == (200, b"clean")
    assert "x-injected" not in answer.headers
    assert "x-test" not in answer.headers
    notes = server.get("/notes").body.decode().splitlines()
    assert len(notes) == 23
    assert [note for note in notes if note.endswith("accepted")] == []


def test_after_the_commit_a_change_of_the_head_fails(server, client):
    answer = client.get("/committed")
    assert (answer.status, answer.body) == (200, b"a")
    assert "x-late" not in answer.headers
    notes = server.get("/notes").body.decode().splitlines()
    assert notes[0] == "true"
    assert len(notes) == 8
    assert all(note.endswith(" nil committed") for note in notes[1:]), notes


def test_early_hints_come_before_the_answer(client):
    answer = client.get("/hints")
    assert answer.body == b"page"
    assert [hint.status for hint in answer.interim] == [103, 103]
    assert [hint.headers for hint in answer.interim] == [
        [("Link", "</style.css>; rel=preload")],
        [("Link", "</app.js>; rel=preload")]]


def test_an_http_10_client_gets_no_hints(client):
    answer = client.get("/hints", version="1.0")
    assert (answer.interim, answer.body) == ([], b"page")


def test_a_redirect_drops_what_was_written(client):
    answer = client.get("/redirect")
    assert answer.status == 302
    assert answer.headers.get("location") == "/hello"
    assert b"dropped" not in answer.body


def test_clear_resets_status_fields_and_body(client):
    answer = client.get("/clear")
    assert (answer.status, answer.body) == (200, b"kept")
    assert "x-gone" not in answer.headers


def test_fields_are_replaced_added_and_deleted(client):
    answer = client.get("/cookies")
    assert answer.body == b"second"
    assert answer.headers.get_all("set-cookie") == ["a=1", "b=2"]
    assert "x-deleted" not in answer.headers


def test_a_status_may_have_a_reason_of_its_own(client):
    answer = client.get("/reason")
    assert (answer.status, answer.reason) == (299, "Quite Fine")
