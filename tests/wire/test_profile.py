"""`sluice profile`: where a worker spends its time."""

import re
import signal
import subprocess
import threading
from contextlib import contextmanager
from xml.etree import ElementTree

import pytest

from browser import CHROMIUM, Browser
from server import BINARY, PATIENCE_S, command, environment
from test_generations import wait_until

APP = """
local sluice = require("sluice")
local app = sluice.new()
local function compute(n)
  local sum = 0
  for i = 1, n do
    sum = sum + i % 7
  end
  return sum
end
app:get("/sums/:n<int>", function(req, res)
  res:write(compute(req.params.n), "\\n")
end)
app:get("/nested", function(_, res)
  res:write(coroutine.wrap(function()
    sluice.sleep(1)
    local sum = compute(1000000)
    return sum
  end)())
end)
app:get("/endless", function()
  while true do
    compute(1000)
  end
end)
return app
"""


@contextmanager
def load(server, *paths):
    """Somebody asks for these, again and again."""
    over = threading.Event()

    def ask():
        while not over.is_set():
            for path in paths:
                server.get(path)

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(PATIENCE_S)


@pytest.fixture
def start(serve, tmp_path_factory):
    def begin(app=APP, **settings):
        control = tmp_path_factory.mktemp("c") / "c"
        server = serve(app, settings={"control": control, **settings})
        server.control = control
        return server
    return begin


def profile(server, *flags, seconds=1):
    return command("profile", "--control", server.control, "--seconds", seconds, *flags)


def stacks(server, **options):
    ran = profile(server, "--output", "-", **options)
    assert ran.returncode == 0, ran.stderr
    lines = [line.rsplit(" ", 1) for line in ran.stdout.splitlines()]
    assert all(int(count) > 0 for _, count in lines)
    return "\n".join(stack for stack, _ in lines)


@pytest.mark.parametrize("settings", [
    {"workers": 1, "lua_memory": "64M"}, {"workers": 0, "watchdog": "0"}])
def test_stacks_begin_with_their_routes(start, settings):
    server = start(**settings)
    with load(server, "/sums/300000", "/nested"):
        found = stacks(server)
    assert re.search(r"^GET /sums/:n<int>;.*app.lua:11;compute \(.*app.lua:4\);\[compiled\]$",
                     found, re.M), found
    assert re.search(r"^GET /nested;[^;]*app.lua:14;[^;]*app.lua:15;compute", found, re.M), found
    assert ";lua/sluice/main.lua:" not in found


def test_a_worker_with_nothing_to_do_gives_no_picture(start):
    server = start(workers=2)
    idle = profile(server, "--worker", 1)
    assert idle.returncode == 1
    assert "no samples" in idle.stderr and "Send it requests" in idle.stderr


def test_the_watchdog_goes_on(start):
    server = start(workers=1, watchdog="500ms")
    with server.connect() as client:
        asking = subprocess.Popen(
            [BINARY, "profile", "--control", server.control, "--seconds", "60", "--output", "-"],
            env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert "profiling" in asking.stderr.readline()
        again = profile(server)
        assert again.returncode == 1 and "already" in again.stderr
        client.send(b"GET /endless HTTP/1.1\r\nHost: a\r\n\r\n")
        server.wait_for_log("this script does not wait")
        server.wait_for_log("is stuck: it is killed")
    _, error = asking.communicate(timeout=PATIENCE_S)
    assert asking.returncode == 1 and "the worker is gone" in error
    assert server.get("/sums/1").body == b"1\n"
    assert re.search(r"does not wait:\n +.*compute|does not wait:\n.*app.lua", server.log())


def test_it_goes_on_over_a_reload(start):
    server = start(workers=1)
    (server.folder / "app.lua").write_text(APP.replace("compute", "reckon"))
    asking = subprocess.Popen(
        [BINARY, "profile", "--control", server.control, "--seconds", "2", "--output", "-"],
        env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert "profiling" in asking.stderr.readline()
    with load(server, "/sums/300000"):
        wait_until(lambda: server.get("/sums/2").body == b"3\n")
        assert command("reload", "--wait", "--control", server.control).returncode == 0
        shown, _ = asking.communicate(timeout=PATIENCE_S)
    assert asking.returncode == 0 and "reckon" in shown, shown


def test_the_end_may_come_early(start, tmp_path):
    server = start(workers=1)
    asking = subprocess.Popen(
        [BINARY, "profile", "--control", server.control, "--seconds", "3000", "--output",
         tmp_path / "a.html"],
        env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert "profiling" in asking.stderr.readline()
    for _ in range(10):
        server.get("/sums/3000000")
    asking.send_signal(signal.SIGINT)
    said, _ = asking.communicate(timeout=PATIENCE_S)
    page = (tmp_path / "a.html").read_text()
    assert asking.returncode == 0 and "samples" in said
    assert page.startswith("<!doctype html>") and "<svg" in page and "compute" in page
    leaving = subprocess.Popen(
        [BINARY, "profile", "--control", server.control, "--seconds", "3000"],
        env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert "profiling" in leaving.stderr.readline()
    leaving.kill()
    leaving.communicate()
    wait_until(lambda: "already" not in profile(server).stderr)


def test_wrong_usage(start, tmp_path):
    server = start()
    assert "1 to 3600" in profile(server, seconds=0).stderr
    assert "1 to 3600" in profile(server, seconds="soon").stderr
    wrong = profile(server, "--output", tmp_path / "a.png")
    assert wrong.returncode == 2 and ".svg" in wrong.stderr


@pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium")
def test_the_picture_can_be_looked_into(start, tmp_path):
    server = start(workers=1)
    with load(server, "/sums/300000", "/nested"):
        drawn = profile(server, "--output", tmp_path / "a.svg")
    assert drawn.returncode == 0, drawn.stderr
    tree = ElementTree.parse(tmp_path / "a.svg")
    titles = [title.text for title in tree.iter("{http://www.w3.org/2000/svg}title")]
    assert re.match(r"all\n\d+ samples, 100.0 %", titles[0])
    assert any(title.startswith("GET /sums/:n<int>\n") for title in titles)
    assert "http" not in (tmp_path / "a.svg").read_text().replace(
        "http://www.w3.org/2000/svg", ""), "it needs nothing else"
    with Browser(tmp_path) as browser:
        browser.call("Page.navigate", url=f"file://{tmp_path}/a.svg")
        browser.wait_for("document.querySelectorAll('.f').length > 3")
        width = "+[...document.querySelectorAll('.f')].find((box) => " \
                "box.textContent.startsWith('GET /sums')).querySelector('rect')" \
                ".getAttribute('width')"
        before = browser.evaluate(width)
        assert 0 < before < 1179
        browser.evaluate("[...document.querySelectorAll('.f')].find((box) => "
                         "box.textContent.startsWith('GET /sums'))"
                         ".dispatchEvent(new MouseEvent('click', { bubbles: true }))")
        assert browser.evaluate(width) > 1179
        browser.evaluate("window.prompt = () => 'compute'; document.getElementById('search')"
                         ".dispatchEvent(new MouseEvent('click', { bubbles: true }))")
        assert browser.evaluate("document.querySelectorAll('.match').length") > 0
        assert "%" in browser.evaluate("document.getElementById('found').textContent")
        browser.evaluate("document.getElementById('reset')"
                         ".dispatchEvent(new MouseEvent('click', { bubbles: true }))")
        assert browser.evaluate(width) == pytest.approx(before, abs=0.01)
