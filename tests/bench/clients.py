"""The programs that load a server, and what they say of it."""

import json
import re
import signal
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import machine
from server import BUILD, HERE, Failed

PATIENCE_S = 60


@dataclass(frozen=True)
class Load:
    """What wrk did: see wrk.lua."""

    requests: int
    bytes: float
    seconds: float
    errors: int
    p50_us: int
    p99_us: int


def wrk(url: str, request: str, connections: int, seconds: float) -> Load:
    """Loads `url` for `seconds`, which may be a part of one."""
    command = ["wrk", "-t1", f"-c{connections}", "-d1h", "--timeout", "30s"]
    command += ["-s", str(HERE / "wrk.lua"), url, "--", request]
    client = start(command)
    while not catches_interrupts(client):
        time.sleep(0.001)
    time.sleep(seconds)
    # wrk counts whole seconds; interrupted it reports all the same, but may miss
    # the interrupt while it starts.
    while client.poll() is None:
        client.send_signal(signal.SIGINT)
        time.sleep(0.02)
    load = Load(**json.loads(last_line(client)))
    if load.errors:
        raise Failed(f"wrk: {load.errors} errors in {load.requests} requests")
    return load


def catches_interrupts(client: subprocess.Popen[str]) -> bool:
    if client.poll() is not None:
        raise Failed(f"{name(client)}: {client.communicate()[0]}")
    status = Path(f"/proc/{client.pid}/status").read_text()
    caught = re.search(r"^SigCgt:\s+(\w+)", status, re.MULTILINE)
    return bool(caught and int(caught.group(1), 16) >> (signal.SIGINT - 1) & 1)


def start(command: list[str]) -> subprocess.Popen[str]:
    """A client on its core, which is ended when a server keeps it waiting."""
    client = subprocess.Popen(
        machine.pinned(machine.CLIENT_CORE, command),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    limit = threading.Timer(PATIENCE_S, client.kill)
    limit.daemon = True
    limit.start()
    return client


def last_line(client: subprocess.Popen[str]) -> str:
    """Waits for the end of a client, whose last line is its result."""
    output = client.communicate()[0]
    if client.returncode != 0 or not output.strip():
        raise Failed(f"{name(client)}: {output}")
    return output.strip().splitlines()[-1]


class Hold:
    """The client of hold.c: many connections, each with one request."""

    def __init__(self, port: int, path: str, connections: int, *options: str, rate: int = 0):
        self.process = start(
            [str(BUILD / "hold"), str(port), path, str(connections), str(rate), *options]
        )

    def __enter__(self) -> "Hold":
        wait_until_ready(self.process)
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.communicate()

    def sample(self) -> dict[str, float]:
        """What it has received by now: bytes, events, open connections."""
        assert self.process.stdin and self.process.stdout
        print(file=self.process.stdin, flush=True)
        line = self.process.stdout.readline()
        if not line.startswith("{"):
            raise Failed(f"hold: {line}")
        return dict(json.loads(line))

    def wait(self) -> dict[str, float]:
        """Waits until the server has closed every connection."""
        assert self.process.stdout
        return dict(json.loads(self.process.stdout.readline() or "{}"))


class Pace:
    """The client of pace.c: hello at a constant rate, or as fast as answers come."""

    def __init__(
        self, port: int, connections: int, rate: float, seconds: float, beside: str | None = None
    ):
        """`beside` is a path whose answers are taken meanwhile, one after the other."""
        what = [str(port), str(connections), f"{rate:.3f}", f"{seconds:.3f}"]
        self.process = start([str(BUILD / "pace"), *what, *([beside] if beside else [])])
        wait_until_ready(self.process)

    def go(self) -> None:
        assert self.process.stdin
        print(file=self.process.stdin, flush=True)

    def result(self) -> dict[str, float]:
        """Figures by name: requests, p50_us, p99_us, p999_us."""
        return dict(json.loads(last_line(self.process)))


def wait_until_ready(client: subprocess.Popen[str]) -> None:
    assert client.stdout
    line = client.stdout.readline()
    if line != "ready\n":
        client.terminate()
        raise Failed(f"{name(client)}: {line}{client.communicate()[0]}")


def name(client: subprocess.Popen[str]) -> str:
    """Of its program, which comes after the core that it is pinned to."""
    assert isinstance(client.args, list)
    return Path(client.args[len(machine.pinned(0, []))]).name
