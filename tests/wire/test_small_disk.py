"""A disk that is full: a file system of its own for a server, with room for little,
in a mount namespace that is gone with it."""

import os
import shlex
import stat
import subprocess
import time

import pytest

from server import APPS, BINARY, PATIENCE_S, Server

KIB, MIB = 1 << 10, 1 << 20
ISOLATE = ["unshare", "--user", "--map-root-user", "--mount"]
if os.geteuid() == 0:
    ISOLATE = ["unshare", "--mount"]


def can_mount(folder):
    mount = [*ISOLATE, "mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)]
    try:
        return subprocess.run(mount, capture_output=True).returncode == 0
    except FileNotFoundError:
        return False


class Disk:
    """Where it is for the server, and what is in it."""

    def __init__(self, folder, size):
        self.path, self.size = folder / "disk", size
        self.path.mkdir()

    def wrap(self, program):
        """A program that runs the server with this disk."""
        where = shlex.quote(str(self.path))
        script = (f"mount -t tmpfs -o size={self.size} tmpfs {where} &&"
                  f' exec {shlex.quote(BINARY)} "$@"')
        program.write_text(f"#!/bin/sh\nexec {shlex.join(ISOLATE)} sh -c"
                           f" {shlex.quote(script)} sluice \"$@\"\n")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        return program

    def seen_by(self, server):
        """The same, for who is outside."""
        return server.process and f"/proc/{server.pid}/root{self.path}"
