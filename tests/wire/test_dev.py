"""`sluice dev`: what a developer sees."""

import os
import pty
import re
import subprocess
import time

import pytest

from server import BINARY, LISTENING, PATIENCE_S, command, environment
from test_generations import Site, wait_until

APP = """
local sluice = require("sluice")
local app = sluice.new()
app:get("/hello", function(_, res)
  res:write("Hello")
end)
app:get("/three", function(_, res)
  for _ = 1, 3 do
    res:write(("x"):rep(1000))
    res:flush()
  end
end)
app:post("/made", function(_, res)
  res:status(201)
end)
app:get("/broken", function()
  error("no way")
end)
return app
"""


def test_a_request_is_a_line(serve):
    server = serve(APP, verb="dev")
    server.get("/hello")
    server.get("/three?a=b")
    server.get("/made", method="POST")
    server.get("/" + "x" * 100)
    server.wait_for_log("/xxx")
    lines = [re.sub(r"\d+ ms", "0 ms", line) for line in server.log().splitlines()
             if line.startswith(("GET", "POST"))]
    pictures = [line.split()[-1] for line in lines]
    assert len(set(pictures)) == 4
    for picture in pictures:
        assert re.fullmatch(r"/\.sluice/picture/\d+-\d+", picture)
    assert [line.split()[:-1] for line in lines] == [
        "GET /hello 200 0 ms 5 B 1 chunk 1 send".split(),
        "GET /three?a=b 200 0 ms 2.9 KiB 3 chunks 4 sends".split(),
        "POST /made 201 0 ms 0 B 0 chunks 1 send".split(),
        f"GET /{'x' * 100} 404 0 ms 14 B 1 chunk 1 send".split(),
    ]
    columns = {line.index(" 200") for line in lines[:2]}
    assert len(columns) == 1, "the columns stand below each other"


def terminal(app, wanted, env=None):
    """What a terminal shows of a request, until it has shown `wanted`."""
    parent, child = pty.openpty()
    process = subprocess.Popen(
        [BINARY, "dev", app, "--listen", "127.0.0.1:0"], stdin=subprocess.DEVNULL,
        stdout=child, stderr=child, env=environment(env))
    os.close(child)
    shown, asked, deadline = "", False, time.monotonic() + PATIENCE_S
    try:
        while wanted not in shown:
            assert time.monotonic() < deadline, shown
            shown += os.read(parent, 4096).decode()
            found = LISTENING.search(shown)
            if found and not asked:
                asked = True
                subprocess.run(["curl", "-s", f"http://127.0.0.1:{found.group(1)}/hello"],
                               check=True, capture_output=True, timeout=PATIENCE_S)
    finally:
        process.terminate()
        process.wait(timeout=PATIENCE_S)
        os.close(parent)
    return shown


def test_colours_are_for_terminals(tmp_path, serve):
    app = tmp_path / "app.lua"
    app.write_text(APP)
    shown = terminal(app, "\x1b]8;;\x1b\\\x1b[0m")
    assert "\x1b[32m200" in shown
    assert re.search(r"\x1b\]8;;(http://127\.0\.0\.1:\d+(/\.sluice/picture/[\d-]+))\x1b\\\2\x1b", shown)
    assert "\x1b" not in terminal(app, "/.sluice/picture/", {"NO_COLOR": "1"})
    server = serve(APP, verb="dev")
    server.get("/hello")
    server.wait_for_log("1 send")
    assert "\x1b" not in server.log()


def test_what_is_saved_is_served_and_told_in_a_line(serve, tmp_path):
    site = Site(serve, verb="dev").start(tmp_path / "site")
    before = site.server.log()
    site.edit('return "two"')
    wait_until(lambda: site.body() == "two")
    news = [line for line in site.server.log()[len(before):].splitlines()
            if not line.startswith("GET")]
    assert len(news) == 1
    assert re.search(r"reloaded: all workers serve the new version, after \d+ ms: "
                     r"/\S+/version.lua has changed$", news[0])


STARTS_NOT = """
local sluice = require("sluice")
local app = sluice.new()
app:on_start(function()
  error("no database")
end)
return app
"""


@pytest.mark.parametrize("workers", ["1", "3"])
@pytest.mark.parametrize("broken,why", [
    ("local = 3\n", ">    1 | local = 3"),
    ("return 5\n", "the file must return"),
    (STARTS_NOT, "no database"),
    ("os.exit(3)\n", "exit"),
])
def test_an_app_that_does_not_start_is_waited_for(serve, tmp_path, broken, why, workers):
    app = tmp_path / "app.lua"
    app.write_text(broken)
    server = serve(app, verb="dev", flags=["--workers", workers])
    answer = server.get("/hello")
    assert answer.status == 503 and why in answer.body.decode()
    assert "the app does not start" in server.log() and why in server.log()
    app.write_text(STARTS_NOT.replace("database", "money"))
    server.wait_for_log("the app still does not start")
    assert "no money" in server.get("/").body.decode()
    app.write_text(APP)
    wait_until(lambda: server.get("/hello").status == 200)


def test_in_production_it_is_not(tmp_path):
    app = tmp_path / "app.lua"
    app.write_text("local = 3\n")
    run = command("serve", app, "--watch", "--workers", "1", "--listen", "127.0.0.1:0")
    assert run.returncode == 1 and "app.lua:1:" in run.stderr


@pytest.mark.parametrize("given", ["--watch", "--watch on", "--watch=poll", "--watch=true"])
def test_watch_may_stand_alone(serve, tmp_path, given):
    site = Site(serve, flags=[*given.split(), "--watch-interval", "20ms"]).start(
        tmp_path / "site")
    site.edit('return "two"')
    wait_until(lambda: site.body() == "two")


def test_what_is_said_counts_more_than_what_is_usual(serve, tmp_path):
    config = tmp_path / "config.lua"
    config.write_text("workers = 2\nwatch = false\n")
    server = serve(APP, verb="dev", flags=["--config", config, "--access-log", "off"])
    assert len(server.workers()) == 2
    server.get("/hello")
    server.stop()
    assert "/hello" not in server.log()
