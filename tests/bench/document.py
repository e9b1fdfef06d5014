"""What is kept of a run: its figures in docs/benchmarks.md, between two comments,
and all of them as JSON."""

import datetime
from pathlib import Path

import machine
import report
import targets
from peers import Peer
from results import Results
from session import Session
from workloads import WORKLOADS

BEGIN = "<!-- figures: written by scripts/bench --update -->\n"
END = "<!-- end of figures -->\n"


def update(page: Path, session: Session, results: Results) -> None:
    before, rest = page.read_text().split(BEGIN)
    after = rest.split(END)[1]
    page.write_text(before + BEGIN + "\n" + figures(session, results) + "\n" + END + after)


def figures(session: Session, results: Results) -> str:
    tables = report.tables(results, session.peers, report.markdown)
    parts = [
        conditions(session),
        "### What is to be reached",
        report.markdown(targets.rows(results), left=2),
        *(f"### {work.name}: {work.title}\n\n{table}" for work, table in tables),
    ]
    return "\n\n".join(parts) + "\n"


def conditions(session: Session) -> str:
    today = datetime.date.today().isoformat()
    lines = [
        f"Measured on {today}: {session.rounds} rounds of {session.seconds:g} s for each"
        " measurement, medians.",
        "",
    ]
    for name, words in machine.description().items():
        lines.append(f"- {name}: {words}")
    if machine.most_connections() < max(work.connections for work in WORKLOADS):
        lines.append(f"- connections: {machine.most_connections():,} at most")
    lines.append("- servers: " + ", ".join(versions(session.peers).values()))
    return "\n".join(lines)


def versions(peers: list[Peer]) -> dict[str, str]:
    """Titles with versions; the C server has none."""
    return {
        peer.name: f"{peer.title} {machine.version(peer.version)}" if peer.version else peer.title
        for peer in peers
    }


def everything(session: Session, results: Results) -> dict[str, object]:
    return {
        "machine": machine.description(),
        "servers": versions(session.peers),
        "rounds": results.rounds,
        "calls": {f"{w} {peer}": names for (w, peer), names in results.calls.items()},
        "failures": {f"{w} {peer}": why for (w, peer), why in results.failures.items()},
        "targets": targets.rows(results)[1:],
    }
