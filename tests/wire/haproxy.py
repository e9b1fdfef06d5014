"""HAProxy, with the settings that docs/operations.md has for it."""

import re
import shutil
import socket
import subprocess
import time
from pathlib import Path

from client import Client
from server import PATIENCE_S, ROOT

HAPROXY = shutil.which("haproxy") or shutil.which("haproxy", path="/usr/sbin:/usr/local/sbin")

# Around the page's text: what it is asked through by a test.
CONFIGURATION = """
global
    stats socket {folder}/haproxy.sock level admin
    maxconn 500
{page}
"""


def settings_of_the_page(port, servers):
    """The block of the page; only its addresses are others."""
    page = (ROOT / "docs" / "operations.md").read_text()
    (text,) = re.findall(r"^```haproxy\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    changes = [("bind :80\n", f"bind 127.0.0.1:{port}\n")]
    for old, (serves, admin) in zip(("10.0.0.1:8080 check port 9180",
                                     "10.0.0.2:8080 check port 9180"), servers):
        changes.append((old, f"127.0.0.1:{serves} check port {admin}"))
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


class Proxy:
    """with Proxy(folder, port, [(port, port of admin), ...]) as proxy: ..."""

    def __init__(self, folder, port, servers):
        self.folder, self.port = Path(folder), port
        self.address, self.url = ("127.0.0.1", port), f"http://127.0.0.1:{port}"
        file = self.folder / "haproxy.cfg"
        file.write_text(CONFIGURATION.format(
            folder=folder, page=settings_of_the_page(port, servers)))
        self.process = subprocess.Popen([HAPROXY, "-db", "-f", file],
                                        stdin=subprocess.DEVNULL)

    def __enter__(self):
        try:
            self._wait_until_it_listens()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait(timeout=PATIENCE_S)

    def _wait_until_it_listens(self):
        deadline = time.monotonic() + PATIENCE_S
        while self.process.poll() is None and time.monotonic() < deadline:
            try:  # it opens one after the other
                self.connect().socket.close()
                return self.states()
            except (ConnectionRefusedError, FileNotFoundError):
                time.sleep(0.01)
        raise AssertionError("HAProxy does not listen")

    def connect(self):
        return Client(self.address)

    def ask(self, line):
        """What it answers on its own socket."""
        with socket.socket(socket.AF_UNIX) as asked:
            asked.connect(str(self.folder / "haproxy.sock"))
            asked.sendall(line.encode() + b"\n")
            return b"".join(iter(lambda: asked.recv(65536), b"")).decode()

    def states(self):
        """The state of each server of the backend, "UP" or "DOWN" and more."""
        rows = [line.split(",") for line in self.ask("show stat").splitlines()]
        return {row[1]: row[17] for row in rows
                if row[0] == "app" and row[1] not in ("FRONTEND", "BACKEND")}

    def wait_for(self, **states):
        deadline = time.monotonic() + PATIENCE_S
        while not states.items() <= self.states().items():
            assert time.monotonic() < deadline, self.states()
            time.sleep(0.01)
