"""Hooks on the way of a request, over real sockets."""

import re

import pytest

APP = "hooks"
SETTINGS = {"grace": "100ms"}  # some sleep for a minute
WAY = ["begin", "route {}", "use", "handler {}", "used", "headers"]


def way(pattern):
    return [point.format(pattern) for point in WAY]


def trail(server, name):
    """What the hooks of the request of that name have noted, up to the end."""
    server.wait_for_log(f"<{name}> end.")
    return re.findall(rf"<{name}> (.*?)\.(?:\"| request=|$)", server.log(), re.M)


def test_all_points_are_passed_in_order_and_may_wait(server):
    answer = server.get("/hello/you?n=order")
    assert answer.body == b"Hello, you\n" and answer.headers.get("X-Hook") == "200"
    assert answer.headers.get("Content-Length") == "11"  # headers keeps what is known
    pattern = "/hello/:name"
    assert trail(server, "order") == [
        *way(pattern), f"log 200 sent bytes=11 route={pattern}", "end"]


def test_what_is_not_found_has_no_handler_to_come_before(server):
    assert server.get("/nothing?n=none").status == 404
    assert trail(server, "none") == [
        "begin", "route nil", "use", "used", "headers",
        "log 404 sent bytes=14 route=nil", "end"]


@pytest.mark.parametrize("at, status, passed", [
    ("begin", 403, ["begin"]),
    ("route", 302, ["begin", "route /hello/:name"]),
    ("handler", 200, way("/hello/:name")[:-1]),
])
def test_an_answer_skips_what_lies_between_but_not_the_end(server, at, status, passed):
    answer = server.get(f"/hello/you?n=at-{at}&at={at}")
    assert answer.status == status and b"Hello" not in answer.body
    assert answer.headers.get("X-Hook") == str(status)
    noted = trail(server, f"at-{at}")
    assert noted[:-2] == [*passed, "headers"]
    assert noted[-2].startswith(f"log {status} sent") and noted[-1] == "end"


@pytest.mark.parametrize("path, noted", [
    ("/fails?n=failed", ["log 500 sent bytes=55 route=/fails", "end"]),
    ("/hello/you?n=begin-fails&at=begin-fails", ["log 500 sent bytes=55 route=nil", "end"]),
    ("/hello/you?n=headers&at=headers",
     ["log 500 sent bytes=55 route=/hello/:name", "end"]),
    ("/hello/you?n=log&at=log", ["log 200 sent bytes=11 route=/hello/:name", "end"]),
])
def test_an_error_before_the_head_has_left_is_a_500_and_ends_as_any(server, path, noted):
    name = re.search("n=([^&]*)", path).group(1)
    assert server.get(path).status == (200 if name == "log" else 500)
    assert trail(server, name)[-2:] == noted
    if name in ("headers", "log"):
        server.wait_for_log(f"{name} of a test")


@pytest.mark.parametrize("path, outcome", [("fails-late", "failed"), ("aborts", "aborted")])
def test_what_ends_too_early_says_so(server, path, outcome):
    with server.connect() as client:
        client.request("GET", f"/{path}?n={path}")
        with pytest.raises(EOFError):
            client.response("GET")
    assert trail(server, path)[-2:] == [f"log 200 {outcome} bytes=4 route=/{path}", "end"]


def test_a_client_that_leaves_is_logged_when_the_handler_is_over(server):
    with server.connect() as client:
        client.request("GET", "/stays?n=left")
        server.wait_for_log("<left> stays.")
    assert trail(server, "left")[-2:] == ["log 200 aborted bytes=4 route=/stays", "end"]


def test_a_client_that_leaves_a_waiting_hook_is_logged_as_499(server):
    with server.connect() as client:
        client.request("GET", "/hello/you?n=gone&at=waits")
        server.wait_for_log("<gone> waits.")
    assert trail(server, "gone") == [
        *way("/hello/:name")[:4], "waits",
        "log 499 aborted bytes=0 route=/hello/:name", "end"]


def test_log_waits_until_a_slow_client_has_the_answer(server):
    with server.connect(receive_buffer=4096) as client:
        client.request("GET", "/large?n=slow")
        server.wait_for_log("<slow> headers.")
        assert "<slow> log" not in server.log()
        assert len(client.response("GET").body) == 64 * 65536
    assert trail(server, "slow")[-2] == f"log 200 sent bytes={64 * 65536} route=/large"


def test_each_of_pipelined_requests_has_an_end(server):
    with server.connect() as client:
        for n in range(5):
            client.request("GET", f"/hello/you?n=pipe{n}")
        for n in range(5):
            assert client.response("GET").status == 200
    for n in range(5):
        assert trail(server, f"pipe{n}").count("end") == 1


def test_a_group_has_hooks_of_its_own_inside_of_its_apps(server):
    assert server.get("/loud?n=loud").body == b"TEA\n"
    assert trail(server, "loud")[-3:] == [
        "log of the group", "log 200 sent bytes=4 route=/loud", "end"]


def test_a_route_has_hooks_of_its_own_inside_of_its_groups(server):
    answer = server.get("/guarded?n=inner")
    assert (answer.body, answer.headers.get("X-Route")) == (b"TEA\n", "yes")
    assert trail(server, "inner") == [
        "begin", "route /guarded", "use", "handler /guarded", "handler of the group",
        "handler of the route", "used", "headers of the route", "headers",
        "log of the route", "log of the group", "log 200 sent bytes=4 route=/guarded",
        "end of the route", "end"]
    other = server.get("/guarded?n=other", method="POST")
    assert (other.body, other.headers.get("X-Route")) == (b"tea\n", None)
    assert not [point for point in trail(server, "other") if "of the route" in point]


@pytest.mark.parametrize("at, status, body", [
    ("own", 403, b"STOPPED AT THE ROUTE\n"),
    ("own-fails", 500, None),
])
def test_a_hook_of_a_route_answers_or_fails_in_place_of_its_handler(server, at, status, body):
    answer = server.get(f"/guarded?n={at}&at={at}")
    assert answer.status == status and answer.headers.get("X-Route") == "yes"
    assert body in (None, answer.body)
    assert trail(server, at)[-2:] == ["end of the route", "end"]


@pytest.mark.parametrize("point, why", [
    ("begin", "use its 'handler', or 'begin' of the app"),
    ("route", "use its 'handler', or 'route' of its group"),
    ("start", "begin, route, handler, headers, chunks, log or end expected"),
])
def test_what_comes_before_a_route_is_known_is_refused_for_it(serve, point, why):
    with pytest.raises(AssertionError, match="the server ended") as error:
        serve(f"""
            local app = require("sluice").new()
            app:get("/", print):on("{point}", print)
            return app
        """)
    assert why in str(error.value) and "app.lua:3" in str(error.value)


def test_the_limit_of_handlers_holds_for_hooks(serve):
    server = serve(APP, settings={"handler_timeout": "50ms"})
    assert server.get("/hello/you?n=a&at=waits").status == 503
    assert server.get("/hello/you?n=b&at=headers-wait").status == 500
    assert server.get("/hello/you?n=c&at=log-waits").status == 200
    assert trail(server, "a")[-1] == trail(server, "b")[-1] == trail(server, "c")[-1] == "end"
    assert server.log().count("a hook takes too long") == 2


def test_the_end_comes_when_the_server_ends(serve):
    server = serve(APP, settings=SETTINGS)
    with server.connect() as client:
        client.request("GET", "/stays?n=last&at=log-waits")
        server.wait_for_log("<last> stays.")
        server.stop()
    assert trail(server, "last")[-1] == "end"


def test_the_end_comes_in_the_generation_of_the_request(serve):
    server = serve(APP, settings={"grace": "10s"}, flags=["--watch"])
    with server.connect(receive_buffer=4096) as client:
        client.request("GET", "/large?n=old")
        server.wait_for_log("<old> headers.")
        script = server.folder / "app.lua"
        script.write_text(script.read_text().replace("log %s", "log").replace(
            '"%s %s bytes', '"new %s %s bytes'))
        server.wait_for_log("reloaded")
        assert len(client.response("GET").body) == 64 * 65536
    assert trail(server, "old")[-2:] == [f"log 200 sent bytes={64 * 65536} route=/large", "end"]
    assert server.get("/hello/you?n=new").status == 200
    assert trail(server, "new")[-2] == "log new 200 sent bytes=11 route=/hello/:name"
