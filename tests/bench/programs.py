"""The programs of the benchmark in C, built when their sources have changed."""

import os
import subprocess

from server import BUILD, HERE

PROGRAMS = {
    "epoll": ["epoll.c", "connection.c", "canned.c"],
    "hold": ["hold.c", "client.c"],
    "pace": ["pace.c", "client.c"],
}
FLAGS = ["-std=gnu11", "-O2", "-Wall", "-Wextra", "-Werror"]


def build() -> None:
    newest = max(source.stat().st_mtime for source in HERE.glob("*.[ch]"))
    BUILD.mkdir(parents=True, exist_ok=True)
    for name, sources in PROGRAMS.items():
        program = BUILD / name
        if program.exists() and program.stat().st_mtime > newest:
            continue
        # In one step, because another run may be using it.
        fresh = program.with_suffix(f".{os.getpid()}")
        paths = [str(HERE / source) for source in sources]
        subprocess.run([os.environ.get("CC", "cc"), *FLAGS, "-o", fresh, *paths], check=True)
        fresh.rename(program)
