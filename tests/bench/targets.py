"""What is to be reached: figures of Sluice, most of them as ratios to nginx with
its Lua module in the same round. Lower is better."""

from collections.abc import Callable
from dataclasses import dataclass

from results import Results


@dataclass(frozen=True)
class Target:
    workload: str
    what: str
    must: float
    aim: float | None
    value: Callable[[Results], float | None]


def ratio(workload: str, must: float, aim: float | None, figure: str = "cpu_us") -> Target:
    what = {"cpu_us": "CPU", "cpu_s": "CPU", "seconds": "time", "p99_ms": "p99"}[figure]
    return Target(
        workload,
        f"{what}, ratio to nginx",
        must,
        aim,
        lambda results: results.ratio(workload, "sluice", "nginx", figure),
    )


def most(workload: str, figure: str, what: str, must: float, aim: float | None = None) -> Target:
    return Target(
        workload, what, must, aim, lambda results: results.median(workload, "sluice", figure)
    )


def calls(workload: str, must: float) -> Target:
    return most(workload, "calls", "system calls per request", must)


def file_reads(results: Results) -> float | None:
    """Calls per answer that bring the bytes of a file into the process."""
    names = results.calls.get(("W5l", "sluice"))
    if names is None:
        return None
    return sum(names.get(name, 0) for name in ("pread64", "preadv", "readv", "splice"))


def growth(results: Results) -> float | None:
    """CPU per request with 10,000 connections to that with 64; of the C server: 1."""
    mine, least = (
        [results.median(workload, peer, "cpu_us") for workload in ("G10k", "G64")]
        for peer in ("sluice", "epoll")
    )
    if None in (*mine, *least):
        return None
    return (mine[0] / mine[1]) / (least[0] / least[1])  # type: ignore[operator]


def marginal(name: str) -> Callable[[Results], float | None]:
    """The cost of a chunk between 100 and 1,000 to that between 10 and 100."""

    def value(results: Results) -> float | None:
        cost = [results.median(f"{name}{count}", "sluice", "cpu_us") for count in (10, 100, 1000)]
        if None in cost or cost[1] <= cost[0]:  # type: ignore[operator]
            return None
        return (cost[2] - cost[1]) / 900 / ((cost[1] - cost[0]) / 90)  # type: ignore[operator]

    return value


TARGETS = [
    ratio("W1", 0.92, 0.85),
    calls("W1", 2.05),
    ratio("W2", 0.20, 0.12),
    calls("W2", 0.25),
    ratio("W3a", 0.92, 0.83),
    ratio("W3b", 0.20, 0.12),
    calls("W3b", 10),
    ratio("W4", 0.20, 0.14),
    ratio("W4t", 1.00, 0.85),
    calls("W4", 2.1),
    ratio("W5s", 1.05, 0.85),
    ratio("W5l", 1.05, 0.85),
    Target("W5l", "calls that read the file, per answer", 0, None, file_reads),
    ratio("W6", 0.65, 0.50),
    most("W7", "each_kib", "KiB per stream", 3, 1.5),
    ratio("W7", 0.60, 0.45),
    most("W8", "each_kib", "KiB per connection", 0.6, 0.4),
    most("W8", "base_mib", "MiB before", 6),
    most("W9", "growth_mib", "growth in MiB", 1, 0.3),
    ratio("W10", 1.00, 0.92),
    ratio("W11", 0.30, 0.15, "seconds"),
    ratio("W11", 0.30, 0.15, "cpu_s"),
    most("W11", "times_quiet", "p99 of hello meanwhile, times quiet", 10),
    ratio("W12", 0.97, 0.88),
    ratio("W13", 0.97, 0.88),
    ratio("W14", 1.00, None, "p99_ms"),
    ratio("W15", 1.10, 1.00),
    ratio("W16", 1.10, 1.00),
    Target("G10k", "CPU from 64 to 10,000 connections, ratio to C", 1.25, None, growth),
    Target("C1000", "cost of a chunk, 1,000 to 10", 1.10, None, marginal("C")),
    Target("F1000", "cost of a flushed chunk, 1,000 to 10", 1.10, None, marginal("F")),
]


def rows(results: Results) -> list[list[str]]:
    """The table, its headings first; without what was not measured."""
    table = [["", "", "must", "aim", "is", ""]]
    for target in TARGETS:
        value = target.value(results)
        if value is not None:
            table.append(
                [
                    target.workload,
                    target.what,
                    f"{target.must:g}",
                    "" if target.aim is None else f"{target.aim:g}",
                    f"{value:.3g}",
                    verdict(target, value),
                ]
            )
    return table


def verdict(target: Target, value: float) -> str:
    if target.aim is not None and value <= target.aim:
        return "aim met"
    return "met" if value <= target.must else "MISSED"
