"""Starts the built server for a test, and checks how it ended."""

import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

from client import Client

ROOT = Path(__file__).resolve().parents[2]
APPS = Path(__file__).resolve().parent / "apps"
BINARY = os.environ.get("SLUICE", str(ROOT / "build" / "dev" / "sluice"))

# Nothing here takes long; a server that hangs fails the test, not the run.
PATIENCE_S = 60

RUNTIME = tempfile.TemporaryDirectory(prefix="sluice-")

# Most tests look at one process; SLUICE_TEST_WORKERS lets them all run against
# a supervisor with so many workers.
WORKERS = int(os.environ.get("SLUICE_TEST_WORKERS", "0"))

# A crash on purpose is what a sanitizer is there to complain about.
without_sanitizer = pytest.mark.skipif(
    bool(os.environ.get("SLUICE_SANITIZE")), reason="not under a sanitizer")

ALARMS = re.compile(
    r"Sanitizer|runtime error:|Assertion|PANIC|core dumped|stack smashing"
)
LISTENING = re.compile(r'listening on (?:http://(?:\[[^\]]*\]|[^\s:]+):(\d+)\b|(unix:[^\s"]+))')


def environment(extra=None):
    """The environment of a server: no SLUICE_* of the caller's gets in."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("SLUICE")}
    env["XDG_RUNTIME_DIR"] = RUNTIME.name  # no server of another test is found
    # A small quarantine, because tests look at the memory that a server holds.
    env["ASAN_OPTIONS"] = "quarantine_size_mb=1:exitcode=99"
    env["UBSAN_OPTIONS"] = "print_stacktrace=1:halt_on_error=1:exitcode=99"
    env["TSAN_OPTIONS"] = "exitcode=99"
    env.update(extra or {})
    return env


def command(*arguments, env=None, cwd=None):
    """Runs `sluice ...` to its end."""
    return subprocess.run(
        [BINARY, *map(str, arguments)],
        env=environment(env),
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )


class Server:
    """One `sluice serve` on a free port of the loopback address.

    `app` is a path, the name of a file in apps/, or the text of an app. The
    latter two are served from `folder`, so that files which they send can be
    put beside them.
    """

    def __init__(self, app, folder, *, settings=None, flags=(), env=None,
                 listen="127.0.0.1:0", most_descriptors=None, binary=BINARY,
                 verb="serve"):
        self.folder = Path(folder)
        self.exit_code = 0  # that it has to end with
        self.log_path = self.folder / "server.log"
        script = self.folder / "app.lua"
        if isinstance(app, Path):
            script = app
        elif "\n" in app:
            script.write_text(app)
        else:
            shutil.copy(APPS / f"{app}.lua", script)
        arguments = [binary, verb, script]
        if listen:  # else a file of settings names it
            arguments += ["--listen", listen]
        usual = {"workers": WORKERS} if verb == "serve" else {}
        settings = {**usual, **(settings or {})}
        for name, value in settings.items():
            arguments += ["--set", f"{name}={value}"]
        if most_descriptors:
            arguments = ["prlimit", f"--nofile={most_descriptors}", *arguments]
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen(
                [*arguments, *map(str, flags)],
                env=environment(env),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self.pid = self.process.pid
        self.address = self._wait_until_it_listens()

    def _wait_until_it_listens(self):
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            found = LISTENING.search(self.log())
            if found and found.group(1):
                self.port = int(found.group(1))
                self.url = f"http://127.0.0.1:{self.port}"
                return ("127.0.0.1", self.port)
            if found:
                return found.group(2).removeprefix("unix:")
            if self.process.poll() is not None:
                raise AssertionError(f"the server ended:\n{self.log()}")
            time.sleep(0.005)
        self.process.kill()
        raise AssertionError(f"the server does not listen:\n{self.log()}")

    def log(self):
        return self.log_path.read_text(errors="replace")

    def wait_for_log(self, text, count=1):
        """Waits until the log has `text` in it, `count` times."""
        deadline = time.monotonic() + PATIENCE_S
        while self.log().count(text) < count:
            assert time.monotonic() < deadline, f"no {text!r}:\n{self.log()}"
            time.sleep(0.01)

    def connect(self, **options):
        return Client(self.address, **options)

    def get(self, path="/", headers=(), method="GET", body=b""):
        """One request on a connection of its own."""
        with self.connect() as client:
            client.request(method, path, headers, body)
            return client.response(method)

    def rss(self):
        """Resident memory of the server in bytes."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+) kB", status).group(1)) * 1024

    def workers(self):
        """The process ids of the workers that live now."""
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                status = (folder / "status").read_text()
            except OSError:  # It has just ended.
                continue
            if f"PPid:\t{self.pid}\n" in status and "State:\tZ" not in status:
                found.append(int(folder.name))
        return sorted(found)

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def signal(self, number):
        self.process.send_signal(number)

    def wait(self):
        """Waits for the end and returns the exit code."""
        try:
            return self.process.wait(timeout=PATIENCE_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"the server does not end:\n{self.log()}")

    def stop(self):
        """Ends the server as an operator does, and checks that it went well."""
        if self.process.poll() is None:
            self.signal(signal.SIGTERM)
        code = self.wait()
        log = self.log()
        assert not ALARMS.search(log), log
        assert code == self.exit_code, f"exit code {code}\n{log}"


def free_port():
    """A port that nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
