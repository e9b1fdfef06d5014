"""Reloads of a server with workers: all of them switch, or none."""

import os
import signal

import pytest

from load import Load
from server import command, without_sanitizer
from test_generations import HANDOVER, Site, edit_good_and_broken, see_event, wait_until

WORKERS = {"workers": "2"}


@pytest.fixture
def site(serve, tmp_path, request):
    """Its parameter, if any, is the watchdog's time."""
    control = tmp_path / "control"
    site = Site(serve, """
app:get("/pid", function(_, res)
  res:write(require("luv").os_getpid())
end)
""" + HANDOVER, settings={**WORKERS, "control": control, "watchdog": getattr(request, "param", "10s")})
    site.start(tmp_path / "site")
    site.control = control
    return site


def versions(site):
    """What the workers answer, asked until each has been heard."""
    heard = {}
    def ask():
        for _ in range(8):
            with site.server.connect() as client:
                client.request("GET", "/pid")
                pid = client.response().body
                client.request("GET", "/")
                heard[pid] = client.response().body.decode()
        return len(heard) == 2
    wait_until(ask)
    return set(heard.values())


def ask(site, *words):
    return command("reload", *words, "--control", site.control)


def test_all_workers_switch(site):
    workers = site.server.workers()
    site.edit('return "two"')
    assert "all workers serve the new version" in site.reload()
    assert versions(site) == {"two"}
    wait_until(lambda: site.server.workers() == workers)  # the probe may end yet


BROKEN = {
    "syntax": ("local = 3", "version.lua:1:"),
    "runtime": ("error('no way')", "version.lua:1: no way"),
    "a missing module": ("return require('nowhere')", "'nowhere' not found"),
    "a bad route": ("require('sluice').new():get('x', print)", "version.lua:1:"),
    "no end": ("while true do end", "watchdog"),
    "a crash": ("local ffi = require('ffi')\n"
                "ffi.cast('int *', 8)[0] = 1", "signal 11"),
    "an exit": ("os.exit(3)", "exit code 3"),
}


CRASHES = {"a crash", "an exit"}  # what a script leaves behind then is no leak of ours


@pytest.mark.parametrize("site, name", [
    pytest.param("1s" if name == "no end" else "10s", name,
                 marks=[without_sanitizer] if name in CRASHES else [])
    for name in BROKEN
], indirect=["site"], ids=BROKEN)
def test_a_broken_edit_costs_no_worker(site, name):
    text, expected = BROKEN[name]
    workers = site.server.workers()
    with Load(site.server) as load:
        site.edit(text)
        log = site.reload()
        load.wait_for(20)
    assert load.failures == []
    assert expected in log
    if "version.lua:1:" in expected:
        assert ">    1 | " + text in log
    wait_until(lambda: site.server.workers() == workers)  # the probe may end yet
    assert versions(site) == {"one"}
    site.edit('return "two"')
    site.reload()
    assert versions(site) == {"two"}


def test_one_worker_that_cannot_start_rolls_back_all(serve, tmp_path):
    more = """
app:on_start(function()
  if version == "two" then
    assert(io.open("{}", "wx"), "I am the second one")
  end
end)
app:get("/pid", function(_, res)
  res:write(require("luv").os_getpid())
end)
""".replace("{}", str(tmp_path / "mark"))
    site = Site(serve, more, settings=WORKERS).start(tmp_path / "site")
    site.edit('return "two"')
    assert "I am the second one" in site.reload()
    assert versions(site) == {"one"}


def test_a_worker_that_dies_after_a_broken_edit_has_the_last_good_one(site):
    site.edit('return "two"')
    site.reload()
    site.edit("return (")
    site.reload()
    wait_until(lambda: len(site.server.workers()) == 2)  # the probe may end yet
    for victim in site.server.workers():
        os.kill(victim, signal.SIGKILL)
    wait_until(lambda: versions(site) == {"two"})
    site.edit('return "three"')
    site.reload()
    assert versions(site) == {"three"}


def test_sluice_reload_tells_the_outcome(site):
    site.edit('return "two"')
    done = ask(site, "--wait")
    assert (done.returncode, done.stdout) == (0, "reloaded\n")
    assert versions(site) == {"two"}
    site.edit("return (")
    done = ask(site, "--wait")
    assert done.returncode == 1
    assert "version.lua:1:" in done.stderr
    assert ask(site).returncode == 0


def test_edits_good_and_broken_lose_no_request(site):
    with site.server.connect() as stream, site.server.connect() as client:
        stream.request("GET", "/events")
        see_event(stream, "one", first=True)
        client.request("GET", "/hit")
        client.response()
        edit_good_and_broken(site, client, 20)
        client.request("GET", "/hit")
        assert client.response().body == b"2"  # handed over each time
        see_event(stream, "one")
