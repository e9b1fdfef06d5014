"""Answers that are begun again: their stages belong to the new one, too."""

import re
import zlib

import pytest

APP = "again"
SETTINGS = {"grace": "10s"}
PAGE = b"<p>It did not work.</p>\n" * 50
GZIP = [("Accept-Encoding", "gzip")]
HTML = "text/html; charset=utf-8"


def notes(server, name, last):
    """What the stages of the request of that name were told, up to `last`."""
    server.wait_for_log(f"<{name}> {last}.")
    return re.findall(rf"<{name}> (.*?)\.(?:\"| request=|$)", server.log(), re.M)


def is_page(answer):
    return answer.status == 418 and zlib.decompress(answer.body, 31) == PAGE


@pytest.mark.parametrize("query", [
    "at=headers&type=text/plain",            # compression had not been asked
    "at=chunks&type=text/plain",             # and had begun
    "at=chunks&type=image/png",              # did not want to take part
    "at=chunks&type=text/plain&whole=1",     # had seen the end
    "at=headers&type=text/plain&abort=slow",
])
def test_a_page_of_an_error_is_compressed_whatever_came_before(server, query):
    answer = server.get(f"/fails?n=gzip&{query}", GZIP)
    assert is_page(answer) and answer.headers.get("Content-Encoding") == "gzip"
    assert answer.headers.get("X-Status") == "418"  # hooks are asked again, too
    assert server.get("/fails-at-once?n=plain").body == PAGE
    assert is_page(server.get("/fails-at-once?n=gzip", GZIP))


def test_a_stage_that_stayed_out_is_asked_about_the_new_answer(server):
    answer = server.get("/fails?n=declined&at=headers&type=image/png&loud=1")
    assert answer.body == PAGE.upper() + f"<!-- {HTML} -->".encode()
    assert notes(server, "declined", f"loud: finish {HTML}") == [
        "loud: headers image/png", "held: cancelled", f"loud: headers {HTML}",
        "loud: chunks", f"loud: finish {HTML}"]


def test_a_stage_that_saw_the_end_takes_part_in_the_new_answer(server):
    answer = server.get("/fails?n=ended&at=chunks&type=text/plain&loud=1&whole=1")
    assert answer.body == PAGE.upper() + f"<!-- {HTML} -->".encode()
    told = notes(server, "ended", f"loud: finish {HTML}")
    # The file comes in pieces, each a call; no abort of what was finished.
    assert [what for what in told if "chunks" not in what] == [
        "loud: headers text/plain", "loud: finish text/plain", "held: cancelled",
        f"loud: headers {HTML}", f"loud: finish {HTML}"]


def test_an_answer_that_takes_the_place_of_another_has_ranges(server):
    path = "/corrected?n=ranges&at=headers"
    answer = server.get(path, [("Range", "bytes=-5"), ("If-Range", '"2"')])
    assert (answer.status, answer.body) == (206, b"sugar")
    assert answer.headers.get("X-Status") == "200"  # ranges are nearer to the client
    assert server.get(path, [("If-None-Match", '"2"')]).status == 304


def test_the_abort_of_an_answer_does_not_hold_up_the_next(server):
    answer = server.get("/fails?n=slow&at=headers&type=text/plain&abort=1")
    assert answer.body == PAGE
    assert "takes longer" not in server.log()


def test_an_abort_holds_up_neither_the_client_nor_the_end_of_the_server(serve):
    server = serve(APP, settings=SETTINGS)
    with server.connect() as client:
        client.request("GET", "/aborts?n=a&abort=1")
        with pytest.raises(EOFError):
            client.response("GET")
    assert notes(server, "a", "held: aborted") == ["held: aborted"]
    server.stop()
    assert "grace time" not in server.log() and "takes longer" not in server.log()


@pytest.mark.parametrize("paths", [
    ["/declines?n=a&loud=1", "/fails-at-once?n=b&loud=1"],
    ["/fails?n=a&at=headers&type=image/png&loud=1",
     "/fails?n=b&at=chunks&type=a/b&loud=1&whole=1"],
    ["/aborts?n=a&loud=1", "/aborts?n=b&loud=1"],
    ["/leaves?n=a&loud=1&at=headers", "/leaves?n=b&loud=1&at=chunks&whole=1"],
])
def test_nothing_is_left_of_answers_and_their_stages(serve, paths):
    server = serve(APP, settings={"log_level": "debug", **SETTINGS})
    for count, path in enumerate(paths):
        with server.connect() as client:
            client.request("GET", path)
            if path.startswith("/leaves"):
                server.wait_for_log("is there", count + 1)
            elif path.startswith("/aborts"):
                with pytest.raises(EOFError):
                    client.response("GET")
            else:
                assert client.response("GET").status in (200, 418)
    server.stop()
    server.wait_for_log("left at the end")
    assert "exchanges 0, operations 0, pieces 0" in server.log()


def test_an_abort_without_an_end_is_ended_and_named(serve):
    server = serve(APP, settings={"stage_timeout": "50ms"}, flags=["--watch"])
    with server.connect() as client:
        client.request("GET", "/aborts?n=a&abort=1")
        with pytest.raises(EOFError):
            client.response("GET")
    server.wait_for_log("the 'abort' of the stage \"held\" takes longer than it may ms=50")
    with server.connect() as client:  # whose abort the reload below finds at work
        client.request("GET", "/aborts?n=b&abort=1")
        with pytest.raises(EOFError):
            client.response("GET")
    script = server.folder / "app.lua"
    script.write_text(script.read_text() + "\n-- another version\n")
    server.wait_for_log("takes longer than it may", 2)
    assert server.get("/declines").body == b"whole"
