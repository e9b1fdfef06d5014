"""Pictures of responses: whether what they say is true."""

import json
import time

import pytest

from browser import CHROMIUM, Browser
from server import PATIENCE_S
from test_generations import wait_until

APP = """
local sluice = require("sluice")
local app = sluice.new()
app:get("/hello", function(_, res)
  res:set("Set-Cookie", "word=open-sesame")
  res:write("Hello!\\n")
end)
app:get("/report", function(_, res)
  for i = 1, 1000 do
    res:write("line ", i, "\\n")
  end
end)
app:get("/stream", function(_, res)
  for i = 1, 5 do
    res:write(("x"):rep(i))
    res:write(("y"):rep(1000 * i))
    res:flush()
    sluice.sleep(2)
  end
  res:write("end")
end)
app:get("/many/:n<int>", function(req, res)
  for _ = 1, req.params.n do
    res:write("0123456789")
    res:flush()
  end
end)
app:get("/large", function(_, res)
  for _ = 1, 64 do
    res:write(("z"):rep(65536))
  end
end)
app:get("/operations", function(_, res)
  local list = {}
  for i = 1, 4 do
    list[i] = res:WriteEntityChunks({ "<", sluice.file("app.lua"), ">" }, true)
  end
  for _, operation in ipairs(list) do
    assert(operation:GetCompletedOperation())
  end
  res:write("sync")
  local task = sluice.spawn(function()
    sluice.sleep(1)
  end)
  task:join()
end)
app:get("/taken-back", function(_, res)
  res:write("kept")
  local operation = res:WriteEntityChunks("taken back", true)
  res:write("kept too")
  operation:cancel()
  res:insert("first ")
end)
app:get("/begun-again", function(_, res)
  res:write("dropped")
  res:clear()
  res:write("kept")
end)
app:post("/echo", function(req, res)
  for chunk in req:chunks() do
    res:write(chunk)
  end
end)
app:get("/broken", function(_, res)
  res:write("lost")
  error("no way")
end)
app:get("/late", function(_, res)
  res:write("a part")
  res:flush()
  error("too late")
end)
app:get("/packed", function(_, res)
  res:compress()
  res:set("Content-Type", "text/plain")
  for i = 1, 4 do
    res:write(("word "):rep(500 * i))
    res:flush()
  end
end)
app:get("/endless", function(_, res)
  while res:write("tick\\n") and res:flush() do
    sluice.sleep(1)
  end
end)
return app
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    from server import Server
    shared = Server(APP, tmp_path_factory.mktemp("server"), verb="dev")
    yield shared
    shared.stop()


def load(server, path):
    answer = server.get(path)
    assert answer.status == 200, answer
    assert answer.headers.get("content-type") == "application/json"
    return json.loads(answer.body)


def picture_of(server, path):
    """The picture, once its response is over."""
    deadline = time.monotonic() + PATIENCE_S
    while (picture := load(server, path + ".json"))["is_running"]:
        assert time.monotonic() < deadline, picture
        time.sleep(0.01)
    return picture


def ask(server, path, method="GET", headers=(), body=b""):
    """An answer, how many bytes of it came, and its picture."""
    with server.connect() as client:
        client.request(method, path, [*headers, ("Connection", "close")], body)
        answer = client.response(method)
        client.read_to_end()
        received = client.received
    return answer, received, picture_of(server, answer.headers.get("x-sluice-picture"))


def sum_of(items, name):
    return sum(item[name] for item in items)


def follows(*times):
    """Does what is known of these times not go back?"""
    known = [ms for ms in times if ms is not None]
    return known == sorted(known)


def check_chunks(picture):
    sends = {send["number"]: send for send in picture["sends"]}
    kept = [chunk for chunk in picture["chunks"] if not chunk.get("is_dropped")]
    at = 0
    for chunk in sorted(kept, key=lambda chunk: chunk["offset"]):
        assert chunk["offset"] == at
        at += chunk["bytes"]
        if "send" in chunk:
            last, first = sends[chunk["send"]], sends[chunk["first_send"]]
            assert follows(chunk["ms"], chunk["passed_ms"], first["ms"], last["ms"])
            if not picture["stages"]:
                assert first["body_from"] <= chunk["offset"]
                assert at <= last["body_to"]
    assert at == picture["response"]["accepted_bytes"]
    return kept


def check_sends(picture):
    sends = picture["sends"]
    assert [send["number"] for send in sends] == list(range(1, len(sends) + 1))
    assert follows(*(send["ms"] for send in sends))
    at = 0
    for send in sends:
        assert send["body_from"] == at <= send["body_to"]
        at = send["body_to"]
    assert at == picture["response"]["sent_bytes"]
    assert sum_of(sends, "bytes") == picture["response"]["wire_bytes"]
    assert len(sends) == picture["response"]["sends"]


def check_operations(picture):
    for operation in picture["operations"]:
        assert follows(operation["accepted_ms"], operation.get("passed_ms"),
                       operation.get("completed_ms"), operation.get("resumed_ms"))
        assert operation["status"] != "pending" or "completed_ms" not in operation


def check_tasks(picture):
    for task in picture["tasks"]:
        spans = task["spans"]
        assert spans[0]["what"] == "run"
        for before, after in zip(spans, spans[1:]):
            assert before["to"] == after["from"]
            assert (before["what"] == "run") != (after["what"] == "run")


def check(picture):
    """What is true of each; the chunks that were kept."""
    assert picture["gap"]["dropped"] == 0
    check_sends(picture)
    check_operations(picture)
    check_tasks(picture)
    return check_chunks(picture)


def check_whole(picture, received):
    """What is true of each that was sent to its end."""
    assert picture["response"]["outcome"] == "sent"
    assert picture["response"]["wire_bytes"] == received
    for chunk in check(picture):
        assert "send" in chunk or chunk["bytes"] == 0
    for operation in picture["operations"]:
        assert "completed_ms" in operation and "passed_ms" in operation


def marks_of(picture):
    return [mark["kind"] for mark in picture["marks"]]


@pytest.mark.parametrize("path", [
    "/hello", "/report", "/stream", "/operations", "/begun-again", "/taken-back",
    "/packed", "/missing"])
def test_what_is_said_of_a_response_is_true(server, path):
    answer, received, picture = ask(server, path)
    check_whole(picture, received)
    assert picture["request"]["target"] == path
    assert picture["response"]["status"] == answer.status
    assert picture["response"]["sent_bytes"] == len(answer.body)


def test_a_thousand_chunks_leave_together(server):
    _, _, picture = ask(server, "/report")
    assert len(picture["chunks"]) == 1000 == picture["response"]["chunks"]
    assert len(picture["sends"]) < 10


def test_each_flush_is_a_send_and_resumes_its_handler(server):
    _, _, picture = ask(server, "/stream")
    assert [operation["kind"] for operation in picture["operations"]] == ["flush"] * 5
    flushed = [chunk for chunk in picture["chunks"] if chunk["offset"] < 15015]
    assert [chunk["send"] for chunk in flushed] == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
    handler = next(task for task in picture["tasks"] if task["is_handler"])
    assert [span["asked_ms"] for span in handler["spans"] if span["what"] == "sleep"] == [2] * 5
    assert marks_of(picture)[0] == "head" and "let_go" in marks_of(picture)


def test_a_chunk_is_of_its_operation_and_kind(server):
    _, _, picture = ask(server, "/operations")
    chunks = picture["chunks"]
    assert [chunk.get("operation") for chunk in chunks] == [
        1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4, None]
    assert [chunk["kind"] for chunk in chunks[:3]] == ["memory", "file", "memory"]
    for operation in picture["operations"]:
        own = [chunk for chunk in chunks if chunk.get("operation") == operation["id"]]
        assert operation["bytes"] == sum_of(own, "bytes")
    assert picture["operations"][0]["resumed_ms"]
    assert len(picture["tasks"]) == 2


def test_what_is_taken_back_is_no_part_of_the_body(server):
    answer, _, picture = ask(server, "/taken-back")
    assert answer.body == b"first keptkept too"
    assert [chunk["bytes"] for chunk in picture["chunks"] if chunk.get("is_dropped")] == [10]
    assert picture["operations"][0]["status"] == "cancelled"
    answer, _, picture = ask(server, "/begun-again")
    assert answer.body == b"kept" and "cleared" in marks_of(picture)


def test_what_stages_make_is_sent_not_what_they_get(server):
    answer, received, picture = ask(server, "/packed", headers=[("Accept-Encoding", "gzip")])
    check_whole(picture, received)
    assert picture["stages"] == ["compress"]
    assert picture["response"]["accepted_bytes"] == 25000
    assert picture["response"]["sent_bytes"] == len(answer.body) < 1000
    assert [chunk["send"] for chunk in picture["chunks"]] == [1, 2, 3, 4]


def test_of_head_the_body_is_not_sent(server):
    _, received, picture = ask(server, "/hello", "HEAD")
    check_sends(picture)
    assert picture["response"]["wire_bytes"] == received
    assert picture["response"]["accepted_bytes"] == 7


def test_a_body_that_comes_in_is_seen(server):
    _, received, picture = ask(server, "/echo", "POST", body=b"b" * 300_000)
    check_whole(picture, received)
    assert sum(mark["bytes"] for mark in picture["marks"]
               if mark["kind"] == "received") == 300_000


def test_a_slow_client_is_seen_as_one(server):
    with server.connect(receive_buffer=4096) as client:
        client.request("GET", "/large", [("Connection", "close")])
        head = client.head()
        time.sleep(0.05)
        client.read_to_end()
        received = client.received
    picture = picture_of(server, head.headers.get("x-sluice-picture"))
    check_whole(picture, received)
    assert any(span["what"] == "room" for span in picture["tasks"][0]["spans"])
    assert picture["slow"] and any(send["is_partial"] for send in picture["sends"])
    for slow in picture["slow"]:
        assert slow["from"] < slow["to"]
    assert max(step["bytes"] for step in picture["held"]) >= picture["high_water"]


def test_a_client_that_leaves_is_the_end(server):
    with server.connect(receive_buffer=4096) as client:
        client.request("GET", "/large")
        head = client.head()
        client.reset()
    picture = picture_of(server, head.headers.get("x-sluice-picture"))
    check(picture)
    assert picture["response"]["outcome"] == "the client left"
    assert "failed" in marks_of(picture) and "finished" not in marks_of(picture)
    assert picture["held"][-1]["bytes"] == 0


def test_an_error_is_seen_before_and_behind_the_head(server):
    answer, received, picture = ask(server, "/broken")
    check_whole(picture, received)
    assert answer.status == picture["response"]["status"] == 500
    assert picture["tasks"][0]["failed"] and picture["chunks"][0]["is_dropped"]
    with server.connect() as client:
        client.request("GET", "/late")
        head = client.head()
        client.read_to_end()
    picture = picture_of(server, head.headers.get("x-sluice-picture"))
    check(picture)
    assert picture["response"]["outcome"] == "aborted: the handler failed"


def test_a_response_is_looked_at_while_it_runs(server):
    with server.connect() as client:
        client.request("GET", "/endless")
        path = client.head().headers.get("x-sluice-picture")
        first = load(server, path + ".json")
        assert first["is_running"] and first["response"]["outcome"] == "running"
        wait_until(lambda: len(load(server, path + ".json")["sends"])
                   > len(first["sends"]) + 5)
    picture = picture_of(server, path)
    check(picture)
    assert picture["response"]["outcome"] == "the client left"


def test_what_is_too_much_is_dropped_and_counted(server):
    answer, received, picture = ask(server, "/many/3000")
    assert len(answer.body) == 30_000
    assert picture["gap"]["dropped"] > 0
    assert picture["gap"]["kept"] == 8192
    assert picture["gap"]["from_ms"] < picture["gap"]["to_ms"]
    assert picture["response"]["wire_bytes"] == received
    assert picture["chunks"][0]["number"] == 1
    assert picture["chunks"][-1]["number"] == 3000
    numbers = [send["number"] for send in picture["sends"]]
    assert numbers == sorted(numbers) and numbers[-1] == picture["response"]["sends"]
    for chunk in picture["chunks"][-100:]:
        assert chunk["send"] == chunk["number"]


def test_secrets_are_not_shown(server):
    _, _, picture = ask(server, "/hello", headers=[
        ("Authorization", "Bearer open-sesame"), ("Cookie", "word=open-sesame"),
        ("X-Mine", "seen")])
    assert "open-sesame" not in json.dumps(picture)
    assert {"name": "X-Mine", "value": "seen"} in picture["request"]["headers"]
    assert {"name": "Set-Cookie", "value": "(not shown)"} in picture["response"]["headers"]


def test_a_trace_can_be_opened_by_others(server):
    _, _, picture = ask(server, "/stream")
    trace = load(server, f"/.sluice/picture/{picture['id']}.trace.json")
    events = trace["traceEvents"]
    assert all({"ph", "pid", "tid", "name"} <= event.keys() for event in events)
    assert all("ts" in event for event in events if event["ph"] != "M")
    slices = [event for event in events if event["ph"] == "X"]
    assert sum(event["name"].startswith("send ") for event in slices) == len(picture["sends"])
    assert sum(event["name"].startswith("chunk ") for event in slices) == len(picture["chunks"])
    begun = [event["id"] for event in events if event["ph"] == "s"]
    assert begun == [event["id"] for event in events if event["ph"] == "f"]
    for event in events:  # an arrow begins and ends inside of a slice
        if event["ph"] in "sf":
            assert any(one["tid"] == event["tid"] and one["ts"] <= event["ts"]
                       <= one["ts"] + one["dur"] for one in slices)
    assert sum(event["ph"] == "b" for event in events) == sum(
        event["ph"] == "e" for event in events)


def test_the_last_ones_are_listed_and_lead_to_theirs(server):
    _, _, picture = ask(server, "/hello?one")
    listed = load(server, "/.sluice/picture.json")["pictures"]
    assert listed[0]["id"] == picture["id"]
    assert not any(one["request"]["target"].startswith("/.sluice") for one in listed)
    assert len(listed) <= 64
    by_request = load(server, f"/.sluice/picture/{picture['request']['id']}.json")
    assert by_request["id"] == picture["id"]
    server.wait_for_log(f"/.sluice/picture/{picture['id']}\n")
    page = server.get("/.sluice/picture")
    assert page.status == 200 and b"The last responses" in page.body
    assert server.get("/.sluice/picture/0-0").status == 404
    assert server.get("/.sluice/picture/0-0.json").status == 404


def test_text_of_a_request_ends_no_script_of_its_page(server):
    answer, _, _ = ask(server, "/hello?</script><script>alert(1)</script>")
    page = server.get(answer.headers.get("x-sluice-picture"))
    assert b"alert(1)" in page.body and b"<script>alert" not in page.body


def test_there_are_none_outside_of_development(serve):
    server = serve(APP)
    assert "x-sluice-picture" not in server.get("/hello").headers
    assert server.get("/.sluice/picture").status == 404


def test_each_of_several_workers_has_its_own(serve):
    server = serve(APP, verb="dev", settings={"workers": 2})
    path = server.get("/hello").headers.get("x-sluice-picture") + ".json"
    wait_until(lambda: server.get(path).status == 200)  # asked again and again


browsing = pytest.mark.skipif(not CHROMIUM, reason="chromium is not installed")


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    with Browser(tmp_path_factory.mktemp("browser")) as one:
        yield one


def visit(browser, server, path):
    browser.call("Page.navigate", url=server.url + path)


@browsing
@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("path,sends", [("/hello", 1), ("/stream", 6), ("/broken", 1)])
def test_a_page_draws_it(server, browser, path, sends, width):
    answer = server.get(path)
    browser.call("Emulation.setDeviceMetricsOverride", width=width, height=800,
                 deviceScaleFactor=1, mobile=width < 500)
    visit(browser, server, answer.headers.get("x-sluice-picture"))
    browser.wait_for(f"document.querySelectorAll('svg .send').length === {sends}")
    assert browser.evaluate("document.querySelectorAll('svg .span.run').length") > 0
    assert browser.evaluate("document.documentElement.scrollWidth") <= width


@browsing
def test_a_page_follows_what_runs_and_can_be_zoomed(server, browser):
    with server.connect() as client:
        client.request("GET", "/endless")
        visit(browser, server, client.head().headers.get("x-sluice-picture"))
        browser.wait_for("document.querySelector('.badge.live') !== null")
        shown = browser.evaluate("data.sends.length")
        browser.wait_for(f"data.sends.length > {shown}")
    browser.wait_for("document.querySelector('.badge.bad')?.textContent === 'the client left'")
    whole = browser.evaluate("view[1] - view[0]")
    browser.evaluate("document.getElementById('in').click()")
    assert browser.evaluate("view[1] - view[0]") < whole
    browser.evaluate("document.getElementById('all').click()")
    assert browser.evaluate("view[1] - view[0]") == whole


@browsing
def test_the_list_leads_to_a_picture(server, browser):
    server.get("/hello?listed")
    visit(browser, server, "/.sluice/picture")
    browser.wait_for("document.querySelector('.list tbody a')?.textContent.length > 2")
    browser.evaluate("document.querySelector('.list tbody a').click()")
    browser.wait_for("document.querySelector('svg .send') !== null")
