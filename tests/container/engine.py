"""Containers of podman or docker, started as a careful operator does, with a
little memory and no right at all."""

import json
import os
import subprocess
import sys
import time
import uuid
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "wire"))

from client import Client  # noqa: E402  (it is found by the line above)

ENGINE = os.environ.get("CONTAINER_ENGINE", "podman")
HARDENED = os.environ["CONTAINER_HARDENED"].split()
IMAGES = ("sluice:runtime", "sluice:minimal")

# Nothing here takes long; what hangs fails the test, not the run.
PATIENCE_S = 60


def engine(*arguments, check=True):
    """Runs podman or docker to its end, and returns what it did."""
    done = subprocess.run([ENGINE, *map(str, arguments)], text=True, timeout=PATIENCE_S,
                          capture_output=True, stdin=subprocess.DEVNULL)
    assert not check or done.returncode == 0, f"{arguments}: {done.stderr}"
    return done


def until(condition, what="it never came to pass"):
    deadline = time.monotonic() + PATIENCE_S
    while not (result := condition()):
        assert time.monotonic() < deadline, what() if callable(what) else what
        time.sleep(0.02)
    return result


class Container:
    """One that runs in the background. `app` is a file or a folder that is
    mounted, `options` come before the image, `command` behind it."""

    def __init__(self, image, *, app=None, env=None, options=(), command=(), port=8080,
                 hardened=HARDENED):
        self.name = f"sluice-test-{uuid.uuid4().hex[:12]}"
        self.port = port
        arguments = ["run", "--detach", "--name", self.name, *hardened]
        if ENGINE == "podman":  # which asks by systemd, or never
            arguments += ["--health-interval", "disable", "--read-only-tmpfs=false"]
        for published in (port, 9180):
            arguments += ["--publish", f"127.0.0.1::{published}"]
        if app:
            where = "/app" if Path(app).is_dir() else "/app/app.lua"
            arguments += ["--volume", f"{app}:{where}:ro"]
        for name, value in (env or {}).items():
            arguments += ["--env", f"{name}={value}"]
        engine(*arguments, *options, image, *command)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        engine("rm", "--force", self.name, check=False)

    def address(self, port=None):
        text = engine("port", self.name, port or self.port).stdout.split()[0]
        return "127.0.0.1", int(text.rpartition(":")[2])

    def ready(self):
        """Waits until it listens."""
        until(lambda: "listening on" in self.log() or not self.is_running(), self.log)
        assert self.is_running(), self.log()
        self.public = self.address()
        return self

    def connect(self):
        return Client(self.public)

    def get(self, path="/", headers=()):
        with self.connect() as client:
            return client.get(path, headers)

    def body(self, path="/"):
        answer = self.get(path)
        assert answer.status == 200, answer
        return answer.body.decode()

    def metric(self, name):
        """Of its admin listener, where it is public."""
        with Client(self.address(9180)) as client:
            lines = client.get("/metrics").body.decode().splitlines()
        return next(float(line.split()[-1]) for line in lines
                    if line.split(" ")[0] == name)

    def inspect(self):
        return json.loads(engine("inspect", self.name).stdout)[0]

    def is_running(self):
        return self.inspect()["State"]["Running"]

    def exec(self, *arguments):
        return engine("exec", self.name, *arguments, check=False)

    def signal(self, name):
        engine("kill", "--signal", name, self.name)

    def wait(self):
        """Waits for the end and returns the exit code."""
        return int(engine("wait", self.name).stdout)

    def log(self):
        done = engine("logs", self.name)
        return done.stdout + done.stderr
