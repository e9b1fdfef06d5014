"""What a container does: serve, stream, follow edits, tell how it is, end well."""

import json
import os

import pytest

from engine import ENGINE, Container, engine, until

APP = """
local sluice = require("sluice")
local app = sluice.new()
local go = sluice.semaphore()

app:get("/", function(_, res) res:text("version one\\n") end)

app:get("/go", function(_, res)
  go:post()
  res:status(204)
end)

-- What is written before anybody says "go" has to be there by then.
app:get("/stream", function(_, res)
  res:write("first")
  go:wait()
  res:write("second")
end)

app:post("/file", function(req, res)
  local file, why = req:body_file()
  res:text(file and "kept" or why)
end)

app:get("/place", function(_, res)
  require("jit.bc")
  local summer = os.date("%H", 1782907200) - os.date("!%H", 1782907200)
  local authorities = sluice.fs.read("/etc/ssl/certs/ca-certificates.crt")
  res:json({ hours = summer, authorities = select(2, authorities:gsub("BEGIN CERT", "")) })
end)

local kept = {}
app:get("/eat", function()
  while true do
    kept[#kept + 1] = ("x"):rep(2 ^ 20) .. #kept
    sluice.sleep(1)
  end
end)

app:get("/spin", function() while true do end end)

return app
"""
PUBLIC = {"SLUICE_ADMIN": ":9180", "SLUICE_ADMIN_PUBLIC": "true"}


def test_with_nothing_mounted_it_says_what_to_mount(run, image):
    container = run(image)
    page = container.get("/")
    assert page.status == 200
    assert page.headers.get("content-type").startswith("text/html")
    assert b"-v ./site:/app:ro" in page.body


def test_an_app_is_served_and_streams(run, site, image):
    container = run(image, app=site({"app.lua": APP}))
    assert container.body() == "version one\n"
    with container.connect() as client:
        client.request("GET", "/stream")
        client.head()
        assert client.read_chunk() == b"first"
        assert container.get("/go").status == 204
        assert client.read_chunk() == b"second"
        assert client.read_chunk() == b""


def test_a_folder_of_scripts_is_served_and_followed(run, site):
    folder = site({"index.lua": 'return function(_, res) res:text("one") end'})
    container = run(app=folder, env={"SLUICE_WATCH": "on"})
    assert container.body() == "one"
    (folder / "new").write_text('return function(_, res) res:text("two") end')
    os.rename(folder / "new", folder / "index.lua")
    until(lambda: container.body() == "two", container.log)
    (folder / "index.lua").write_text("return (")
    until(lambda: "the reload failed" in container.log())
    assert container.body() == "two"


def test_times_authorities_and_modules_of_luajit_are_there(run, site, image):
    container = run(image, app=site({"app.lua": APP}), env={"TZ": "Europe/Berlin"})
    place = json.loads(container.body("/place"))
    assert place["hours"] == 2
    assert place["authorities"] > 50


# --- Settings -------------------------------------------------------------------------


def test_settings_come_from_the_environment(run):
    container = run(port=9000, env={
        "SLUICE_LISTEN": ":9000", "SLUICE_ACCESS_LOG": "-", "SLUICE_LOG_FORMAT": "json",
        "SLUICE_ACCESS_LOG_FORMAT": "json", "SLUICE_SERVER_HEADER": "false"})
    answer = container.get("/seen")
    assert answer.status == 404 and "server" not in answer.headers
    until(lambda: '"/seen' in container.log())
    done = engine("logs", container.name)
    lines = [json.loads(line) for line in (done.stdout + done.stderr).splitlines()]
    assert any(line.get("path", line.get("target")) == "/seen" for line in lines), lines


def test_a_setting_that_is_wrong_ends_it_at_once():
    with Container("sluice:minimal", env={"SLUICE_WORKERS": "many"}) as container:
        assert container.wait() == 2
        assert "SLUICE_WORKERS" in container.log() and "many" in container.log()


@pytest.mark.parametrize("cpus", ["0.5", "1.5"])
def test_there_are_workers_for_the_processors_that_it_may_use(run, cpus):
    container = run(env=PUBLIC, options=["--cpus", cpus])
    granted = -(-float(cpus) // 1)
    expected = min(granted, len(os.sched_getaffinity(0)))
    until(lambda: container.metric("sluice_workers") == expected)


def test_any_user_will_do(run, site):
    container = run(app=site({"app.lua": APP}), options=["--user", "12345:6789"])
    assert container.body() == "version one\n"


def test_large_bodies_need_a_volume_and_nothing_else_does(run, site):
    folder, body = site({"app.lua": APP}), b"x" * 200000
    for options, expected in ((["--tmpfs", "/tmp"], (200, b"kept")), ([], (500, None))):
        container = run(app=folder, options=options)
        with container.connect() as client:
            client.request("POST", "/file", body=body)
            answer = client.response()
        assert answer.status == expected[0], answer
        assert expected[1] in (None, answer.body)
        assert container.body() == "version one\n"


# --- Health, ends, accidents ------------------------------------------------------------


def healthy(container):
    if ENGINE == "podman":
        return engine("healthcheck", "run", container.name, check=False).returncode == 0
    return container.exec("/usr/bin/sluice", "health").returncode == 0


def test_a_server_that_does_not_answer_is_not_healthy(run):
    container = run()
    until(lambda: healthy(container))
    container.signal("STOP")
    assert not healthy(container)
    container.signal("CONT")
    until(lambda: healthy(container))


def test_a_script_that_never_comes_back_is_replaced(run, site):
    container = run(app=site({"app.lua": APP}), env={"SLUICE_WATCHDOG": "500ms"})
    with container.connect() as client:
        client.request("GET", "/spin")
        until(lambda: "app.lua:" in container.log(), container.log)
    until(lambda: "is stuck" in container.log())
    assert container.body() == "version one\n"
    until(lambda: healthy(container))


def test_a_request_in_flight_is_finished_when_it_is_stopped(run, site, image):
    container = run(image, app=site({"app.lua": APP}))
    with container.connect() as other, container.connect() as client:
        client.request("GET", "/stream")
        client.head()
        assert client.read_chunk() == b"first"
        # On a connection from before, and with its head half sent: nothing is
        # accepted any more.
        other.send("GET /go HTTP/1.1\r\n")
        container.signal("TERM")
        other.send("Host: a\r\n\r\n")
        assert other.response().status == 204
        assert client.read_chunk() == b"second"
    assert container.wait() == 0


def test_out_of_memory_costs_a_worker_and_not_the_service(run, site):
    container = run(app=site({"app.lua": APP}), env=PUBLIC)
    with container.connect() as client:
        client.request("GET", "/eat")
        until(lambda: container.metric("sluice_worker_deaths_total") >= 1, container.log)
        with pytest.raises((ConnectionResetError, EOFError)):
            client.response()
    until(lambda: container.metric("sluice_workers") == 1)
    assert container.body() == "version one\n"
    assert "signal 9" in container.log() or "SIGKILL" in container.log()
    assert container.is_running()
    container.signal("TERM")
    assert container.wait() == 0
