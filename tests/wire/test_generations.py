"""Versions of an app's code in one process, and what moves from one to the
next. tests/wire/test_reload.py looks at servers with workers."""

import os
import signal
import time

import pytest

from server import command

APP = """local sluice = require("sluice")
local app = sluice.new()
local version = require("version")

app:get("/", function(_, res)
  res:write(version)
end)

app:get("/events", function(_, res)
  local events = res:sse()
  while true do
    local ok = events:event({{ data = version }})
    if not ok then
      return
    end
    sluice.sleep(20)
  end
end)

app:get("/slow", function(_, res)
  sluice.sleep(300)
  res:write(version)
end)
{}
return app
"""


class Site:
    """A folder of an app that is edited, and its server."""

    def __init__(self, serve, more="", **options):
        self.serve, self.more, self.options = serve, more, options
        self.server = None

    def write(self, folder, text, name="version.lua"):
        """As most editors do: another file takes the name."""
        place = folder / name
        other = place.with_suffix(".new")
        other.write_text(text)
        os.replace(other, place)

    def start(self, tmp_path):
        tmp_path.mkdir(exist_ok=True)
        self.folder = tmp_path
        (tmp_path / "app.lua").write_text(APP.format(self.more))
        self.edit('return "one"')
        self.server = self.serve(tmp_path / "app.lua", **self.options)
        return self

    def edit(self, text, name="version.lua"):
        self.write(self.folder, text, name)

    def reload(self):
        """Asks for a reload and waits for what comes of it: the log since."""
        before = len(self.server.log())
        self.server.signal(signal.SIGHUP)
        deadline = time.monotonic() + 60
        while True:
            news = self.server.log()[before:]
            if "reloaded:" in news or "the reload failed" in news:
                return news
            assert time.monotonic() < deadline, self.server.log()
            time.sleep(0.005)

    def body(self, path="/"):
        return self.server.get(path).body.decode()


def see_event(client, version, first=False):
    """Reads events until one is of that version."""
    if first:
        client.head()
    while f"data: {version}\n".encode() not in client.read_chunk():
        pass


def wait_until(what):
    deadline = time.monotonic() + 60
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def edit_good_and_broken(site, client, times):
    """What is served is the last good version, after each edit."""
    served = "one"
    for i in range(times):
        site.edit("return (")
        assert "version.lua:1:" in site.reload()
        client.request("GET", "/")
        assert client.response().body.decode() == served
        served = f"n{i}"
        site.edit(f'return "{served}"')
        assert "reloaded:" in site.reload()
        client.request("GET", "/")
        assert client.response().body.decode() == served


def test_an_edit_is_served_after_a_reload(serve, tmp_path):
    site = Site(serve).start(tmp_path / "site")
    assert site.body() == "one"
    site.edit('return "two"')
    assert site.body() == "one"
    assert "reloaded: generation 2" in site.reload()
    assert site.body() == "two"


def test_a_broken_edit_changes_nothing_and_is_explained(serve, tmp_path):
    site = Site(serve).start(tmp_path / "site")
    for broken, expected in (
        ("local x\nlocal = 3", "version.lua:2:"),
        ("error('no way')", "version.lua:1: no way"),
        ("return require('nowhere')", "module 'nowhere' not found"),
        ("return nil + 1", "version.lua:1: attempt to perform arithmetic"),
    ):
        site.edit(broken)
        assert expected in site.reload()
        assert site.body() == "one"
    site.edit('return "two"')
    site.reload()
    assert site.body() == "two"


def test_requests_end_on_the_code_that_they_began_with(serve, tmp_path):
    site = Site(serve).start(tmp_path / "site")
    with site.server.connect() as slow:
        slow.request("GET", "/slow")
        # The next one on another connection is behind it.
        assert site.body() == "one"
        site.edit('return "two"')
        site.reload()
        assert site.body() == "two"
        assert slow.response().body == b"one"
        slow.request("GET", "/slow")
        assert slow.response().body == b"two"


LIFE = """
app:on_start(function()
  sluice.log.info("start of " .. version)
end)
app:on_stop(function()
  sluice.sleep(1)
  sluice.log.info("stop of " .. version)
end)
"""


def test_on_stop_comes_after_the_last_request(serve, tmp_path):
    site = Site(serve, LIFE).start(tmp_path / "site")
    assert "start of one" in site.server.log()
    with site.server.connect() as slow:
        slow.request("GET", "/slow")
        assert site.body() == "one"
        site.edit('return "two"')
        site.reload()
        log = site.server.log()
        assert "start of two" in log and "stop of one" not in log
        assert slow.response().body == b"one"
    site.server.wait_for_log("stop of one")
    site.server.stop()
    assert "stop of two" in site.server.log()


HANDOVER = """
local hits = 0
app:on_handover(function()
  return { hits = hits }
end, function(state)
  hits = state.hits
end)
app:get("/hit", function(_, res)
  hits = hits + 1
  res:write(hits)
end)
"""


def test_a_table_is_handed_over(serve, tmp_path):
    site = Site(serve, HANDOVER).start(tmp_path / "site")
    for expected in "12":
        assert site.body("/hit") == expected
    site.reload()
    assert site.body("/hit") == "3"


@pytest.mark.parametrize("save, load, expected", [
    ("error('no save today')", "", "no save today"),
    ("return { print }", "", "cannot serialize"),
    ("return 'state'", "error('no load today')", "no load today"),
])
def test_a_handover_that_fails_changes_nothing(serve, tmp_path, save, load, expected):
    site = Site(serve, f"""
app:on_handover(function()
  {save}
end, function()
  {load}
end)
""").start(tmp_path / "site")
    site.edit('return "two"')
    assert expected in site.reload()
    assert site.body() == "one"


BACKGROUND = """
local uv = require("luv")
uv.new_timer():start(0, 5, function() end)
sluice.spawn_free(function()
  while true do
    sluice.sleep(5)
  end
end)
app:on_stop(function()
  sluice.log.info("stop of " .. version)
end)
"""


def test_timers_and_background_tasks_keep_no_generation(serve, tmp_path):
    site = Site(serve, BACKGROUND).start(tmp_path / "site")
    assert site.body() == "one"
    descriptors = site.server.descriptors()
    for i in range(5):
        site.edit(f'return "n{i}"')
        site.reload()
        assert site.body() == f"n{i}"
    site.server.wait_for_log("stop of", 5)
    wait_until(lambda: site.server.descriptors() <= descriptors)


SPAWNING = """
app:get("/spawn", function(_, res)
  sluice.spawn(function()
    sluice.sleep(300)
    sluice.log.info("task of " .. version)
  end)
  res:write(version)
end)
""" + LIFE


def test_tasks_of_requests_keep_their_generation(serve, tmp_path):
    site = Site(serve, SPAWNING).start(tmp_path / "site")
    assert site.body("/spawn") == "one"
    site.edit('return "two"')
    site.reload()
    site.server.wait_for_log("stop of one")
    log = site.server.log()
    assert log.index("task of one") < log.index("stop of one")


def test_a_start_that_fails_changes_nothing(serve, tmp_path):
    more = """
app:on_start(function()
  sluice.sleep(1)
  assert(version ~= "two", "no start today")
end)
"""
    site = Site(serve, more).start(tmp_path / "site")
    site.edit('return "two"')
    assert "no start today" in site.reload()
    assert site.body() == "one"


def test_a_start_that_does_not_end_changes_nothing(serve, tmp_path):
    more = """
app:on_start(function()
  sluice.sleep(version == "two" and 1e6 or 1)
end)
"""
    site = Site(serve, more, settings={"start_timeout": "200ms"})
    site.start(tmp_path / "site")
    site.edit('return "two"')
    assert "start_timeout" in site.reload()
    assert site.body() == "one"


def test_a_server_whose_app_cannot_start_ends(tmp_path):
    app = tmp_path / "app.lua"
    app.write_text(APP.format('app:on_start(function() error("not me") end)'))
    (tmp_path / "version.lua").write_text("return 1")
    done = command("serve", app, "--listen", "127.0.0.1:0", "--workers", "0")
    assert done.returncode == 1
    assert "not me" in done.stderr


def test_above_max_generations_the_oldest_requests_are_aborted(serve, tmp_path):
    site = Site(serve, settings={"max_generations": "2"})
    site.start(tmp_path / "site")
    with site.server.connect() as first, site.server.connect() as second:
        first.request("GET", "/events")
        see_event(first, "one", first=True)
        site.edit('return "two"')
        site.reload()
        second.request("GET", "/events")
        see_event(second, "two", first=True)
        site.edit('return "three"')
        site.reload()
        site.server.wait_for_log("aborting 1 requests of generation 1")
        with pytest.raises(EOFError):  # The answer is cut, not ended.
            while True:
                see_event(first, "one")
        see_event(second, "two")


def test_edits_good_and_broken_lose_no_request(serve, tmp_path):
    """An event stream from before the first edit lives on its own code, and
    what the versions took is given back."""
    site = Site(serve, BACKGROUND + LIFE).start(tmp_path / "site")
    with site.server.connect() as stream, site.server.connect() as client:
        stream.request("GET", "/events")
        see_event(stream, "one", first=True)
        for i in range(20):  # until its memory is what it will be
            site.reload()
        wait_until(lambda: site.server.log().count("stop of one") >= 2 * 19)
        memory, descriptors = site.server.rss(), site.server.descriptors()
        edit_good_and_broken(site, client, 100)
        see_event(stream, "one")
        wait_until(lambda: site.server.descriptors() <= descriptors)
        if not os.environ.get("SLUICE_SANITIZE"):
            assert site.server.rss() < memory * 1.3
