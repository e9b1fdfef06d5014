"""A run of the benchmark: first whether every server answers what it should, then
round after round all of them with one workload after the other."""

import sys
from dataclasses import dataclass
from pathlib import Path

import answers
import calls
from measure import Plan, measure, run_wrk
from peers import Peer
from results import Results
from server import Failed, Server
from workloads import MIB, Workload

FILES = {"1m": MIB, "64m": 64 * MIB}


@dataclass(frozen=True)
class Session:
    workloads: list[Workload]
    peers: list[Peer]
    rounds: int
    seconds: float
    trial: bool
    folder: Path

    def run(self) -> Results:
        results = Results()
        self._write_files()
        for peer in self.peers:
            self._check(peer, results)
        rate = self._half_of_what_nginx_can()
        for number in range(1, self.rounds + 1):
            # What changes on the machine changes for all peers of a workload.
            for workload in self._measured():
                for peer in self._able(workload, results):
                    say(f"round {number}/{self.rounds}: {workload.name}, {peer.title}")
                    self._measure(peer, workload, rate, results)
        say("")
        return results

    def _measured(self) -> list[Workload]:
        """A trial tries each way of measuring once."""
        if not self.trial:
            return self.workloads
        ways = {(work.kind, work.request): work for work in reversed(self.workloads)}
        return list(ways.values())

    def _write_files(self) -> None:
        for name, size in FILES.items():
            (self.folder / name).write_bytes(answers.PATTERN * (size // len(answers.PATTERN)))
        (self.folder / "text").write_bytes(answers.TEXT)

    def _server(self, peer: Peer) -> Server:
        return Server(peer, self.folder / "run", self.folder)

    def _able(self, workload: Workload, results: Results) -> list[Peer]:
        return [
            peer
            for peer in self.peers
            if peer.does(workload) and (workload.name, peer.name) not in results.failures
        ]

    def _check(self, peer: Peer, results: Results) -> None:
        for workload in self.workloads:
            if not peer.does(workload):
                continue
            say(f"asking {peer.title} for {workload.name}")
            try:
                with self._server(peer) as server:
                    answers.check(server, workload)
            except Failed as failure:
                results.failures[workload.name, peer.name] = str(failure)

    def _half_of_what_nginx_can(self) -> float:
        """Requests a second for W14, the same for all."""
        paced = [w for w in self.workloads if w.kind == "paced"]
        if not paced:
            return 0
        peer = next((p for p in self.peers if p.name == "nginx"), self.peers[0])
        with self._server(peer) as server:
            done, count = run_wrk(Plan(server, paced[0], self.seconds, 0, self.trial), self.seconds)
        return count / done.seconds / 2

    def _measure(self, peer: Peer, workload: Workload, rate: float, results: Results) -> None:
        try:
            with self._server(peer) as server:
                plan = Plan(server, workload, self.seconds, rate, self.trial)
                figures = measure(plan)
                if not self.trial and workload.kind == "load":
                    figures |= self._count_calls(plan, results)
                results.add(workload.name, peer.name, figures)
        except Failed as failure:
            results.failures[workload.name, peer.name] = str(failure)

    def _count_calls(self, plan: Plan, results: Results) -> dict[str, float]:
        """Once is enough: the counts hardly change."""
        key = plan.workload.name, plan.server.peer.name
        if key in results.calls:
            return {}
        names = calls.count(plan)
        if not names:
            return {}
        results.calls[key] = names
        return {"calls": sum(names.values())}


def say(line: str) -> None:
    """One line that is written again and again, on a terminal."""
    if sys.stderr.isatty():
        print(f"\r{line}\x1b[K", end="", file=sys.stderr, flush=True)
