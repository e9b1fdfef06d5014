"""The benchmark: see scripts/bench, which starts it."""

import argparse
import json
import sys
import tempfile
from pathlib import Path

import machine
import peers
import programs
import report
from session import Session, chosen_workloads
from workloads import WORKLOADS

RELEASE = Path(__file__).resolve().parents[2] / "build" / "release" / "sluice"


def main() -> int:
    options = arguments()
    machine.raise_descriptors()
    programs.build()
    chosen = chosen_peers(options)
    with tempfile.TemporaryDirectory(prefix="sluice-bench-") as folder:
        results = Session(
            workloads=chosen_workloads(options.only),
            peers=chosen,
            rounds=options.rounds,
            seconds=options.seconds,
            scale=1,
            folder=Path(folder),
        ).run()
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


if __name__ == "__main__":
    sys.exit(main())
