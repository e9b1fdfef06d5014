"""Fixtures: what the build has installed, into a folder of the test's own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "wire"))

BUILD = Path(os.environ.get("SLUICE_BUILD", ROOT / "build" / "dev"))
PATIENCE_S = 120


def run(*command, **options):
    """Runs a command that has to succeed, and gives what it prints."""
    done = subprocess.run(
        [*map(str, command)], stdin=subprocess.DEVNULL, text=True,
        capture_output=True, timeout=PATIENCE_S, **options)
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    return done.stdout


def install(prefix, **options):
    run("cmake", "--install", BUILD, "--prefix", prefix, **options)


def uninstall(**options):
    run("cmake", "--build", BUILD, "--target", "uninstall", **options)


def files(folder):
    """The paths of all that is no folder below this one."""
    return sorted(
        str(path.relative_to(folder)) for path in folder.rglob("*")
        if path.is_symlink() or not path.is_dir())


@pytest.fixture
def prefix(tmp_path):
    """Where the build was installed to."""
    folder = tmp_path / "prefix"
    install(folder)
    return folder
