"""System calls per request, counted by strace in runs of their own: it slows the
server down, so that nothing else is taken from them."""

import re
import subprocess
import time
from collections import Counter

from measure import Plan, run_wrk
from server import Failed

LINE = re.compile(r"^\s*[\d.]+\s+[\d.]+\s+\d+\s+(\d+)\s+(?:\d+\s+)?(\w+)$", re.MULTILINE)
ATTACH_S = 0.3


def count(plan: Plan) -> dict[str, float]:
    """Calls per request by name: the growth from a short run to a long one, so
    that making the connections does not count. Empty: there was none."""
    few, few_requests = trace(plan, plan.seconds / 4)
    many, many_requests = trace(plan, plan.seconds)
    requests = many_requests - few_requests
    if requests <= 0:
        return {}
    many.subtract(few)
    return {name: calls / requests for name, calls in many.items() if calls > 0}


def trace(plan: Plan, seconds: float) -> tuple[Counter[str], float]:
    """Calls by name, and requests, of one run."""
    path = plan.server.folder / "calls"
    command = ["strace", "-f", "-c", "-o", str(path)]
    for pid in plan.server.pids():
        command += ["-p", str(pid)]
    strace = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        time.sleep(ATTACH_S)
        requests = run_wrk(plan, seconds)[1]
    finally:
        strace.terminate()
        errors = strace.communicate()[1]
    if not path.exists():
        raise Failed(f"strace: {errors}")
    lines = LINE.findall(path.read_text())
    return Counter({name: int(calls) for calls, name in lines if name != "total"}), requests
