"""The benchmark: see scripts/bench, which starts it."""

import argparse
import json
import sys
import tempfile
from pathlib import Path

import calls
import machine
import measure
import peers
import programs
import report
from results import Results
from server import Failed, Server
from workloads import MIB, WORKLOADS, Workload

RELEASE = Path(__file__).resolve().parents[2] / "build" / "release" / "sluice"
FILES = {"1m": MIB, "64m": 64 * MIB}


def main() -> int:
    options = arguments()
    machine.raise_descriptors()
    programs.build()
    chosen = chosen_peers(options)
    workloads = [w for w in WORKLOADS if not options.only or w.name in options.only]
    with tempfile.TemporaryDirectory(prefix="sluice-bench-") as folder:
        www = write_files(Path(folder))
        results = run(options, workloads, chosen, Path(folder), www)
    for workload, table in report.all_tables(results, chosen, report.text):
        print(f"\n{workload.name}  {workload.title}\n{table}")
    if options.json:
        options.json.write_text(json.dumps(results.rounds, indent=1) + "\n")
    return 1 if results.failures else 0


def arguments() -> argparse.Namespace:
    def names(text: str) -> list[str]:
        return text.split(",")

    parser = argparse.ArgumentParser(prog="scripts/bench")
    parser.add_argument("--only", type=names, metavar="W1,W3a", help="workloads")
    parser.add_argument("--peers", type=names, metavar="nginx,epoll", help="beside Sluice")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.0, help="of each measurement")
    parser.add_argument("--json", type=Path, metavar="FILE", help="all figures")
    parser.add_argument(
        "--server", action="append", metavar="PATH",
        help="a build of Sluice, instead of build/release; several are compared",
    )
    options = parser.parse_args()
    known = {w.name for w in WORKLOADS}
    for name in options.only or []:
        if name not in known:
            parser.error(f"no workload {name}: there are {', '.join(sorted(known))}")
    for name in options.peers or []:
        if name not in {peer.name for peer in peers.OTHERS}:
            parser.error(f"no peer {name}")
    return options


def chosen_peers(options: argparse.Namespace) -> list[peers.Peer]:
    builds = options.server or [str(RELEASE)]
    chosen = [peers.sluice(path, i) for i, path in enumerate(builds, 1)]
    for peer in peers.OTHERS:
        if options.peers is None or peer.name in options.peers:
            if peer.is_installed():
                chosen.append(peer)
            else:
                print(f"bench: {peer.title} is not installed: left out", file=sys.stderr)
    return chosen


def write_files(folder: Path) -> Path:
    www = folder / "www"
    www.mkdir()
    for name, size in FILES.items():
        (www / name).write_bytes(bytes(range(256)) * (size // 256))
    return www


def run(
    options: argparse.Namespace,
    workloads: list[Workload],
    chosen: list[peers.Peer],
    folder: Path,
    www: Path,
) -> Results:
    """All peers with a workload, one after the other, then again: what changes
    on the machine changes for all of them."""
    results = Results()
    for round_ in range(options.rounds):
        for workload in workloads:
            for peer in chosen:
                if workload.name in peer.cannot:
                    continue
                print(f"\rround {round_ + 1}/{options.rounds}: {workload.name} {peer.name}\x1b[K",
                      end="", file=sys.stderr, flush=True)
                try:
                    with Server(peer, folder, www) as server:
                        figures = measure.measure(server, workload, options.seconds)
                        if round_ == 0 and workload.kind == "load":
                            names = calls.count(server, workload, options.seconds)
                            figures["calls"] = sum(names.values())
                    results.add(workload.name, peer.name, figures)
                except Failed as failure:
                    results.failures[workload.name, peer.name] = str(failure)
    print(file=sys.stderr)
    return results


if __name__ == "__main__":
    sys.exit(main())
