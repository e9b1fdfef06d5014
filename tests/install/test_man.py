"""The manual: it is well formed, and says what the program says."""

import re
import subprocess

import pytest
from conftest import BUILD, PATIENCE_S, ROOT

from server import command

COMMANDS_PAGE = ROOT / "docs/man/sluice.1"
SETTINGS_PAGE = BUILD / "share/man/sluice.conf.5"
PAGES = [COMMANDS_PAGE, SETTINGS_PAGE]


def as_text(page):
    """What a reader sees, on one line."""
    shown = subprocess.run(
        ["mandoc", "-T", "utf8", "-O", "width=500", page], check=True,
        capture_output=True, text=True, timeout=PATIENCE_S).stdout
    return re.sub(r".\x08", "", shown)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_page_is_well_formed(page):
    """Whether the pages that it names are installed here matters nothing, nor
    how long a line of the table is."""
    done = subprocess.run(
        ["mandoc", "-T", "lint", page], capture_output=True, text=True,
        timeout=PATIENCE_S)
    faults = [line for line in done.stdout.splitlines()
              if "referenced manual not found" not in line
              and "text line longer than 80" not in line]
    assert faults == []


def settings():
    """The rows of `sluice help settings`: name, default, meaning, and what is
    allowed."""
    found = []
    for line in command("help", "settings").stdout.splitlines()[1:]:
        if line.startswith(" "):
            found[-1].append(line.strip())
        else:
            found.append([line[:22].strip(), line[22:38].strip(), line[38:]])
    return found


@pytest.mark.parametrize("setting", settings(), ids=lambda row: row[0])
def test_the_page_of_the_settings_says_what_the_program_says(setting):
    name, default, meaning, *allowed = setting
    wanted = f"{name}{f' = {default}' if default else ''} {meaning}"
    if allowed:
        wanted += f" Allowed: {allowed[0]}."
    assert f" {wanted} " in " ".join(as_text(SETTINGS_PAGE).split())


def test_the_page_of_the_settings_has_no_other():
    entries = re.findall(r"^\.It Ic (\S+)", SETTINGS_PAGE.read_text(), re.MULTILINE)
    assert entries == [row[0] for row in settings()]


def test_the_example_of_the_settings_is_accepted(tmp_path):
    page = SETTINGS_PAGE.read_text()
    example = re.search(r"^\.Bd [^\n]*\n(-- .*?)^\.Ed", page, re.M | re.S)[1]
    path = tmp_path / "sluice.conf"
    path.write_text(example)
    run = command("check", ROOT / "lua/examples/app.lua", "--config", path)
    assert (run.returncode, run.stderr) == (0, "")


def test_the_page_of_the_program_has_every_command_and_flag():
    text = as_text(COMMANDS_PAGE)
    usage = command("help").stdout
    commands = re.findall(r"^  sluice ([\w-]+)", usage, re.MULTILINE)
    flags = re.findall(r"^  (--[a-z]+) ", usage, re.MULTILINE)
    assert len(commands) >= 4 and len(flags) >= 3
    for name in commands:
        assert f"sluice {name}" in text, name
    for name in flags:
        assert f"     {name} " in text, name


def test_the_example_of_the_program_is_an_app(tmp_path):
    page = COMMANDS_PAGE.read_text()
    example = re.search(r"^\.Bd [^\n]*\n(local .*?)^\.Ed", page, re.M | re.S)[1]
    path = tmp_path / "app.lua"
    path.write_text(example.replace("\\e", "\\"))
    run = command("check", path)
    assert (run.returncode, run.stderr) == (0, "")
    assert "/hello/:name" in run.stdout
