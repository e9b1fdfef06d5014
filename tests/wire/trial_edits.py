"""A thousand edits, good and broken in turn, while requests are answered: none
is lost, an event stream from before the first edit lives on its own code, and
what the versions took is given back. See scripts/trial."""

import os
import socket
import statistics
import time
from pathlib import Path

import server as servers
from test_generations import LIFE, Site, see_event
from wrk import Wrk

WORKERS = 2
WARM = 100  # edits, until a process has what it needs for any number of them


def ask(control, question):
    """What the control socket answers; nothing is written to start with."""
    with socket.socket(socket.AF_UNIX) as asker:
        asker.settimeout(servers.PATIENCE_S)
        asker.connect(str(control))
        asker.sendall(question + b"\n")
        answer = b""
        while piece := asker.recv(65536):
            answer += piece
        return answer


def memory(server):
    """Resident bytes of all processes."""
    pages = 0
    for pid in [server.pid, *server.workers()]:
        pages += int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def descriptors(server):
    return [len(os.listdir(f"/proc/{pid}/fd")) for pid in [server.pid, *server.workers()]]


class Edits:
    """Edits of a site; `times` are those of the good ones, in ms."""

    def __init__(self, site, control):
        self.site, self.control = site, control
        self.times, self.count = [], 0

    def do(self, count):
        for _ in range(count):
            self.count += 1
            (self._good if self.count % 2 == 0 else self._broken)()

    def _good(self):
        version = f"n{self.count}"
        self.site.edit(f'return "{version}"')
        begin = time.monotonic()
        assert ask(self.control, b"reload wait") == b"reloaded\n"
        self.times.append((time.monotonic() - begin) * 1000)
        assert self.site.body() == version

    def _broken(self):
        before = self.site.body()
        self.site.edit("return (")
        answer = ask(self.control, b"reload wait")
        assert answer.startswith(b"error: ") and b"version.lua:1:" in answer, answer
        assert self.site.body() == before


def settled(server, before):
    """Descriptors are as before, once the last generations have ended."""
    deadline = time.monotonic() + servers.PATIENCE_S
    while (now := descriptors(server)) != before:
        assert time.monotonic() < deadline, f"open: {now}, before: {before}"
        time.sleep(0.05)


def trial(folder, count, warm=WARM):
    control = Path(folder) / "control"

    def serve(app, **options):
        return servers.Server(app, folder, **options)

    site = Site(serve, LIFE, settings={
        "workers": WORKERS, "control": control, "keepalive_timeout": "1h"})
    server = site.start(Path(folder) / "site").server
    edits = Edits(site, control)
    try:
        with server.connect() as stream, Wrk(server) as load:
            stream.request("GET", "/events")
            see_event(stream, "one", first=True)
            edits.do(warm)
            time.sleep(1)
            workers, opened, start = server.workers(), descriptors(server), memory(server)
            edits.do(count - warm)
            time.sleep(1)
            see_event(stream, "one")
            assert server.workers() == workers
            settled(server, opened)
            end = memory(server)
    finally:
        server.stop()
    return {
        "edits": edits.count,
        "requests": load.requests,
        "requests failed": load.lost + load.refused + load.bad,
        "reload, median ms": round(statistics.median(edits.times), 1),
        "reload, longest ms": round(max(edits.times), 1),
        "memory before, KiB": start // 1024,
        "memory after, KiB": end // 1024,
    }
