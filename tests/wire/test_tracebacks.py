"""What the log says of an error: where it was, and once; and what a handler is
told that returns its answer instead of sending it."""

import json
import re

import pytest

from server import APPS

APP = "tracebacks"
SETTINGS = {"log_format": "json", "development": "true"}


# The lines of the app that are named there: `-- @name`.
LINES = {match[1]: n
         for n, line in enumerate((APPS / f"{APP}.lua").read_text().splitlines(), 1)
         if (match := re.search(r"-- @([\w-]+)$", line))}


def at(text):
    return re.sub(r"@([\w-]+)", lambda match: str(LINES[match[1]]), text)


def entries(server):
    return [json.loads(line) for line in server.log().splitlines()]


def logged(server, path):
    """What the log has of a request's failures."""
    before = len(entries(server))
    answer = server.get(path)
    server.get("/legal/text")  # behind whatever the first one left
    new = entries(server)[before:]
    return answer, [line for line in new if line["level"] in ("warn", "error")]


@pytest.mark.parametrize("path, message, places", [
    ("/nested", "app.lua:@deep: nested words", ["@deep", "@nested"]),
    ("/own-frame", "app.lua:@own: attempt to index", ["@own"]),
    ("/inner-frame", "app.lua:@index: attempt to index", ["@index", "@inner"]),
    ("/generator", "app.lua:@deep: generated words", ["@deep", "@generator", "@for"]),
    ("/gsub", "app.lua:@deep: a in gsub words", ["@gsub"]),
    ("/sort", "app.lua:@index: attempt to index", ["@sort"]),
    ("/table", "error object is a table: no tea", ["@table"]),
    ("/object", "an object of tea", ["@object"]),
    ("/luv", "app.lua:@index: attempt to index", ["@index", "@luv"]),
])
def test_a_traceback_has_the_line_of_each_function(server, path, message, places):
    _, (failure,) = logged(server, path)
    assert at(message) in failure["message"]
    found = [failure["traceback"].find(at(f"app.lua:{line}: ")) for line in places]
    assert found == sorted(found) and found[0] >= 0, failure["traceback"]
    assert "app.lua: in" not in failure["traceback"]


def test_a_wrong_call_at_the_end_of_a_handler_names_the_handler(server):
    answer, (failure,) = logged(server, "/tail-call")
    assert at("app.lua:@tail: bad argument #1 to 'status'") in failure["message"]
    assert "lua/sluice/" not in failure["message"]
    assert at("app.lua:@tail: bad argument") in answer.body.decode()
    answer, (failure,) = logged(server, "/guarded/tail-call")
    assert at("app.lua:@guarded: bad argument #1 to 'status'") in failure["message"]
    assert at("app.lua:@guarded: bad argument") in answer.body.decode()


def test_a_stack_that_is_full_is_said_to_be_so(serve):
    """In development there is not always room to say where."""
    server = serve(APP, settings={"log_format": "json"})
    _, (failure,) = logged(server, "/overflow")
    assert at("app.lua:@down: stack overflow") in failure["message"]
    assert at("app.lua:@overflow: ") in failure["traceback"]
    server = serve(APP, settings=SETTINGS)
    for _ in range(10):
        _, (failure,) = logged(server, "/overflow")
        assert "stack overflow" in failure["message"], failure


def test_what_somebody_collects_is_not_logged(server):
    answer, failures = logged(server, "/collected")
    assert answer.body == b"all words\nrace words\njoin words\ndeadline words\n"
    assert failures == []


def test_what_is_raised_again_is_logged_once_with_where_it_came_from(server):
    _, (failure,) = logged(server, "/raised-again")
    assert "again words" in failure["message"]
    assert at("app.lua:@late: in") in failure["traceback"], failure
    _, (failure,) = logged(server, "/deadline")
    assert at("app.lua:@late: in") in failure["traceback"], failure
    assert at("app.lua:@deadline: in") in failure["traceback"], failure


def test_what_nobody_collects_is_logged(server):
    _, failures = logged(server, "/uncollected")
    assert sorted(f["message"].split(": ")[1] for f in failures) == [
        "spawned words", "ticking words"]
    assert all(at("app.lua:@deep: in function 'deep'") in f["traceback"] for f in failures)


@pytest.mark.parametrize("what, line, advice", [
    ("text", "@text", "return res:text(...)"), ("table", "@returns-table", "return res:json(...)")])
def test_an_answer_that_is_only_returned_is_an_error(server, what, line, advice):
    answer, (failure,) = logged(server, f"/returns/{what}")
    assert answer.status == 500
    assert at(f"app.lua:{line} returned a") in failure["message"]
    assert str(advice).encode() in answer.body, "the page of development"
    assert failure["message"].endswith(advice)


def test_middleware_may_use_or_drop_what_a_handler_returns(server):
    answer, failures = logged(server, "/rendered/used")
    assert (answer.body, failures) == (b'["Hello"]', [])
    answer, (failure,) = logged(server, "/rendered/dropped")
    assert answer.status == 500
    assert "returned a table" in failure["message"]


@pytest.mark.parametrize("what", [
    "text", "json", "write", "operation", "written", "status", "response", "task",
    "fails"])
def test_what_calls_return_may_be_returned(server, what):
    answer, failures = logged(server, f"/legal/{what}")
    assert answer.status in (200, 204)
    assert failures == []
