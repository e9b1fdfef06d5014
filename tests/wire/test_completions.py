"""Asynchronous operations complete once, in order, with exact counts."""

import pytest

from server import PATIENCE_S
import time

APP = "completions"


@pytest.fixture(scope="module", autouse=True)
def data(server):
    """The file that handlers send parts of."""
    content = bytes(range(256)) * 8
    (server.folder / "data.bin").write_bytes(content)
    return content


def notes(server, until=1):
    """What handlers noted, once there are `until` lines."""
    lines, deadline = [], time.monotonic() + PATIENCE_S
    while len(lines) < until:
        assert time.monotonic() < deadline, lines
        lines += server.get("/notes").body.decode().splitlines()
    return lines


def test_a_mixed_write_reports_the_bytes_of_all_its_chunks(server, client, data):
    answer = client.get("/mixed")
    assert answer.framing == "chunked"
    assert answer.body == b"head" + data[10:1010] + b"fragment"
    assert answer.trailers == [("X-Sum", "42")]
    assert notes(server) == ["true 1012 write", "again 1012 write"]


def test_arrays_nest_and_numbers_are_text(server, client, data):
    answer = client.get("/nested")
    assert answer.body == b"a1cde2.5" + data[:4]
    assert notes(server) == ["12"]


def test_a_missing_fragment_is_an_error_and_nothing_is_taken(server, client):
    answer = client.get("/missing-fragment")
    assert answer.body == b"rest"
    assert notes(server)[0].startswith("nil ")


def test_operations_can_be_collected_one_by_one_in_any_order(server, client):
    assert len(client.get("/each").body) == 1_500_000
    assert notes(server) == [
        "5 500000 write", "4 400000 write", "3 300000 write",
        "2 200000 write", "1 100000 write", "nil idle"]


def test_the_response_gives_its_completions_in_order_of_submission(
        server, client):
    assert client.get("/oldest").body == b"x" * 15
    lines = notes(server)
    assert [line.split()[0] for line in lines[:5]] == list("12345")
    assert lines[:5] == [f"{n} {n} write" for n in range(1, 6)]
    assert lines[5].startswith("6 ") and lines[5].endswith(" flush")
    assert lines[6] == "nil idle"


def test_callbacks_run_after_the_call_in_coroutines_of_their_own(
        server, client):
    client.get("/callbacks")
    lines = notes(server, 5)
    assert lines[0] == "handler", "a callback ran before the call returned"
    assert sorted(lines[1:]) == [
        "callback 1 true write ok 1", "callback 2 true write ok 2",
        "callback 3 true write ok 3", "flush true flush ok"]


def test_the_counts_of_a_response_are_what_the_client_received(server, client):
    answer = client.get("/wire")
    counts = [tuple(map(int, line.split())) for line in notes(server, 3)]
    assert [bytes_ for bytes_, _ in counts] == [5, 300000, 4]
    assert sum(bytes_ for bytes_, _ in counts) == len(answer.body)
    assert sum(wire for _, wire in counts) == client.received


def test_a_write_that_has_not_moved_is_withdrawn_by_cancel(server, client):
    assert client.get("/cancel").body == b"ab"
    assert notes(server) == ["nil cancelled", "1 write"]


def test_a_write_that_has_not_moved_is_withdrawn_by_its_timeout(server, client):
    assert client.get("/timeout").body == b"kept"
    assert notes(server) == ["nil timed_out"]


def test_nothing_is_taken_after_the_last_data(server, client):
    answer = client.get("/last")
    assert (answer.framing, answer.body) == ("length", b"all")
    assert notes(server) == ["3", "nil finished", "nil finished",
                             "nil finished"]


def test_at_the_hard_limit_no_wait_takes_nothing(server, client):
    client.get("/full")
    assert notes(server) == ["nil full true"]


def test_always_post_gives_a_completion_even_when_done_inline(server, client):
    assert client.get("/post").body == b""
    assert notes(server) == ["true 0 write"]


def test_old_uncollected_completions_leave_the_list_and_answer_still(
        server, client):
    assert len(client.get("/uncollected").body) == 5001
    assert notes(server) == ["true 1 write"]


def test_every_operation_completes_when_the_client_leaves(server):
    with server.connect(receive_buffer=4096) as client:
        client.request("GET", "/left")
        client.head()
        client.reset()
    assert notes(server, 2) == ["sent then aborted", "nil aborted"]
