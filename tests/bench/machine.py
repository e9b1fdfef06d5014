"""The machine of a run: the cores that are used, descriptors, and its words in
the report."""

import os
import platform
import re
import resource
import subprocess
from pathlib import Path

# The server runs on the first core that this process may use, the clients on the
# second.
CORES = sorted(os.sched_getaffinity(0))
SERVER_CORE, CLIENT_CORE = CORES[0], CORES[min(1, len(CORES) - 1)]

# What a server and a client need beside their connections.
SPARE_DESCRIPTORS = 200


def raise_descriptors() -> int:
    """Lets this process and its children open as many files as it may."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if hard == resource.RLIM_INFINITY:
        hard = 1 << 20
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


def most_connections() -> int:
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0] - SPARE_DESCRIPTORS


def pinned(core: int, command: list[str]) -> list[str]:
    """A command on one core, which ends when this process does."""
    return ["setpriv", "--pdeathsig", "TERM", "taskset", "-c", str(core), *command]


def version(command: tuple[str, ...]) -> str:
    """The first number with dots that a program prints of itself."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    found = re.search(r"\d+(\.\d+)+", done.stdout + done.stderr)
    return found.group() if found else "unknown"


def description() -> dict[str, str]:
    """What a reader has to know of the machine; nothing that names it."""
    cpu = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    memory = re.search(r"MemTotal:\s+(\d+)", Path("/proc/meminfo").read_text())
    return {
        "cpu": f"{cpu.group(1) if cpu else platform.machine()}, {len(CORES)} cores",
        "memory": f"{int(memory.group(1)) / (1 << 20):.0f} GiB" if memory else "unknown",
        "kernel": f"{platform.system()} {platform.release().split('-')[0]}",
        "system": platform.freedesktop_os_release().get("PRETTY_NAME", "unknown"),
        "C library": " ".join(platform.libc_ver()),
    }
