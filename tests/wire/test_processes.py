"""A supervisor and its workers: who serves, who takes the place of the dead."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from client import Client
from load import Load
from server import (
    BINARY, PATIENCE_S, command, environment, without_sanitizer)

APP = """
local sluice = require("sluice")
local ffi = require("ffi")
ffi.cdef("int getpid(void);")
local app = sluice.new()
app:get("/pid", function(_, res)
  res:text(tostring(ffi.C.getpid()))
end)
app:get("/slow", function(_, res)
  res:write("begun,")
  res:flush()
  sluice.sleep(300)
  res:write("done")
end)
app:get("/crash", function()
  ffi.cast("int *", 8)[0] = 1
end)
return app
"""


def until(what, why="it does not happen"):
    """Waits until `what()` is true, and returns it."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        found = what()
        if found:
            return found
        assert time.monotonic() < deadline, why
        time.sleep(0.01)


def pid_of(server):
    """The worker that happens to answer."""
    return int(server.get("/pid").body)


def gone(pid):
    return not os.path.exists(f"/proc/{pid}")


@pytest.fixture
def pair(serve):
    return serve(APP, settings={"workers": 2})


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


# --- Stopping ---------------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_what_runs_is_finished_before_all_end(pair, number):
    workers = pair.workers()
    with pair.connect() as client:
        client.request("GET", "/slow")
        client.head()
        assert client.read_chunk() == b"begun,"
        pair.signal(number)
        assert client.read_chunk() == b"done"
        assert client.read_chunk() == b"" and client.read_fields() == []
        assert client.ends()
    assert pair.wait() == 0
    assert all(map(gone, workers))
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(pair.address)


def test_connections_in_the_queues_are_answered(pair):
    workers = pair.workers()
    for worker in workers:
        os.kill(worker, signal.SIGSTOP)
    clients = [pair.connect() for _ in range(50)]
    for client in clients:
        client.request("GET", "/pid")
    pair.signal(signal.SIGTERM)
    for worker in workers:
        os.kill(worker, signal.SIGCONT)
    for client in clients:
        assert client.response().status == 200
        client.socket.close()
    assert pair.wait() == 0


def test_a_signal_to_everybody_ends_everybody_well(pair):
    """As systemd does, and a terminal."""
    for pid in (*pair.workers(), pair.pid):
        os.kill(pid, signal.SIGTERM)
    assert pair.wait() == 0


def test_a_second_signal_kills_what_does_not_end(pair):
    workers = pair.workers()
    for worker in workers:
        os.kill(worker, signal.SIGSTOP)
    pair.signal(signal.SIGTERM)
    pair.wait_for_log("again to end at once")
    pair.signal(signal.SIGTERM)
    pair.exit_code = 1
    assert pair.wait() == 1
    assert all(map(gone, workers))


def test_a_stop_before_anybody_serves_ends_the_server(tmp_path):
    app = tmp_path / "app.lua"
    app.write_text("io.stderr:write('loading\\n'); os.execute('sleep 0.3')\n" + APP)
    process = subprocess.Popen(
        [BINARY, "serve", app, "--workers", "2", "--listen", "127.0.0.1:0"],
        env=environment(), stderr=subprocess.PIPE, text=True)
    assert process.stderr.readline() == "loading\n"
    process.send_signal(signal.SIGTERM)
    _, rest = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0, rest
    assert "listening" not in rest


def test_a_reload_before_anybody_serves_follows_the_start(tmp_path):
    app, control = tmp_path / "app.lua", tmp_path / "control"
    app.write_text("os.execute('sleep 0.5')\n" + APP)
    process = subprocess.Popen(
        [BINARY, "serve", app, "--workers", "2", "--listen", "127.0.0.1:0",
         "--control", control],
        env=environment(), stderr=subprocess.PIPE, text=True)
    until(lambda: ask(tmp_path, "status").returncode == 0)
    done = ask(tmp_path, "reload", "--wait")
    process.send_signal(signal.SIGTERM)
    _, log = process.communicate(timeout=PATIENCE_S)
    assert (done.returncode, done.stdout) == (0, "reloaded\n"), done.stderr
    assert process.returncode == 0, log
    assert log.index("serving with 2 workers") < log.index("reloaded:")


# --- As process 1 -----------------------------------------------------------------

ORPHANS = """
local sluice = require("sluice")
local app = sluice.new()

-- Leaves behind a process whose parent has ended.
app:get("/orphan", function(_, res)
  local program = io.popen("(sleep 0.05 >&- & echo $!)")
  res:text(program:read("*l"))
  program:close()
end)

-- The processes that have ended and that nobody has asked about.
app:get("/zombies", function(_, res)
  local program = io.popen("grep -l '^State:.Z' /proc/[0-9]*/status 2>&-")
  res:text(program:read("*a"))
  program:close()
end)

app:get("/supervisor", function(_, res)
  local file = io.open("/proc/1/cmdline")
  res:text((file:read("*a"):gsub("%z", " ")))
  file:close()
end)
return app
"""


@pytest.fixture
def first(tmp_path):
    """A server that is process 1 of a namespace of its own."""
    alone = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child"]
    if subprocess.run([*alone, "true"], capture_output=True).returncode != 0:
        pytest.skip("no namespace of process ids can be made here")
    app = tmp_path / "app.lua"
    app.write_text(ORPHANS)
    process = subprocess.Popen(
        [*alone, BINARY, "serve", app, "--workers", "2", "--listen",
         "127.0.0.1:0"],
        env=environment(), stderr=subprocess.PIPE, text=True)
    log = ""
    while not (found := re.search(r"listening on http://(\S+):(\d+)", log)):
        line = process.stderr.readline()
        assert line, log
        log += line
    yield process, (found[1], int(found[2]))
    process.kill()
    process.communicate()


def ask_first(address, path):
    with Client(address) as client:
        return client.get(path).body


def test_process_1_collects_orphans(first):
    _, address = first
    assert b"serve" in ask_first(address, "/supervisor")
    for _ in range(5):
        assert int(ask_first(address, "/orphan")) > 1
    until(lambda: ask_first(address, "/zombies") == b"")


def test_process_1_ends_in_order(first):
    process, _ = first
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    if not children.exists():
        pytest.skip("the kernel does not tell the children of a process")
    os.kill(int(children.read_text()), signal.SIGTERM)
    _, log = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0, log
    assert "finishing what runs" in log


# --- Sockets ----------------------------------------------------------------------


def test_a_unix_socket_is_shared_and_removed_by_the_supervisor(serve, tmp_path):
    path = tmp_path / "sluice.sock"
    server = serve(APP, listen=f"unix:{path}", settings={"workers": 2})
    with Client(str(path)) as client:
        os.kill(int(client.get("/pid").body), signal.SIGKILL)
    server.wait_for_log("serves\n")
    with Client(str(path)) as client:
        assert client.get("/pid").status == 200
    server.signal(signal.SIGTERM)
    assert server.wait() == 0
    assert not path.exists()


# Puts the socket at descriptor 3 and becomes the server, as systemd does.
ACTIVATE = """
import os, sys
fd = int(sys.argv[1])
os.dup2(fd, 3)
os.set_inheritable(3, True)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1")
os.execv(sys.argv[2], sys.argv[2:])
"""


@pytest.mark.parametrize("workers", [0, 2])
def test_a_socket_of_systemd_is_taken_over(tmp_path, workers):
    app = tmp_path / "app.lua"
    app.write_text(APP)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        fd = listener.fileno()
        process = subprocess.Popen(
            [sys.executable, "-c", ACTIVATE, str(fd), BINARY, "serve", app,
             "--workers", str(workers)],
            env=environment(), pass_fds=[fd], stderr=subprocess.PIPE, text=True)
        port = listener.getsockname()[1]
        log = ""
        while "listening" not in log:
            log += process.stderr.readline()
        with Client(("127.0.0.1", port)) as client:
            assert client.get("/pid").status == 200
        process.send_signal(signal.SIGTERM)
        _, rest = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0, rest
    assert f"listening on http://127.0.0.1:{port}\n" in log
    assert ":8080" not in log


def test_what_is_handed_over_has_to_listen(tmp_path):
    app = tmp_path / "app.lua"
    app.write_text(APP)
    reader, writer = os.pipe()
    run = subprocess.run(
        [sys.executable, "-c", ACTIVATE, str(reader), BINARY, "serve", app],
        env=environment(), pass_fds=[reader], capture_output=True, text=True,
        timeout=PATIENCE_S)
    os.close(reader)
    os.close(writer)
    assert run.returncode == 1
    assert "descriptor 3 is no stream socket" in run.stderr


# --- Logs -------------------------------------------------------------------------


@pytest.mark.parametrize("workers", [0, 2])
def test_logs_are_reopened_by_all(serve, tmp_path, workers):
    access, errors = tmp_path / "access.log", tmp_path / "error.log"
    server = serve(APP, settings={"workers": workers}, flags=[
        "--access-log", str(access)])
    server.get("/pid?before")
    access.rename(tmp_path / "access.old")
    server.signal(signal.SIGUSR1)
    until(access.exists)
    pids = server.workers() or [server.pid]

    def all_have_moved():
        return all(str(access) in map(os.readlink, links(pid)) for pid in pids)

    until(all_have_moved)
    server.get("/pid?after")
    until(lambda: "after" in access.read_text())
    assert "before" in (tmp_path / "access.old").read_text()
    assert "before" not in access.read_text()
    assert not errors.exists()


def links(pid):
    return [f"/proc/{pid}/fd/{fd}" for fd in os.listdir(f"/proc/{pid}/fd")]


def test_lines_of_several_workers_stay_whole(serve, tmp_path):
    access = tmp_path / "access.log"
    server = serve(APP, settings={"workers": 2, "access_log": access})
    agent = "x" * 2000
    for _ in range(200):
        server.get("/pid", [("User-Agent", agent)])
    server.stop()
    lines = access.read_text().splitlines()
    assert len(lines) == 200
    assert all(agent in line and line.endswith("ms") for line in lines)


# --- Control ----------------------------------------------------------------------


@pytest.fixture(params=[2, 0], ids=["workers", "alone"])
def controlled(request, serve, tmp_path):
    return serve(APP, settings={"workers": request.param, "control": tmp_path / "control"})


def ask(tmp_path, *words):
    return command(*words, "--control", tmp_path / "control")


def test_status_counts_for_programs(controlled, tmp_path):
    for _ in range(10):
        controlled.get("/pid")

    def found():
        status = json.loads(ask(tmp_path, "status", "--json").stdout)
        return sum(w["requests"] for w in status["workers"]) == 10 and status

    status = until(found)
    assert status["state"] == "serving" and status["pid"] == controlled.pid
    assert status["listen"] == [f"127.0.0.1:{controlled.port}"]
    assert sorted(w["pid"] for w in status["workers"]) == (
        controlled.workers() or [controlled.pid])
    assert all(w["memory_bytes"] > 1 << 20 for w in status["workers"])
    assert status["replaced"] == 0


def test_status_says_what_is_live(serve, tmp_path):
    control = tmp_path / "control"
    server = serve("""
local sluice = require("sluice")
local app = sluice.new()
app:get("/sleep", function(_, res)
  res:write("begun", ("x"):rep(8000000))
  sluice.sleep(60000)
end)
return app
""", settings={"workers": 1, "control": control, "grace": "100ms"})
    kinds = ("exchanges", "operations", "pieces", "tasks")

    def live():
        result = command("status", "--json", "--set", f"control={control}")
        return [json.loads(result.stdout)["workers"][0][kind] for kind in kinds]

    with server.connect(receive_buffer=4096) as client:
        client.request("GET", "/sleep")
        assert client.receive()
        until(lambda: live()[0] == 1 and live()[2] > 0 and live()[3] == 1)
    until(lambda: live() == [0, 0, 0, 0])


def test_status_is_a_table_for_people(serve, tmp_path):
    controlled = serve(APP, settings={"workers": 2, "control": tmp_path / "control"})
    victim, other = controlled.workers()
    os.kill(victim, signal.SIGKILL)
    controlled.wait_for_log("serves\n")
    run = ask(tmp_path, "status")
    assert run.returncode == 0
    head, _, names, *workers = run.stdout.splitlines()
    assert head == f"serving, pid {controlled.pid}, workers replaced: 1"
    assert names.split()[:3] == ["worker", "pid", "state"]
    assert len(workers) == 2 and str(other) in run.stdout


def test_stop_waits_for_the_end(controlled, tmp_path):
    with controlled.connect() as client:
        client.request("GET", "/slow")
        client.head()
        run = ask(tmp_path, "stop")
        assert run.returncode == 0, run.stderr
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(controlled.address)
        assert client.read_chunk() == b"begun,"
        assert client.read_chunk() == b"done"
    assert controlled.wait() == 0
    assert not (tmp_path / "control").exists()


def test_only_its_owner_may_ask(controlled, tmp_path):
    assert (tmp_path / "control").stat().st_mode & 0o777 == 0o600


def test_what_is_no_question_gets_no_answer(controlled, tmp_path):
    with socket.socket(socket.AF_UNIX) as asker:
        asker.settimeout(PATIENCE_S)
        asker.connect(str(tmp_path / "control"))
        asker.sendall(b"nonsense\n")
        assert b'no answer to "nonsense"' in asker.recv(1000)
    with socket.socket(socket.AF_UNIX) as asker:
        asker.settimeout(PATIENCE_S)
        asker.connect(str(tmp_path / "control"))
        asker.sendall(b"x" * 256)
        assert asker.recv(1000) == b""
    assert pid_of(controlled)


@pytest.mark.parametrize("verb", ["status", "stop"])
def test_a_server_that_does_not_run_cannot_be_asked(tmp_path, verb):
    run = ask(tmp_path, verb)
    assert run.returncode == 1
    assert "does not run" in run.stderr
    run = command(verb)
    assert run.returncode == 2
    assert "--control" in run.stderr


def test_one_control_socket_is_for_one_server(controlled, tmp_path):
    app = tmp_path / "app.lua"
    app.write_text(APP)
    run = ask(tmp_path, "serve", app, "--listen", "127.0.0.1:0")
    assert run.returncode == 1
    assert "control" in run.stderr and "in use" in run.stderr


def test_status_tells_of_the_last_reload(controlled, tmp_path):
    def status():
        return json.loads(ask(tmp_path, "status", "--json").stdout)

    assert status()["reload"] is None
    assert "last reload" not in ask(tmp_path, "status").stdout
    run = ask(tmp_path, "reload", "--wait")
    assert (run.returncode, run.stdout) == (0, "reloaded\n")
    outcome = status()["reload"]
    assert outcome["ok"] and outcome["error"] is None and outcome["number"] == 1
    assert "went well" in ask(tmp_path, "status").stdout
    (controlled.folder / "app.lua").write_text("local = 3\n")
    run = ask(tmp_path, "reload", "--wait")
    assert run.returncode == 1 and "app.lua:1:" in run.stderr
    outcome = status()["reload"]
    assert not outcome["ok"] and outcome["number"] == 2
    for text in outcome["error"], ask(tmp_path, "status").stdout:
        assert "app.lua:1:" in text and ">    1 | local = 3" in text
    assert controlled.get("/pid").status == 200


def test_json_is_for_status_only(tmp_path):
    run = ask(tmp_path, "stop", "--json")
    assert run.returncode == 2 and "--json" in run.stderr


# --- Reload -----------------------------------------------------------------------

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
