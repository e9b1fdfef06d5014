"""The completion of bash knows what the program knows."""

import re
import subprocess

import pytest
from conftest import PATIENCE_S, ROOT

from server import BINARY, command, environment

SCRIPT = ROOT / "scripts/install/bash-completion/sluice"
DRIVER = """
source "$1"; shift
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
_sluice "$1"
printf '%s\\n' "${COMPREPLY[@]}"
"""


def complete(*words, cwd=None):
    """What is offered for the last of the words behind `sluice`."""
    done = subprocess.run(
        ["bash", "--norc", "-c", DRIVER, "-", SCRIPT, BINARY, *words],
        env=environment(), cwd=cwd, capture_output=True, text=True,
        timeout=PATIENCE_S)
    assert done.stderr == ""
    return sorted(filter(None, done.stdout.split("\n")))


def names():
    lines = command("help", "settings").stdout.splitlines()[1:]
    return [line.split()[0] for line in lines if not line.startswith(" ")]


def test_the_commands_are_those_of_the_help():
    usage = command("help").stdout
    commands = re.findall(r"^  sluice ([\w-]+)", usage, re.MULTILINE)
    assert complete("") == sorted([*commands, "--help", "--version"])
    assert complete("se") == ["serve"]


def test_every_setting_is_a_flag():
    offered = complete("serve", "app.lua", "--")
    flags = ["--" + name.replace("_", "-") for name in names()]
    assert offered == sorted([*flags, "--config", "--set", "--help"])


def test_every_setting_is_a_name_behind_set():
    assert complete("serve", "--set", "") == sorted(f"{n}=" for n in names())
    assert complete("serve", "--set", "log_f") == ["log_format="]


@pytest.mark.parametrize("words", [
    ["--log-level", ""], ["--log-level", "=", ""], ["--log-level", "="],
    ["--set", "log_level", "="], ["--set", "log_level", "=", ""]])
def test_the_words_of_a_setting_are_offered(words):
    assert complete("serve", *words) == ["debug", "error", "info", "off", "warn"]


def test_the_beginning_of_a_word_is_enough():
    assert complete("serve", "--log-level", "=", "w") == ["warn"]
    assert complete("serve", "--set", "half_close", "=", "t") == ["true"]
    assert complete("check", "--header-t") == ["--header-timeout"]


@pytest.fixture
def folder(tmp_path):
    for name in ("app.lua", "other.lua", "notes.txt", "my settings.conf"):
        (tmp_path / name).write_text("")
    (tmp_path / "apps").mkdir()
    return tmp_path


def test_an_app_is_a_lua_file(folder):
    assert complete("serve", "", cwd=folder) == ["app.lua", "apps/", "other.lua"]
    assert complete("serve", "--development", "o", cwd=folder) == ["other.lua"]


def test_other_values_are_files(folder):
    assert complete("serve", "--config", "my", cwd=folder) == ["my settings.conf"]
    assert complete("serve", "--log", "n", cwd=folder) == ["notes.txt"]


def test_what_takes_nothing_is_offered_nothing():
    assert complete("version", "") == []
    assert complete("help", "") == ["settings"]
    assert complete("nonsense", "") == []


def test_without_the_program_nothing_is_offered():
    run = subprocess.run(
        ["bash", "--norc", "-c", DRIVER, "-", SCRIPT, "/nowhere/sluice", "s"],
        capture_output=True, text=True, timeout=PATIENCE_S)
    assert (run.stdout.strip(), run.stderr) == ("", "")
