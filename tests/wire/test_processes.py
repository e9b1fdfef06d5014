"""A supervisor and its workers: who serves, who takes the place of the dead."""

import os
import signal

import pytest

from load import Load
from processes import APP, gone, pair, pid_of, until  # noqa: F401 (pair is a fixture)
from server import command, without_sanitizer


# --- Serving ----------------------------------------------------------------------


def test_each_worker_is_a_process_that_serves(pair):
    workers = pair.workers()
    assert len(workers) == 2
    until(lambda: {pid_of(pair) for _ in range(20)} == set(workers))


def test_the_supervisor_keeps_what_the_workers_have_open_only_once(pair):
    for worker in pair.workers():
        names = [os.readlink(f"/proc/{worker}/fd/{fd}")
                 for fd in os.listdir(f"/proc/{worker}/fd")]
        assert sum("memfd" in name for name in names) <= 1, names


def test_programs_of_a_script_inherit_no_socket(serve):
    server = serve("""
local sluice = require("sluice")
local app = sluice.new()
app:get("/", function(_, res)
  local program = io.popen("ls /proc/self/fd")
  res:text(program:read("*a"))
  program:close()
end)
return app
""", settings={"workers": 1})
    # The three standard ones, and the folder that ls itself reads.
    assert server.get("/").body.split() == [b"0", b"1", b"2", b"3"]


def test_auto_starts_at_least_one_worker(serve):
    server = serve(APP, settings={"workers": "auto"})
    assert pid_of(server) in server.workers()


def test_an_app_that_does_not_load_is_reported_once(tmp_path):
    app = tmp_path / "app.lua"
    app.write_text("error('on purpose')")
    run = command("serve", app, "--workers", "4", "--listen", "127.0.0.1:0")
    assert run.returncode == 1
    assert run.stderr.count(": on purpose") == 1
    assert "app.lua:1" in run.stderr


def test_an_app_that_crashes_while_it_loads_is_reported(tmp_path):
    app = tmp_path / "app.lua"
    app.write_text("require('ffi').cast('int *', 8)[0] = 1")
    run = command("serve", app, "--workers", "2", "--listen", "127.0.0.1:0")
    assert run.returncode == 1
    assert "while it loaded" in run.stderr


def test_a_port_that_workers_share_is_in_use(pair, tmp_path):
    app = tmp_path / "app.lua"
    app.write_text(APP)
    run = command("serve", app, "--workers", "2", "--listen",
                  f"127.0.0.1:{pair.port}")
    assert run.returncode == 1
    assert "in use" in run.stderr


def test_a_worker_is_no_command_for_people():
    run = command("worker")
    assert run.returncode == 2
    assert "sluice serve" in run.stderr
    assert "sluice worker" not in command("help").stdout


# --- Death and replacement --------------------------------------------------------


def test_a_killed_worker_is_replaced(pair):
    victim, other = pair.workers()
    os.kill(victim, signal.SIGKILL)
    pair.wait_for_log("serves\n")
    workers = pair.workers()
    assert victim not in workers and other in workers
    until(lambda: {pid_of(pair) for _ in range(20)} == set(workers))
    assert f"(pid {victim}) was ended by signal 9" in pair.log()


@without_sanitizer
def test_a_crash_is_logged_with_the_last_requests(pair):
    with pair.connect() as client:
        client.request("GET", "/crash")
        with pytest.raises((ConnectionError, AssertionError, EOFError)):
            client.response()
    pair.wait_for_log("signal 11")
    assert "its last requests: " in pair.log()
    assert pid_of(pair)


def test_a_worker_that_keeps_dying_is_replaced_ever_later(serve):
    server = serve(APP, settings={"workers": 1})

    def has_waited():
        """One that comes to live for long is forgiven: then once more."""
        dead = server.log().count("was ended by signal 9")
        os.kill(pid_of(server), signal.SIGKILL)
        server.wait_for_log("serves\n", count=dead + 1)
        return "after 4 failures in a row" in server.log()

    until(has_waited)
    log = server.log()
    assert "attempt is in 100 ms, after 2 failures in a row" in log
    assert "attempt is in 400 ms, after 4 failures in a row" in log
    assert pid_of(server)


def test_a_kill_resets_only_what_the_worker_had_accepted(serve):
    """Clients that wait in the queue of a dead worker are served by the next."""
    server = serve(APP, settings={"workers": 1})
    victim = pid_of(server)
    os.kill(victim, signal.SIGSTOP)
    clients = [server.connect() for _ in range(50)]
    for client in clients:
        client.request("GET", "/pid")
    os.kill(victim, signal.SIGKILL)
    for client in clients:
        assert int(client.response().body) != victim
        client.socket.close()


def test_kills_under_load_lose_only_requests_in_hand(pair):
    """Each client has one request at a time: a kill costs it one at most."""
    kills = 3
    with Load(pair, "/pid") as load:
        for n in range(kills):
            load.wait_for(50)
            os.kill(pair.workers()[0], signal.SIGKILL)
            pair.wait_for_log("serves\n", count=n + 1)
    assert len(load.failures) <= kills * 4, load.failures


def test_a_worker_that_is_asked_to_end_is_replaced_first(pair):
    """Its requests are finished, and nobody notices."""
    with pair.connect() as client:
        client.request("GET", "/pid")
        worker = int(client.response().body)
        client.request("GET", "/slow")
        client.head()
        os.kill(worker, signal.SIGTERM)
        pair.wait_for_log("serves\n")
        assert client.read_chunk() == b"begun,"
        assert client.read_chunk() == b"done"
        assert client.read_chunk() == b"" and client.read_fields() == []
        # An answer that had begun could not say that it was the last one.
        answer = client.get("/pid")
        assert int(answer.body) == worker
        assert answer.headers.get("connection") == "close"
        assert client.ends()
    until(lambda: gone(worker))
    assert len(pair.workers()) == 2
    assert "error" not in pair.log()


def test_workers_without_a_supervisor_end(serve):
    server = serve(APP, settings={"workers": 2})
    workers = server.workers()
    server.exit_code = -signal.SIGKILL
    server.signal(signal.SIGKILL)
    for worker in workers:
        until(lambda: gone(worker))
    assert server.wait() == -signal.SIGKILL


# --- Replacement for age ----------------------------------------------------------


def test_a_worker_that_has_served_enough_is_replaced_without_loss(serve):
    server = serve(APP, settings={"workers": 2, "worker_requests": 20})
    first = server.workers()
    with Load(server, "/pid") as load:
        until(lambda: not set(first) & set(server.workers()))
    assert load.failures == []
    assert "is being replaced: it has begun " in server.log()


def test_a_worker_that_holds_too_much_is_replaced(serve):
    server = serve("""
local sluice = require("sluice")
local app = sluice.new()
local kept = {}
app:get("/pid", function(_, res)
  res:text("-1")
end)
app:get("/keep", function()
  for n = 1, 160 do
    kept[#kept + 1] = ("x"):rep(1048576) .. n
  end
end)
return app
""", settings={"workers": 1, "worker_memory": "150m"})
    first = server.workers()
    server.get("/keep")
    server.wait_for_log("serves\n")
    assert "is being replaced: it holds " in server.log()
    until(lambda: server.workers() != first and len(server.workers()) == 1)
