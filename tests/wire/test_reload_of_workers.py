"""Another version of the app, in all workers or in none."""

import signal

import pytest

from load import Load
from processes import until
from server import without_sanitizer
from test_control import ask

SAYS = """
local sluice = require("sluice")
local app = sluice.new()
app:get("/", function(_, res)
  res:text("WORD")
end)
app:get("/stream", function(_, res)
  res:write("WORD,")
  res:flush()
  sluice.sleep(500)
  res:write("WORD")
end)
return app
"""


def edit(server, word):
    (server.folder / "app.lua").write_text(SAYS.replace("WORD", word))


def answers_with(server, word):
    return all(server.get("/").body == word for _ in range(20))


def test_a_reload_brings_new_code_and_finishes_the_old(serve):
    server = serve(SAYS.replace("WORD", "old"), settings={"workers": 2})
    with server.connect() as client:
        client.request("GET", "/stream")
        client.head()
        assert client.read_chunk() == b"old,"
        edit(server, "new")
        server.signal(signal.SIGHUP)
        server.wait_for_log("reloaded")
        assert answers_with(server, b"new")
        assert client.read_chunk() == b"old"


@pytest.mark.parametrize("text, word", [
    ("return nothing.at.all", "app.lua:1"),
    ("this is no Lua", "app.lua:1"),
    ("return 42", "sluice.new"),
    ("require('ffi').cast('int *', 8)[0] = 1", "while it loaded"),
])
@without_sanitizer
def test_a_broken_app_changes_nothing(serve, tmp_path, text, word):
    server = serve(SAYS.replace("WORD", "old"), settings={
        "workers": 2, "control": tmp_path / "control"})
    workers = server.workers()
    (server.folder / "app.lua").write_text(text)
    run = ask(tmp_path, "reload", "--wait")
    assert run.returncode == 1 and run.stderr
    server.wait_for_log("the reload failed")
    assert word in server.log()
    until(lambda: server.workers() == workers)
    assert answers_with(server, b"old")
    edit(server, "new")
    run = ask(tmp_path, "reload", "--wait")
    assert (run.returncode, run.stdout) == (0, "reloaded\n")
    assert answers_with(server, b"new")


def test_an_app_that_loads_for_ever_changes_nothing(serve):
    server = serve(SAYS.replace("WORD", "old"), settings={
        "workers": 2, "watchdog": "1s"})
    (server.folder / "app.lua").write_text("while true do end")
    server.signal(signal.SIGHUP)
    server.wait_for_log("the reload failed")
    assert "app.lua:1" in server.log()
    assert answers_with(server, b"old")


def test_reloads_under_load_lose_no_request(serve, tmp_path):
    server = serve(SAYS.replace("WORD", "0"), settings={
        "workers": 2, "control": tmp_path / "control"})
    with Load(server) as load:
        for n in range(1, 6):
            edit(server, str(n))
            assert ask(tmp_path, "reload", "--wait").returncode == 0
            assert answers_with(server, b"%d" % n)
    assert load.failures == []
