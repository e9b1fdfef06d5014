"""The trials of scripts/trial:

    trial.py edits [COUNT] | kills [SECONDS] | turmoil [MINUTES] [--seed N] | rolling [ROUNDS]
"""

import argparse
import sys
import tempfile

import trial_edits
import trial_kills
import trial_rolling
import trial_turmoil

# What has to be 0 in the figures of any trial.
NEVER = ("failed with a worker that lives", "refused, late or not 200",
         "descriptors of the supervisor more", "events lost, twice or refused")


def run(options, folder):
    if options.kind == "edits":
        return trial_edits.trial(folder, int(options.amount or 1000))
    if options.kind == "rolling":
        return trial_rolling.trial(folder, int(options.amount or 10))
    if options.kind == "kills":
        return trial_kills.trial(folder, options.amount or 60, options.seed)
    return trial_turmoil.trial(folder, 60 * (options.amount or 10), options.seed)


def is_well(kind, figures):
    well = not any(figures.get(name) for name in NEVER)
    if kind == "edits":
        well = well and figures["requests failed"] == 0
        well = well and figures["memory after, KiB"] <= 1.1 * figures["memory before, KiB"]
    if kind == "rolling":
        well = well and figures["requests failed"] == 0
        well = well and figures["streams that came back"] > 0
    if kind == "turmoil":
        well = well and figures["clients that left"] > 0 and figures["reloaded"] > 0
    if kind == "kills":
        well = well and figures["workers that served, at least"] > 0
        # Of 20 clients no more can be in the hands of one worker.
        well = well and figures["requests failed"] <= 20 * figures["kills"]
    return well


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("kind", choices=["edits", "kills", "rolling", "turmoil"])
    parser.add_argument("amount", nargs="?", type=float)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        figures = run(options, folder)
    for name, figure in figures.items():
        print(f"{name:36} {figure}")
    return 0 if is_well(options.kind, figures) else 1


if __name__ == "__main__":
    sys.exit(main())
