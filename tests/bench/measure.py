"""How workloads are measured, by their kind: a function that loads a server and
returns figures by name, and the columns in which these are shown."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import clients
import machine
from results import Figures
from server import Cpu, Failed, Server
from workloads import KIB, MIB, Workload

WARM_UP = 0.5  # of the time that is measured
LONGEST_S = 30
MOST_IN_TRIAL = 64
HELLO_CONNECTIONS = 8
HELLO_RATE = 1000  # a second, while a long response is on its way
SLOW_RATE = 1_000_000  # bytes a second


@dataclass(frozen=True)
class Kind:
    run: Callable[["Plan"], Figures]
    # Name of a figure, heading, digits. The first is the main one.
    columns: tuple[tuple[str, str, int], ...]


@dataclass(frozen=True)
class Plan:
    """One measurement of one server."""

    server: Server
    workload: Workload
    seconds: float
    rate: float  # of W14, requests a second
    trial: bool  # a moment with few connections, to see whether it works

    @property
    def path(self) -> str:
        return self.workload.paths.get(self.server.peer.name, self.workload.path)

    @property
    def connections(self) -> int:
        wanted = self.workload.connections
        if self.trial:
            wanted = min(wanted, MOST_IN_TRIAL)
        return min(wanted, int(machine.most_connections() * self.server.peer.per_descriptor))


def measure(plan: Plan) -> Figures:
    figures = KINDS[plan.workload.kind].run(plan)
    return figures | {"peak_mib": plan.server.memory("VmHWM") / MIB}


def per(cpu: Cpu, count: float) -> Figures:
    """CPU microseconds for each of `count`."""
    return {
        "cpu_us": cpu.total * 1e6 / count,
        "user_us": cpu.user * 1e6 / count,
        "system_us": cpu.system * 1e6 / count,
    }


def latencies(result: dict[str, float], prefix: str = "") -> Figures:
    names = ("p50", "p99", "p999")
    return {f"{prefix}{name}_ms": result[f"{name}_us"] / 1e3 for name in names}


def base_memory(server: Server) -> int:
    """Resident bytes of a server that has answered one request."""
    with clients.Hold(server.port, "/", 1):
        return server.memory()


# --- As many requests as the client can send ---------------------------------


def run_wrk(plan: Plan, seconds: float) -> tuple[clients.Load, float]:
    """What wrk says, and the number of answers."""
    work = plan.workload
    done = clients.wrk(plan.server.url + plan.path, work.request, plan.connections, seconds)
    if work.answer_bytes:
        return done, done.bytes / work.answer_bytes
    return done, done.requests


def load(plan: Plan) -> Figures:
    if not plan.trial:
        run_wrk(plan, plan.seconds * WARM_UP)
    seconds, answers = plan.seconds, 0.0
    while not answers and seconds < LONGEST_S:
        before = plan.server.cpu()
        done, answers = run_wrk(plan, seconds)
        used = plan.server.cpu() - before
        seconds *= 4  # the machine is slow, or the answer is long
    if not answers:
        raise Failed(f"no answer in {LONGEST_S} s")
    return per(used, answers) | {
        "rps": answers / done.seconds,
        "p50_ms": done.p50_us / 1e3,
        "p99_ms": done.p99_us / 1e3,
    }


# --- Hello at a given rate, or with connections that were made before ---------


def pace(plan: Plan, rate: float) -> Figures:
    """Making the connections is not measured."""
    for seconds in (plan.seconds * WARM_UP, plan.seconds):
        client = clients.Pace(plan.server.port, plan.connections, rate, seconds)
        before, started = plan.server.cpu(), time.monotonic()
        client.go()
        done = client.result()
        used, elapsed = plan.server.cpu() - before, time.monotonic() - started
    return per(used, done["requests"]) | latencies(done) | {"rps": done["requests"] / elapsed}


def paced(plan: Plan) -> Figures:
    return pace(plan, plan.rate)


def closed(plan: Plan) -> Figures:
    return pace(plan, 0)


# --- Connections that are held ------------------------------------------------


def streams(plan: Plan) -> Figures:
    server = plan.server
    base = base_memory(server)
    with clients.Hold(server.port, plan.path, plan.connections) as client:
        time.sleep(plan.seconds)  # until all of them had an event that was due
        before, first = server.cpu(), client.sample()
        time.sleep(2 * plan.seconds)
        last, used = client.sample(), server.cpu() - before
        held = server.memory() - base
    events = max(last["events"] - first["events"], 1)
    return per(used, events) | {
        "events": events / (last["seconds"] - first["seconds"]),
        "each_kib": held / plan.connections / KIB,
        "base_mib": base / MIB,
    }


def idle(plan: Plan) -> Figures:
    base = base_memory(plan.server)
    with clients.Hold(plan.server.port, plan.path, plan.connections):
        held = plan.server.memory() - base
    return {
        "each_kib": held / plan.connections / KIB,
        "base_mib": base / MIB,
    }


def slow(plan: Plan) -> Figures:
    server = plan.server
    base = base_memory(server)
    with clients.Hold(server.port, plan.path, 1, rate=SLOW_RATE) as client:
        time.sleep(3 * plan.seconds)
        taken = client.sample()
    return {
        "growth_mib": (server.memory("VmHWM") - base) / MIB,
        "base_mib": base / MIB,
        "taken_mb": taken["bytes"] / 1e6,
        "cpu_ms": server.cpu().total * 1e3,
    }


# --- A response that is written in a million pieces ---------------------------


def take_lines(plan: Plan) -> float:
    """Takes the whole response. Returns seconds."""
    with clients.Hold(plan.server.port, plan.path, 1, "close") as client:
        return client.wait()["seconds"]


def lines(plan: Plan) -> Figures:
    server = plan.server
    base = base_memory(server)
    before = server.cpu()
    elapsed = take_lines(plan)
    used = server.cpu() - before
    growth = server.memory("VmHWM") - base
    quiet = clients.Pace(server.port, HELLO_CONNECTIONS, HELLO_RATE, plan.seconds)
    quiet.go()
    quiet_result = quiet.result()
    meanwhile = clients.Pace(
        server.port, HELLO_CONNECTIONS, HELLO_RATE, plan.seconds, beside=plan.path
    )
    meanwhile.go()
    figures = latencies(meanwhile.result()) | latencies(quiet_result, "quiet_")
    return figures | {
        "seconds": elapsed,
        "cpu_s": used.total,
        "growth_mib": growth / MIB,
        "times_quiet": figures["p99_ms"] / figures["quiet_p99_ms"],
    }


CPU = (("cpu_us", "CPU µs", 2), ("user_us", "user", 2), ("system_us", "system", 2))
LATENCY = (("p50_ms", "p50 ms", 2), ("p99_ms", "p99 ms", 2))
PACED = (*CPU, ("rps", "requests/s", 0), *LATENCY, ("p999_ms", "p99.9 ms", 2))
PEAK = ("peak_mib", "peak MiB", 1)
BASE = ("base_mib", "base MiB", 1)

KINDS = {
    "load": Kind(load, (*CPU, ("rps", "requests/s", 0), *LATENCY, PEAK, ("calls", "calls", 2))),
    "paced": Kind(paced, (("p99_ms", "p99 ms", 2), *(c for c in PACED if c[0] != "p99_ms"), PEAK)),
    "closed": Kind(closed, (*PACED, PEAK)),
    "streams": Kind(
        streams,
        (*CPU, ("events", "events/s", 0), ("each_kib", "KiB each", 2), BASE, PEAK),
    ),
    "idle": Kind(idle, (("each_kib", "KiB each", 2), BASE, PEAK)),
    "slow": Kind(
        slow,
        (("growth_mib", "growth MiB", 2), BASE, ("taken_mb", "MB taken", 1), ("cpu_ms", "CPU ms", 0)),
    ),
    "lines": Kind(
        lines,
        (
            ("cpu_s", "CPU s", 3),
            ("seconds", "seconds", 3),
            ("growth_mib", "growth MiB", 1),
            ("quiet_p99_ms", "hello p99 quiet ms", 2),
            ("p99_ms", "meanwhile ms", 2),
            ("times_quiet", "times", 1),
        ),
    ),
}
