"""How a workload is measured: one function for each kind, which returns figures
by name. COLUMNS says how they are shown."""

import clients
from results import Figures
from server import Cpu, Server
from workloads import MIB, Workload


WARM_UP = 0.25  # of the time that is measured

# By kind: name of a figure, heading, digits. The first is the main figure.
COLUMNS: dict[str, list[tuple[str, str, int]]] = {
    "load": [
        ("cpu_us", "CPU µs", 2),
        ("user_us", "user", 2),
        ("system_us", "system", 2),
        ("rps", "requests/s", 0),
        ("p50_ms", "p50 ms", 2),
        ("p99_ms", "p99 ms", 2),
        ("peak_mib", "peak MiB", 1),
        ("calls", "calls", 2),
    ],
}


def measure(server: Server, workload: Workload, seconds: float) -> Figures:
    kinds = {"load": load}
    figures = kinds[workload.kind](server, workload, seconds)
    return figures | {"peak_mib": server.memory("VmHWM") / MIB}


def per(cpu: Cpu, count: float) -> Figures:
    """CPU microseconds for each of `count`."""
    return {
        "cpu_us": cpu.total * 1e6 / count,
        "user_us": cpu.user * 1e6 / count,
        "system_us": cpu.system * 1e6 / count,
    }


def target(server: Server, workload: Workload) -> str:
    return server.url + workload.paths.get(server.peer.name, workload.path)


def run_wrk(server: Server, workload: Workload, seconds: float) -> tuple[clients.Load, float]:
    """Loads the server. Returns what wrk says, and the number of answers."""
    url = target(server, workload)
    done = clients.wrk(url, workload.request, workload.connections, seconds)
    if workload.unit_bytes:
        return done, done.bytes / workload.unit_bytes
    return done, done.requests


def load(server: Server, workload: Workload, seconds: float) -> Figures:
    """As many requests as the client can send."""
    run_wrk(server, workload, seconds * WARM_UP)
    before = server.cpu()
    done, answers = run_wrk(server, workload, seconds)
    return per(server.cpu() - before, answers) | {
        "rps": answers / done.seconds,
        "p50_ms": done.p50_us / 1e3,
        "p99_ms": done.p99_us / 1e3,
    }
