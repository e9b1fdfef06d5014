"""Figures of the images, for docs/container.md: scripts/container figures

Sizes, the time from the engine's start of a container to its first answer, the
same from the start of the process, and what an idle container holds.
"""

import json
import statistics
import time
import urllib.request
from pathlib import Path

from engine import IMAGES, PATIENCE_S, Container, engine

ROUNDS = 10


def answers(address):
    """Asks until there is an answer."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen("http://%s:%d/" % address, timeout=1) as answer:
                return answer.status == 200
        except OSError:
            pass
    raise AssertionError("it does not answer")


def start_ms(image):
    """From `start` to the first answer. What is created is started ten times, so
    the images are in the page cache."""
    times = []
    with Container(image, env={"SLUICE_WORKERS": "1"}) as container:
        container.ready()
        for _ in range(ROUNDS):
            engine("stop", container.name)
            began = time.monotonic()
            engine("start", container.name)
            answers(container.address())
            times.append((time.monotonic() - began) * 1000)
    return times


def empty_ms(image):
    """What the engine itself takes for a process that ends at once."""
    times = []
    for _ in range(ROUNDS):
        began = time.monotonic()
        engine("run", "--rm", "--no-healthcheck", image, "version")
        times.append((time.monotonic() - began) * 1000)
    return times


def processes(first):
    """A process and its descendants."""
    yield first
    children = Path(f"/proc/{first}/task/{first}/children").read_text().split()
    for child in children:
        yield from processes(int(child))


def memory_kib(image, workers):
    with Container(image, env={"SLUICE_WORKERS": workers}) as container:
        container.ready()
        answers(container.public)
        time.sleep(1)
        first = container.inspect()["State"]["Pid"]
        found = list(processes(first))
        share = 0
        for pid in found:
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
            share += next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
        return len(found), share


def line(name, figure):
    print(f"{name:58} {figure}")


def spread(times):
    return f"{min(times):.0f} ms at best, {statistics.median(times):.0f} ms in the middle"


def main():
    for image in IMAGES:
        size = json.loads(engine("image", "inspect", image).stdout)[0]["Size"]
        line(f"{image}, size", f"{size / 1e6:.1f} MB")
        line(f"{image}, from start to the first answer", spread(start_ms(image)))
        line(f"{image}, run of a process that does nothing", spread(empty_ms(image)))
    for workers in ("1", "2"):
        count, share = memory_kib("sluice:minimal", workers)
        line(f"idle, {workers} worker(s), {count} processes, proportional",
             f"{share / 1024:.1f} MiB")


if __name__ == "__main__":
    main()
