"""The programs that load a server, and what they say of it."""

import json
import signal
import subprocess
import time
from dataclasses import dataclass

import machine
from server import HERE, Failed


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
    time.sleep(seconds)
    # wrk counts whole seconds; when it is interrupted it reports all the same.
    client.send_signal(signal.SIGINT)
    load = Load(**json.loads(last_line(client)))
    if load.errors or not load.requests:
        raise Failed(f"wrk {url}: {load.requests} requests, {load.errors} errors")
    return load


def start(command: list[str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        machine.pinned(machine.CLIENT_CORE, command),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def last_line(client: subprocess.Popen[str]) -> str:
    """Waits for the end of a client, whose last line is its result."""
    output = client.communicate()[0]
    if client.returncode != 0 or not output.strip():
        raise Failed(f"{client.args}: {output}")
    return output.strip().splitlines()[-1]
