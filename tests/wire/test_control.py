"""Commands that ask a server that runs."""

import json
import os
import signal
import socket

import pytest

from processes import APP, pid_of, until
from server import PATIENCE_S, command


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
