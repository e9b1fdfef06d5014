"""What was measured: figures of each workload, peer and round; medians, ratios."""

from collections import defaultdict
from statistics import median

Figures = dict[str, float]


class Results:
    def __init__(self) -> None:
        # workload -> peer -> one dict of figures for each round
        self.rounds: dict[str, dict[str, list[Figures]]] = defaultdict(lambda: defaultdict(list))
        # (workload, peer) -> system calls per request, by name
        self.calls: dict[tuple[str, str], dict[str, float]] = {}
        self.failures: dict[tuple[str, str], str] = {}

    def add(self, workload: str, peer: str, figures: Figures) -> None:
        self.rounds[workload][peer].append(figures)

    def values(self, workload: str, peer: str, figure: str) -> list[float]:
        rounds = self.rounds.get(workload, {}).get(peer, [])
        return [figures[figure] for figures in rounds if figure in figures]

    def median(self, workload: str, peer: str, figure: str) -> float | None:
        values = self.values(workload, peer, figure)
        return median(values) if values else None

    def ratio(self, workload: str, peer: str, base: str, figure: str) -> float | None:
        """The median of the ratios of each round: what disturbs a whole round
        disturbs both of its parts."""
        pairs = zip(
            self.values(workload, peer, figure),
            self.values(workload, base, figure),
        )
        ratios = [mine / theirs for mine, theirs in pairs if theirs]
        return median(ratios) if ratios else None
