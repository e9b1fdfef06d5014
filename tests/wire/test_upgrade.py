"""Another binary goes on in the same process (SIGUSR2), and nobody notices."""

import json
import os
import shutil
import signal
import socket

import pytest

from load import Load
from processes import APP, pid_of, until
from server import BINARY, command
from test_control import ask

@pytest.fixture
def installed(tmp_path):
    """A binary that a test may replace, as an installation does: by a name."""
    path = tmp_path / "sluice"
    shutil.copy(BINARY, path)
    return path


def install(path, make):
    """Puts what `make(path)` makes in its place at once."""
    new = path.with_suffix(".new")
    make(new)
    new.chmod(0o755)
    new.rename(path)


def executable(pid):
    return os.stat(f"/proc/{pid}/exe").st_ino


def upgrade(server):
    server.signal(signal.SIGUSR2)
    server.wait_for_log("listening on", count=2)


@pytest.mark.parametrize("listen", ["127.0.0.1:0", "unix"])
def test_another_binary_goes_on_in_the_same_process(
        serve, installed, tmp_path, listen):
    address = f"unix:{tmp_path}/socket" if listen == "unix" else listen
    server = serve(APP, binary=installed, listen=address,
                   settings={"workers": 2, "control": tmp_path / "control"})
    before, inode = server.workers(), executable(server.pid)
    install(installed, lambda path: shutil.copy(BINARY, path))
    upgrade(server)
    assert executable(server.pid) != inode
    until(lambda: not set(before) & set(server.workers()))
    assert all(executable(worker) == executable(server.pid)
               for worker in server.workers())
    assert pid_of(server) in server.workers()
    status = json.loads(ask(tmp_path, "status", "--json").stdout)
    assert status["pid"] == server.pid and len(status["workers"]) == 2
    server.stop()
    if listen == "unix":
        assert not (tmp_path / "socket").exists()


def test_no_request_is_lost_to_another_binary(serve, installed):
    server = serve(APP, binary=installed, settings={"workers": 2})
    with Load(server, "/pid") as load, server.connect() as slow:
        slow.request("GET", "/slow")
        slow.head()
        upgrade(server)
        assert slow.read_chunk() == b"begun," and slow.read_chunk() == b"done"
        load.wait_for(50)
    assert load.failures == []


def test_a_binary_that_refuses_changes_nothing(serve, installed):
    server = serve(APP, binary=installed, settings={"workers": 2})
    workers = server.workers()
    install(installed, lambda path: path.write_text("#!/bin/sh\nexit 1\n"))
    server.signal(signal.SIGUSR2)
    server.wait_for_log("cannot go on")
    assert server.workers() == workers
    install(installed, lambda path: path.unlink(missing_ok=True) or
            path.write_text("no program"))
    server.signal(signal.SIGUSR2)
    server.wait_for_log("cannot go on", count=2)
    assert pid_of(server) in workers
    # The workers that come now are of the binary that runs.
    os.kill(workers[0], signal.SIGKILL)
    server.wait_for_log("serves\n")
    assert pid_of(server)


def test_a_broken_app_keeps_the_old_binary(serve, installed):
    server = serve(APP, binary=installed, settings={"workers": 2})
    workers = server.workers()
    (server.folder / "app.lua").write_text("return nothing.at.all")
    server.signal(signal.SIGUSR2)
    server.wait_for_log("cannot go on")
    assert "app.lua:1" in server.log()
    assert server.workers() == workers
    assert pid_of(server) in workers


def test_a_worker_that_dies_after_the_change_is_replaced(serve, installed):
    server = serve(APP, binary=installed, settings={"workers": 2})
    upgrade(server)
    for n in range(2):
        os.kill(pid_of(server), signal.SIGKILL)
        server.wait_for_log("was ended by signal 9", count=n + 1)
    until(lambda: len(server.workers()) == 2)
    assert pid_of(server)
    descriptors = server.descriptors()
    for n in range(3, 6):
        server.signal(signal.SIGUSR2)
        server.wait_for_log("listening on", count=n)
    until(lambda: len(server.workers()) == 2)
    until(lambda: server.descriptors() == descriptors,
          "the changes leave descriptors behind")


# --- What goes wrong after the question -------------------------------------------


# The probe of the next life loads it after "sluice check" was content with it.
CHANGES_ITS_MIND = """
local file = io.open("/proc/self/cmdline")
local words = file:read("*a")
file:close()
assert(not words:find("%zprobe%z"), "broken in between")
""" + APP.replace("getpid()))", "getpid()) .. ' new')")


def test_an_app_that_breaks_in_between_is_served_as_it_was(serve, installed):
    """With the next binary, from memory; a later reload brings it up to date."""
    server = serve(APP, binary=installed, settings={"workers": 2})
    before = server.workers()
    install(installed, lambda path: shutil.copy(BINARY, path))
    (server.folder / "app.lua").write_text(CHANGES_ITS_MIND)
    with Load(server, "/pid") as load:
        upgrade(server)
        assert "broken in between" in server.log()
        until(lambda: not set(before) & set(server.workers()))
        assert all(executable(worker) == executable(server.pid)
                   for worker in server.workers())
        load.wait_for(50)
    assert load.failures == []
    os.kill(pid_of(server), signal.SIGKILL)
    server.wait_for_log("serves\n")
    assert pid_of(server)  # a number: the app of before
    (server.folder / "app.lua").write_text(APP.replace("getpid()))", "getpid()) .. ' new')"))
    server.signal(signal.SIGHUP)
    server.wait_for_log("all workers serve the new version")
    assert b"new" in server.get("/pid").body


@pytest.fixture
def configured(serve, installed, tmp_path):
    """A server with a configuration that a test may edit."""
    configuration = tmp_path / "sluice.conf"
    configuration.write_text("")
    server = serve(APP, binary=installed, settings={"workers": 2},
                   flags=["--config", configuration])

    def edit(text):
        configuration.write_text(text)
        upgrade(server)

    server.edit = edit
    return server


def test_an_address_that_cannot_be_opened_is_left_out(serve, installed, tmp_path):
    configuration = tmp_path / "sluice.conf"
    path = tmp_path / "first"
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        configuration.write_text(f'listen = {{ "unix:{path}" }}\n')
        server = serve(APP, binary=installed, listen=None, settings={"workers": 2},
                       flags=["--config", configuration])
        configuration.write_text(f'listen = {{ "unix:{path}", "{address}" }}\n')
        upgrade(server)
        assert f"{address}: " in server.log() and "going on without it" in server.log()
        assert pid_of(server)
    server.signal(signal.SIGUSR2)  # Now it is free.
    server.wait_for_log(f"listening on http://{address}")
    assert pid_of(server)


def test_a_control_socket_that_cannot_be_opened_is_left_out(configured, tmp_path):
    configured.edit(f'control = "{tmp_path}/nowhere/control"')
    assert "going on without it" in configured.log()
    assert pid_of(configured)
    configured.signal(signal.SIGUSR2)
    configured.wait_for_log("listening on", count=3)
    assert pid_of(configured)


def test_no_workers_are_one_worker_until_the_next_start(serve, installed):
    """A script in the place of the binary changes the setting."""
    server = serve(APP, binary=installed, settings={"workers": 2})
    other = installed.with_name("other")
    shutil.copy(BINARY, other)
    install(installed, lambda path: path.write_text(
        f'#!/bin/sh\nexec {other} "$@" --workers 0\n'))
    upgrade(server)
    until(lambda: len(server.workers()) == 1)
    assert pid_of(server) in server.workers()


def test_a_reload_that_is_asked_for_meanwhile_is_not_lost(serve, installed, tmp_path):
    server = serve(APP, binary=installed, settings={
        "workers": 2, "control": tmp_path / "control"})
    server.signal(signal.SIGUSR2)
    server.signal(signal.SIGHUP)
    server.wait_for_log("listening on", count=2)
    done = command("reload", "--wait", "--control", tmp_path / "control")
    assert (done.returncode, done.stdout) == (0, "reloaded\n")
    assert pid_of(server)


# --- Time for what runs -----------------------------------------------------------

ENDLESS = APP.replace("return app", """
app:get("/endless", function(req, res)
  req:on_shutdown(function()
    sluice.log.info("told")
  end)
  while res:write("on and ") and res:flush() do
    sluice.sleep(10)
  end
end)
return app
""")


def test_a_replaced_worker_has_worker_grace(serve):
    server = serve(ENDLESS, settings={"workers": 1, "worker_grace": "300ms"})
    worker = pid_of(server)
    with server.connect() as client:
        client.request("GET", "/endless")
        client.head()
        os.kill(worker, signal.SIGTERM)
        server.wait_for_log("serves\n")
        assert client.read_chunk() == b"on and "  # nobody is in a hurry
        with pytest.raises((EOFError, ConnectionResetError)):
            while True:
                client.read_chunk()
    until(lambda: worker not in server.workers())
    assert "told" in server.log()
    assert "replaced worker_grace ago: cancelling 1 requests" in server.log()
    assert pid_of(server)


def test_workers_of_the_binary_before_have_worker_grace(serve, installed):
    server = serve(ENDLESS, binary=installed, settings={
        "workers": 2, "worker_grace": "300ms"})
    before = server.workers()
    with server.connect() as client:
        client.request("GET", "/endless")
        client.head()
        upgrade(server)
        until(lambda: not set(before) & set(server.workers()))
        with pytest.raises((EOFError, ConnectionResetError)):
            while True:
                client.read_chunk()


def test_a_worker_that_leaves_can_be_hurried(serve):
    server = serve(ENDLESS, settings={
        "workers": 1, "worker_grace": "0", "grace": "100ms"})
    worker = pid_of(server)
    with server.connect() as client:
        client.request("GET", "/endless")
        client.head()
        os.kill(worker, signal.SIGTERM)
        server.wait_for_log("told")
        os.kill(worker, signal.SIGTERM)
        until(lambda: worker not in server.workers())
    assert "the grace time is over: cancelling 1 requests" in server.log()
    assert pid_of(server)
