"""The benchmark: see scripts/bench, which starts it."""

import argparse
import json
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import document
import machine
import peers
import programs
import report
import targets
from results import Results
from session import Session
from workloads import WORKLOADS

ROOT = Path(__file__).resolve().parents[2]
RELEASE = ROOT / "build" / "release" / "sluice"
PAGE = ROOT / "docs" / "benchmarks.md"

# A trial asks whether everything works, not how fast: it takes seconds.
TRIAL_S = 0.05
TRIAL_PEERS = ["nginx", "epoll"]


def main() -> int:
    options = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # what was started is ended
    machine.raise_descriptors()
    programs.build()
    chosen = chosen_peers(options)
    with tempfile.TemporaryDirectory(prefix="sluice-bench-") as folder:
        session = Session(
            workloads=[w for w in WORKLOADS if options.only is None or w.name in options.only],
            peers=chosen,
            rounds=1 if options.smoke else options.rounds,
            seconds=TRIAL_S if options.smoke else options.seconds,
            trial=options.smoke,
            folder=Path(folder),
        )
        results = session.run()
    if options.smoke:
        return conclude(session, results)
    for workload, table in report.tables(results, chosen, report.text):
        print(f"\n{workload.name}  {workload.title}\n{table}")
    print(f"\nTargets\n{report.text(targets.rows(results))}")
    if options.json:
        options.json.write_text(json.dumps(document.everything(session, results), indent=1))
    if options.update:
        document.update(PAGE, session, results)
    return conclude(session, results)


def names(known: list[str]) -> Callable[[str], list[str]]:
    """A parser of lists with commas."""

    def parse(text: str) -> list[str]:
        unknown = sorted(set(text.split(",")) - set(known))
        if unknown:
            raise argparse.ArgumentTypeError(
                f"no {', '.join(unknown)}; there are {', '.join(known)}"
            )
        return text.split(",")

    return parse


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="scripts/bench",
        description="Measure Sluice beside other servers; docs/benchmarks.md says how.",
    )
    add = parser.add_argument
    add("--only", type=names([w.name for w in WORKLOADS]), metavar="W1,W3a", help="workloads")
    add("--peers", type=names([p.name for p in peers.OTHERS]), metavar="nginx,epoll",
        help="servers beside Sluice; all that are installed without it")
    add("--rounds", type=int, default=5, help="of everything, one after the other (5)")
    add("--seconds", type=float, default=1.0, help="of each measurement (1)")
    add("--server", action="append", metavar="PATH",
        help="a build of Sluice, instead of build/release; more of them are compared")
    add("--json", type=Path, metavar="FILE", help="write all figures of all rounds")
    add("--update", action="store_true", help="write the figures into docs/benchmarks.md")
    add("--smoke", action="store_true",
        help="only try whether every workload works with every peer; a few seconds")
    options = parser.parse_args()
    if options.rounds < 1 or options.seconds <= 0:
        parser.error("--rounds and --seconds are above 0")
    return options


def chosen_peers(options: argparse.Namespace) -> list[peers.Peer]:
    builds = options.server or [str(RELEASE)]
    chosen = [peers.sluice(str(Path(path).resolve()), i) for i, path in enumerate(builds, 1)]
    wanted = options.peers or (TRIAL_PEERS if options.smoke else None)
    for peer in peers.OTHERS:
        if wanted is not None and peer.name not in wanted:
            continue
        if peer.is_installed():
            chosen.append(peer)
        else:
            print(f"bench: {peer.title} is not installed: skipped", file=sys.stderr)
    for tool in ("wrk", "setpriv", "taskset", *([] if options.smoke else ["strace"])):
        if shutil.which(tool) is None:
            sys.exit(f"bench: {tool} is not installed: run scripts/setup --bench")
    return chosen


def conclude(session: Session, results: Results) -> int:
    for (workload, peer), failure in results.failures.items():
        print(f"bench: {workload} with {peer} failed: {failure}", file=sys.stderr)
    if results.failures:
        return 1
    titles = ", ".join(peer.title for peer in session.peers)
    print(f"\nbench: {len(session.workloads)} workloads, the same answers from {titles}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
