"""The tables: as text for a terminal, and as Markdown for docs/benchmarks.md."""

from collections.abc import Callable

from measure import KINDS
from peers import Peer
from results import Results
from workloads import WORKLOADS, Workload

BASE = "nginx"  # without it: the first build of Sluice

Table = list[list[str]]  # headings first; a row of two cells is a remark


def rows(results: Results, workload: Workload, peers: list[Peer]) -> Table:
    """The table of a workload, its headings first."""
    columns = KINDS[workload.kind].columns
    main = columns[0][0]
    base = BASE if BASE in results.rounds[workload.name] else peers[0].name
    table = [["", "ratio", *(heading for _, heading, _ in columns)]]
    for peer in peers:
        if workload.only and not peer.does(workload):
            continue
        why = reason(results, workload, peer)
        if why:
            table.append([peer.title, why])
            continue
        cells = [number(results.ratio(workload.name, peer.name, base, main), 2)]
        for figure, _, digits in columns:
            cells.append(number(results.median(workload.name, peer.name, figure), digits))
        table.append([peer.title, *cells])
    return table


def reason(results: Results, workload: Workload, peer: Peer) -> str | None:
    """Why a peer has no figures."""
    failure = results.failures.get((workload.name, peer.name))
    if failure:
        return "failed: " + failure.splitlines()[0]
    return peer.cannot.get(workload.name)


def number(value: float | None, digits: int) -> str:
    return "" if value is None else f"{value:,.{digits}f}"


def text(table: Table) -> str:
    """Columns that line up; a row of two cells is a remark."""
    full = [row for row in table if len(row) != 2]
    widths = [max(len(row[i]) for row in full) for i in range(len(full[0]))]
    widths[0] = max(len(row[0]) for row in table)
    lines = []
    for row in table:
        cells = [row[0].ljust(widths[0])]
        if len(row) == 2:
            cells.append(row[1])
        else:
            cells += [cell.rjust(width) for cell, width in zip(row[1:], widths[1:])]
        lines.append("  " + "  ".join(cells).rstrip())
    return "\n".join(lines)


def markdown(table: Table, left: int = 1) -> str:
    """`left` columns of words, then numbers."""
    heading, *body = table
    marks = ["---"] * left + ["---:"] * (len(heading) - left)
    lines = [heading, marks, *(row + [""] * (len(heading) - len(row)) for row in body)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def tables(
    results: Results, peers: list[Peer], render: Callable[[Table], str]
) -> list[tuple[Workload, str]]:
    return [
        (workload, render(rows(results, workload, peers)))
        for workload in WORKLOADS
        if workload.name in results.rounds
    ]
