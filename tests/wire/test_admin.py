"""The admin listener: health, metrics, status, and a reload that is asked for."""

import json
import os
import re
import signal
import subprocess

import pytest

from client import Client
from processes import until
from server import (
    BINARY, PATIENCE_S, command, environment, free_port, without_sanitizer)

APP = """
local sluice = require("sluice")
local ffi = require("ffi")
local app = sluice.new()
local orders = sluice.metrics.counter("orders_total", "Orders.", { "kind" })
local open = sluice.metrics.gauge("rooms_open", "Rooms.")
local sizes = sluice.metrics.histogram("order_items", "Items.", { 1, 10 })
app:get("/hello/:name", function(req, res)
  res:write("hello ", req.params.name)
end)
app:post("/orders/:kind", function(req, res)
  orders:add(2, req.params.kind)
  open:set(3)
  sizes:observe(4)
  res:write("placed")
end)
app:get("/slow", function(_, res)
  res:write("begun")
  res:flush()
  sluice.sleep(60000)
end)
app:get("/spin", function(_, res)
  res:write("begun")
  res:flush()
  while true do end
end)
app:get("/garbage", function(_, res)
  for turn = 1, 4 do
    local held = {}
    for i = 1, 100 do
      held[i] = string.rep("x", 100000) .. turn .. i
    end
  end
  res:write("dropped")
end)
app:get("/crash", function()
  ffi.cast("int *", 8)[0] = 1
end)
return app
"""

PROCESSES = pytest.mark.parametrize("workers", [0, 2])


class Admin:
    def __init__(self, server):
        found = until(lambda: re.search(
            r"admin on (?:http://127.0.0.1:(\d+)|(unix:\S+))", server.log()))
        self.address = (("127.0.0.1", int(found.group(1))) if found.group(1)
                        else found.group(2).removeprefix("unix:"))

    def ask(self, path, method="GET", headers=(), host="127.0.0.1"):
        lines = [f"{method} {path} HTTP/1.1", f"Host: {host}", *headers]
        with Client(self.address) as client:
            client.send("\r\n".join(lines) + "\r\n\r\n")
            return client.response(method)

    def text(self, path):
        return self.ask(path).body.decode()

    def number(self, sample):
        """What /metrics says of a name with its labels; 0 when nothing."""
        for line in self.text("/metrics").splitlines():
            name, _, value = line.rpartition(" ")
            if name == sample:
                return float(value)
        return 0.0

    def until_ready(self):
        until(lambda: self.ask("/readyz").status == 200)
        return self


def start(serve, workers=2, app=APP, **settings):
    settings = {"workers": workers, "admin": "127.0.0.1:0", **settings}
    server = serve(app, settings=settings)
    return server, Admin(server).until_ready()


@PROCESSES
def test_it_says_that_it_is_healthy_and_ready(serve, workers):
    _, admin = start(serve, workers)
    health, readiness = admin.ask("/healthz"), admin.ask("/readyz")
    assert (health.status, health.body) == (200, b"healthy\n")
    assert (readiness.status, readiness.body) == (200, b"ready\n")
    assert admin.ask("/nothing").status == 404
    assert admin.ask("/reload").status == 405


@PROCESSES
def test_requests_are_counted_by_route_method_and_class(serve, workers):
    server, admin = start(serve, workers)
    for name in "abcd":
        assert server.get(f"/hello/{name}").status == 200
    server.get("/hello/e", method="HEAD")
    server.get("/nowhere")
    route = 'route="/hello/:name"'
    ok = f'sluice_requests_total{{{route},method="GET",code="2xx"}}'
    until(lambda: admin.number(ok) == 4)
    until(lambda: admin.number(ok.replace("GET", "HEAD")) == 1)
    until(lambda: admin.number(
        'sluice_requests_total{route="none",method="GET",code="4xx"}') == 1)
    assert admin.number(
        f"sluice_request_duration_seconds_count{{{route}}}") == 5
    assert admin.number(f"sluice_first_byte_seconds_count{{{route}}}") == 5
    assert admin.number("sluice_connections_total") == 6
    assert admin.number("sluice_sent_bytes_total") > 6 * 50
    assert admin.number("sluice_received_bytes_total") > 6 * 20


def test_collections_because_memory_is_short_are_counted(serve):
    server, admin = start(serve, 0, lua_memory="16m")
    times = "sluice_lua_forced_collections_total"
    assert admin.number(times) == 0
    assert server.get("/garbage").body == b"dropped"
    until(lambda: admin.number(times) > 0)
    assert admin.number("sluice_lua_forced_collection_seconds_total") > 0


@PROCESSES
def test_scripts_add_metrics_of_their_own(serve, workers):
    server, admin = start(serve, workers)
    for _ in range(3):
        server.get("/orders/book", method="POST")
    server.get('/orders/a%22b%5C', method="POST")
    until(lambda: admin.number('orders_total{kind="book"}') == 6)
    assert admin.number('orders_total{kind="a\\"b\\\\"}') == 2
    assert admin.number("rooms_open") in ({3} if workers == 0 else {3, 6})
    assert admin.number('order_items_bucket{le="1"}') == 0
    assert admin.number('order_items_bucket{le="10"}') == 4
    assert admin.number("order_items_sum") == 16
    assert admin.number("order_items_count") == 4


def test_every_family_has_a_help_and_a_type_and_its_samples_together(serve):
    server, admin = start(serve)
    server.get("/orders/book", method="POST")
    server.get("/hello/x")
    families, current = [], None
    for line in admin.text("/metrics").splitlines():
        if line.startswith("# HELP "):
            current = line.split()[2]
            assert current not in families, current
            families.append(current)
        elif line.startswith("# TYPE "):
            _, _, name, kind = line.split()
            assert name == current and kind in ("counter", "gauge", "histogram")
            assert (kind == "counter") == name.endswith("_total"), line
        else:
            found = re.fullmatch(
                r'([a-z_]+)(?:\{(?:[a-z]+="(?:[^"\\]|\\.)*",?)+\})? [0-9.e+-]+',
                line)
            assert found, line
            assert re.sub(r"_(bucket|sum|count)$", "", found.group(1)) == \
                re.sub(r"_(bucket|sum|count)$", "", current)


def test_labels_without_end_take_no_memory_without_end(serve):
    server, admin = start(serve, 0)
    with server.connect() as client:
        for i in range(1100):
            client.request("POST", f"/orders/{i}")
            client.response("POST")
    assert len(re.findall("^orders_total{", admin.text("/metrics"), re.M)) < 1024
    assert admin.number("sluice_metrics_refused_total") >= 70
    server.get("/orders/1", method="POST")
    assert admin.number('orders_total{kind="1"}') == 4


@without_sanitizer
def test_a_worker_that_dies_takes_no_counts_with_it(serve):
    server, admin = start(serve, 1)
    for _ in range(5):
        server.get("/orders/book", method="POST")
    until(lambda: admin.number("order_items_count") == 5)
    with server.connect() as client:
        client.request("GET", "/crash")
        with pytest.raises((ConnectionError, EOFError, AssertionError)):
            client.response()
    until(lambda: admin.number("sluice_worker_restarts_total") == 1)
    assert admin.number("sluice_worker_deaths_total") == 1
    ok = 'sluice_requests_total{route="/orders/:kind",method="POST",code="2xx"}'
    assert admin.number(ok) == 5
    assert admin.number('orders_total{kind="book"}') == 10
    assert admin.number("rooms_open") == 0
    server.get("/orders/book", method="POST")
    until(lambda: admin.number(ok) == 6)
    assert admin.number('orders_total{kind="book"}') == 12
    assert admin.number("rooms_open") == 3


def test_it_answers_while_all_workers_spin(serve):
    server, admin = start(serve, 1, watchdog="60s")
    with server.connect() as client:
        client.request("GET", "/spin")
        client.socket.recv(1)
        status = json.loads(admin.text("/status"))
        assert status["workers"][0]["answered"] is False
        assert admin.number("sluice_workers") == 1
        os.kill(status["workers"][0]["pid"], signal.SIGKILL)
    until(lambda: admin.number("sluice_worker_restarts_total") == 1)
    assert admin.ask("/healthz").status == 200


def test_a_server_whose_loops_do_not_turn_is_not_healthy(serve):
    server, admin = start(serve, 1, watchdog="500ms")
    worker = json.loads(admin.text("/status"))["workers"][0]["pid"]
    with server.connect() as client:
        client.request("GET", "/spin")
        client.socket.recv(1)
        os.kill(worker, signal.SIGSTOP)  # It does not even say where it is.
        until(lambda: admin.ask("/healthz").status == 503)
    until(lambda: admin.ask("/readyz").status == 200)


STARTS = """
local sluice = require("sluice")
local app = sluice.new()
app:on_start(function()
  while not io.open("%s") do
    sluice.sleep(10)
  end
end)
app:get("/", function(_, res)
  res:write("fine")
end)
return app
"""


@PROCESSES
def test_it_answers_while_the_app_starts(tmp_path, workers):
    script, go = tmp_path / "app.lua", tmp_path / "go"
    script.write_text(STARTS % go)
    port = free_port()
    process = subprocess.Popen(
        [BINARY, "serve", script, "--listen", "127.0.0.1:0", "--workers", str(workers),
         "--admin", f"127.0.0.1:{port}"],
        env=environment(), stderr=subprocess.PIPE, text=True)
    while "admin on" not in process.stderr.readline():
        pass
    admin = Admin.__new__(Admin)
    admin.address = ("127.0.0.1", port)
    assert admin.ask("/healthz").status == 200
    answer = admin.ask("/readyz")
    assert (answer.status, answer.body) == (503, b"starting\n")
    assert json.loads(admin.text("/status"))["state"] == "starting"
    assert admin.number("sluice_workers") == 0
    assert admin.ask("/reload", "POST").status != 200
    go.touch()
    admin.until_ready()
    assert json.loads(admin.text("/status"))["state"] == "serving"
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0


def test_another_life_of_the_server_counts_on(serve):
    server, admin = start(serve, workers=1)
    until(lambda: admin.number("sluice_workers") == 1)
    (worker,) = server.workers()
    os.kill(worker, signal.SIGKILL)
    until(lambda: server.workers() not in ([], [worker]))
    for _ in range(10):
        assert server.get("/hello/you").status == 200
    names = ["sluice_worker_deaths_total", "sluice_connections_total",
             'sluice_reloads_total{result="failed"}', "process_start_time_seconds",
             'sluice_requests_total{route="/hello/:name",method="GET",code="2xx"}']
    assert admin.ask("/reload", "POST").status == 200
    before = until(lambda: admin.number(names[4]) == 10
                   and {name: admin.number(name) for name in names})
    for life in (2, 3):  # from the first to the next, and from one to another
        pids = server.workers()
        server.signal(signal.SIGUSR2)
        server.wait_for_log("admin on", life)
        until(lambda: not set(pids) & set(server.workers()) and server.workers())
        admin = Admin(server)
        admin.address = ("127.0.0.1", int(re.findall(
            r"admin on http://127.0.0.1:(\d+)", server.log())[-1]))
        admin.until_ready()
        assert {name: admin.number(name) for name in names} == before
        assert admin.number('sluice_reloads_total{result="ok"}') >= 1


@PROCESSES
def test_the_status_lists_what_is_live(serve, workers):
    server, admin = start(serve, workers)
    with server.connect() as client:
        client.request("GET", "/slow")
        client.socket.recv(1)
        status = json.loads(admin.text("/status"))
        assert status["version"] and status["state"] == "serving"
        assert len(status["workers"]) == max(workers, 1)
        assert all(w["answered"] and w["generations"] == 1
                   for w in status["workers"])
        live = [x for w in status["workers"] for x in w["live"]]
        assert len(live) == 1, live
        assert (live[0]["route"], live[0]["method"]) == ("/slow", "GET")
        assert live[0]["peer"] == "%s:%d" % client.socket.getsockname()
        assert (live[0]["phase"], live[0]["status"]) == ("sending", 200)
        assert live[0]["queued_bytes"] == 0 and live[0]["sent_bytes"] > 5
        assert admin.number("sluice_streams") == 1
    until(lambda: admin.number("sluice_client_aborts_total") == 1)
    assert admin.number("sluice_streams") == 0


@PROCESSES
def test_a_reload_answers_with_its_outcome(serve, workers):
    server, admin = start(serve, workers)
    answer = admin.ask("/reload", "POST")
    assert (answer.status, answer.body) == (200, b"reloaded\n")
    (server.folder / "app.lua").write_text("local x = = 1\n")
    answer = admin.ask("/reload", "POST")
    assert answer.status == 500 and b"app.lua:1" in answer.body
    assert admin.number('sluice_reloads_total{result="ok"}') == 1
    assert admin.number('sluice_reloads_total{result="failed"}') == 1
    assert server.get("/hello/you").status == 200


@PROCESSES
def test_a_server_that_drains_is_not_ready(serve, workers):
    server, admin = start(serve, workers, grace="3s")
    with server.connect() as client:
        client.request("GET", "/slow")
        client.socket.recv(1)
        server.signal(signal.SIGTERM)
        until(lambda: admin.ask("/readyz").status == 503)
        assert admin.text("/readyz") == "draining\n"
        assert admin.ask("/healthz").status == 200
    server.wait()


@PROCESSES
def test_a_server_at_its_limit_is_not_ready(serve, workers):
    server, admin = start(serve, workers, max_connections=1)
    clients = [server.connect() for _ in range(max(workers, 1) * 8)]
    until(lambda: admin.ask("/readyz").status == 503)
    assert b"limit" in admin.ask("/readyz").body
    for client in clients:
        client.socket.close()
    admin.until_ready()


def test_pages_of_the_web_get_nothing(serve):
    _, admin = start(serve)
    assert admin.ask("/status", host="evil.example").status == 403
    for host in ("localhost:80", "127.0.0.1", "[::1]:9"):
        assert admin.ask("/healthz", host=host).status == 200
    answer = admin.ask("/reload", "POST", ["Origin: http://evil.example"])
    assert answer.status == 403


def test_it_is_off_unless_somebody_develops(serve):
    server = serve(APP, settings={"workers": 1})
    server.get("/hello/you")
    assert "admin on" not in server.log()
    server = serve(APP, settings={"workers": 1, "development": "true"})
    assert Admin(server).ask("/healthz").status == 200


def test_a_public_address_has_to_be_meant(tmp_path):
    app = tmp_path / "app.lua"
    app.write_text(APP)
    for workers in (0, 1):
        done = command("serve", app, "--listen", "127.0.0.1:0", "--admin",
                       "0.0.0.0:0", "--workers", workers)
        assert done.returncode == 1 and "admin_public" in done.stderr


def test_a_unix_socket_is_its_owners(serve, tmp_path):
    path = tmp_path / "admin"
    server, admin = start(serve, admin=f"unix:{path}")
    assert path.stat().st_mode & 0o777 == 0o600
    assert admin.ask("/healthz", host="any").status == 200
    assert admin.ask("/reload", "POST").status == 200
    server.stop()
    assert not path.exists()


@PROCESSES
def test_the_command_asks_whether_it_is_well(serve, workers, tmp_path):
    path = tmp_path / "admin"
    server, admin = start(serve, workers, admin=f"unix:{path}", grace="3s")
    done = command("health", "--admin", f"unix:{path}")
    assert (done.returncode, done.stdout) == (0, "healthy\n"), done
    done = command("health", "--ready", env={"SLUICE_ADMIN": f"unix:{path}"})
    assert (done.returncode, done.stdout) == (0, "ready\n"), done
    with server.connect() as client:
        client.request("GET", "/slow")
        client.socket.recv(1)
        server.signal(signal.SIGTERM)
        until(lambda: command("health", "--ready", "--admin",
                              f"unix:{path}").returncode == 1)
        done = command("health", "--ready", "--admin", f"unix:{path}")
        assert done.returncode == 1 and "draining" in done.stderr
    server.wait()
    done = command("health", "--admin", f"unix:{path}")
    assert done.returncode == 1 and "not well" in done.stderr
    assert command("health").returncode == 2
    assert command("health", "--admin", "nonsense").returncode == 2


def test_the_command_asks_over_tcp_too(serve):
    _, admin = start(serve)
    done = command("health", "--admin", "127.0.0.1:%d" % admin.address[1])
    assert (done.returncode, done.stdout) == (0, "healthy\n"), done


TRACED = """
local sluice = require("sluice")
local app = sluice.new()
app:get("/seen/:what", function(req, res)
  local trace = req.trace
  res:write(trace and trace.id .. trace.parent .. tostring(trace.sampled) or "none")
end)
return app
"""


def test_a_trace_is_passed_on_and_logged_and_no_secret_is(serve, tmp_path):
    log = tmp_path / "access"
    server = serve(TRACED, settings={
        "access_log": log, "access_log_format": "json"})
    trace, parent = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
    field = ("traceparent", f"00-{trace}-{parent}-01")
    secrets = [("Authorization", "Bearer hush"), ("Cookie", "session=hush")]
    answer = server.get("/seen/it", [field, *secrets])
    assert answer.body.decode() == f"{trace}{parent}true"
    bad = ("traceparent", f"00-{trace.upper()}-{parent}-01")
    assert server.get("/seen/it", [bad]).body == b"none"
    assert server.get("/nowhere").status == 404
    server.stop()
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert [line.get("trace") for line in lines] == [trace, None, None]
    assert [line.get("route") for line in lines] == ["/seen/:what"] * 2 + [None]
    assert "hush" not in log.read_text() + server.log()
