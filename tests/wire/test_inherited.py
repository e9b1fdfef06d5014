"""Sockets and logs that several processes share."""

import os
import signal
import socket
import subprocess
import sys

import pytest

from client import Client
from processes import APP, until
from server import BINARY, PATIENCE_S, environment


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
