"""One start of a peer: pinned to its core, watched through /proc."""

import getpass
import os
import re
import shutil
import signal
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import machine
from peers import Peer

HERE = Path(__file__).resolve().parent
BUILD = HERE.parents[1] / "build" / "bench"
START_S = 60
STOP_S = 10


class Failed(Exception):
    """A measurement that says nothing: an error of the server or the client."""


@dataclass(frozen=True)
class Cpu:
    """Seconds of CPU. The total is exact; the kernel samples the two parts."""

    total: float
    user: float
    system: float

    def __sub__(self, before: "Cpu") -> "Cpu":
        total = self.total - before.total
        user, system = self.user - before.user, self.system - before.system
        share = total / (user + system) if user + system > 0 else 0.0
        return Cpu(total, user * share, system * share)


class Server:
    """A context manager: a running server, which is ended when it is left."""

    def __init__(self, peer: Peer, folder: Path, www: Path):
        self.peer = peer
        self.folder = folder / peer.name
        self.www = www

    def __enter__(self) -> "Server":
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self.port = free_port()
        if self.peer.config:
            text = (HERE / "peers" / self.peer.config).read_text()
            (self.folder / "config").write_text(self._fill_in(text))
        command = [self._fill_in(word) for word in self.peer.command]
        with open(self.folder / "log", "wb") as log:
            self.process = subprocess.Popen(
                machine.pinned(machine.SERVER_CORE, command),
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            self._wait_until_it_listens()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        # The whole group: a peer may have workers, and it is a group of ours.
        for number in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(self.process.pid, number)
                self.process.wait(timeout=STOP_S)
            except ProcessLookupError:
                break
            except subprocess.TimeoutExpired:
                continue

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def cpu(self) -> Cpu:
        """CPU time of the processes that serve, since they started."""
        total = user = system = 0.0
        tick = os.sysconf("SC_CLK_TCK")
        for pid in self.pids():
            # The CPU clock of another process, as clock_getcpuclockid makes it.
            total += time.clock_gettime((~pid << 3) | 2)
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            user += int(fields[11]) / tick
            system += int(fields[12]) / tick
        return Cpu(total, user, system)

    def memory(self, what: str = "VmRSS") -> int:
        """Bytes of the processes that serve: VmRSS now, VmHWM at most."""
        kib = 0
        for pid in self.pids():
            status = Path(f"/proc/{pid}/status").read_text()
            found = re.search(rf"{what}:\s+(\d+) kB", status)
            kib += int(found.group(1)) if found else 0
        return kib * 1024

    def log(self) -> str:
        return (self.folder / "log").read_text(errors="replace")

    def pids(self) -> list[int]:
        """Those that serve: a supervisor is none, and a helper that is another
        program is none."""
        serving, seen = [], [self.process.pid]
        try:
            for pid in seen:
                children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
                workers = [int(c) for c in children if program(int(c)) == program(pid)]
                seen += workers
                if not workers:
                    serving.append(pid)
        except FileNotFoundError:
            raise Failed(f"{self.peer.title} ended:\n{self.log()}") from None
        return serving

    def _fill_in(self, text: str) -> str:
        values = {
            "PORT": self.port,
            "PEERS": HERE / "peers",
            "BUILD": BUILD,
            "RUN": self.folder,
            "WWW": self.www,
            "CONNECTIONS": (machine.most_connections() + 100) // 2,
            "DESCRIPTORS": machine.most_connections() + 100,
            "USER": getpass.getuser(),
        }
        for name, value in values.items():
            text = text.replace(f"@{name}@", str(value))
        return text

    def _environment(self) -> dict[str, str]:
        own = {k: v for k, v in os.environ.items() if not k.startswith("SLUICE")}
        return own | {"BENCH_WWW": str(self.www), "BENCH_PORT": str(self.port)}

    def _wait_until_it_listens(self) -> None:
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise Failed(f"{self.peer.title} ended:\n{self.log()}")
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                return
            except ConnectionRefusedError:
                time.sleep(0.005)
        raise Failed(f"{self.peer.title} does not listen:\n{self.log()}")


def program(pid: int) -> str:
    return os.readlink(f"/proc/{pid}/exe")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
