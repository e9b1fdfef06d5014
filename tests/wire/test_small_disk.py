"""A disk that is full: a file system with room for little, in a mount namespace of
the server's, which is gone with it."""

import os
import re
import shlex
import stat
import subprocess
import time
from pathlib import Path

import pytest

from server import BINARY, PATIENCE_S, Server

KIB, MIB = 1 << 10, 1 << 20
ISOLATE = ["unshare", "--mount"] + ([] if os.geteuid() == 0 else ["--map-root-user"])


def can_mount():
    mount = [*ISOLATE, "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    try:
        return subprocess.run(mount, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


pytestmark = pytest.mark.skipif(not can_mount(), reason="no file system can be mounted")


class Disk:
    """A folder which is another disk for a server: see serve_on."""

    def __init__(self, folder, size):
        self.path, self.size, self.server = folder / "disk", size, None
        self.path.mkdir()

    def wrap(self, program):
        """A program that is the server, with this disk."""
        mount = (f"mount -t tmpfs -o size={self.size} tmpfs {shlex.quote(str(self.path))}"
                 f' && exec {shlex.quote(str(BINARY))} "$@"')
        program.write_text(f"#!/bin/sh\nexec {shlex.join(ISOLATE)} sh -c"
                           f' {shlex.quote(mount)} sluice "$@"\n')
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        return program

    def file(self, name):
        """For who is not in the server's namespace."""
        return Path(f"/proc/{self.server.pid}/root{self.path}/{name}")

    def fill(self):
        """Leaves no room, not for a byte."""
        with open(self.file("filler"), "wb", buffering=0) as filler:
            try:
                while filler.write(bytes(4 * KIB)):
                    pass
            except OSError:
                pass

    def is_empty(self):
        """A file without a name takes room until it is closed, behind the answer."""
        facts = os.statvfs(self.file(""))
        return facts.f_bfree == facts.f_blocks

    def make_room(self):
        self.file("filler").unlink()


@pytest.fixture
def serve_on(serve, tmp_path):
    """serve_on(size, app, settings): a server with a small disk; settings may say
    {disk}."""
    def start(size, app, settings):
        disk = Disk(tmp_path, size)
        named = {name: value.format(disk=disk.path) for name, value in settings.items()}
        disk.server = serve(app, settings={"workers": 0, **named},
                            binary=disk.wrap(tmp_path / "sluice"))
        return disk
    return start


def wait_until(check):
    deadline = time.monotonic() + PATIENCE_S
    while not check():
        assert time.monotonic() < deadline
        time.sleep(0.01)


# --- Bodies ---------------------------------------------------------------------------


def post(server, path, body):
    return server.get(path, method="POST", body=body)


def test_a_body_that_does_not_fit_is_507_and_makes_room_again(serve_on):
    disk = serve_on("1m", "bodyfiles", {"temp_dir": "{disk}"})
    for _ in range(3):
        assert post(disk.server, "/size", bytes(2 * MIB)).status == 507
        wait_until(disk.is_empty)
        assert post(disk.server, "/size", bytes(MIB // 2)).body == b"%d" % (MIB // 2)
        wait_until(disk.is_empty)
    disk.fill()
    assert post(disk.server, "/size", bytes(200 * KIB)).status == 507
    assert post(disk.server, "/size", bytes(KIB)).body == b"1024", "it fits into memory"
    disk.make_room()
    assert post(disk.server, "/size", bytes(MIB // 2)).status == 200


def test_a_body_that_cannot_be_saved_is_507_and_leaves_nothing(serve_on):
    disk = serve_on("512k", "bodyfiles", {})
    (disk.server.folder / "saved").symlink_to(disk.path)
    form = b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n%b\r\n--b--\r\n'
    kind = [("Content-Type", "multipart/form-data; boundary=b")]
    for size in (60 * KIB, MIB):  # In memory, and in a file already.
        if size < MIB:
            disk.fill()
        else:
            disk.make_room()
        answer = disk.server.get("/save-parts", kind, "POST", form % bytes(size))
        assert answer.status == 507
        assert answer.body.lower().startswith(b"enospc")
        names = {path.name for path in disk.file("").iterdir()}
        assert names <= {"filler"}, names


# --- Logs -----------------------------------------------------------------------------

APP = """
local sluice = require("sluice")
local app = sluice.new()
app:get("/*path", function(_, res)
  res:write("fine")
end)
app:get("/fails/*path", function()
  error("out of order")
end)
return app
"""
TARGET = "/" + "x" * 3000
LINE = re.compile(r'(127\.0\.0\.1 - - .* "GET /.*ms)?')


def test_an_access_log_goes_on_when_there_is_room_again(serve_on):
    disk = serve_on("64k", APP, {"access_log": "{disk}/access.log"})
    disk.fill()
    with open(disk.file("filler"), "r+b") as filler:
        filler.truncate(filler.seek(0, 2) - 4 * KIB)  # Room for a line and a part.
    with disk.server.connect() as client:
        for _ in range(20):
            assert client.get(TARGET).body == b"fine"
        disk.server.wait_for_log("cannot write the access log: No space left on device")
        disk.make_room()
        assert client.get("/again").body == b"fine"
        disk.server.wait_for_log("the access log can be written again")
        assert client.get("/more").body == b"fine"
    wait_until(lambda: "GET /more " in disk.file("access.log").read_text())
    torn, *others = [line for line in disk.file("access.log").read_text().splitlines()
                     if not LINE.fullmatch(line)]
    assert torn.startswith("127.0.0.1 ") and others == [], others
    assert disk.server.log().count("cannot write the access log") == 1
    assert re.search(r"it has lost [1-9]\d* lines", disk.server.log())


class WithLog(Server):
    """Its log is on the disk, too."""

    disk = None

    def log(self):
        try:
            on_disk = Path(f"/proc/{self.pid}/root{self.disk}/error.log").read_text()
        except OSError:  # Not there yet, or not any more.
            on_disk = ""
        return super().log() + on_disk


def test_an_error_log_goes_on_when_there_is_room_again(tmp_path):
    disk = Disk(tmp_path, "64k")
    WithLog.disk = disk.path
    server = disk.server = WithLog(APP, tmp_path, binary=disk.wrap(tmp_path / "sluice"),
                                   settings={"workers": 0, "log": disk.path / "error.log"})
    try:
        disk.fill()
        for _ in range(30):
            assert server.get("/fails/" + "x" * 1000).status == 500
            assert server.get("/fine").body == b"fine"
        assert server.log().count("out of order") < 30
        disk.make_room()
        assert server.get("/fails/again").status == 500
        assert "target=/fails/again" in server.log()
    finally:
        server.stop()
