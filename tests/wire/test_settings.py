"""Settings: configuration file < SLUICE_* variables < flags; and what a bad
one says."""

import re

import pytest

from server import ROOT, command


def table():
    """The rows of `sluice help settings`: (name, default, meaning)."""
    run = command("help", "settings")
    assert run.returncode == 0
    _, *lines = run.stdout.splitlines()
    rows = [line for line in lines if not line.startswith(" ")]
    return [(row[:22].strip(), row[22:38].strip(), row[38:]) for row in rows]


@pytest.fixture
def app(tmp_path):
    path = tmp_path / "app.lua"
    path.write_text('return require("sluice").new()')
    return path


def refused_length(server):
    """The length of the first path that is too long, as the wire shows it."""
    for length in (SMALL, MIDDLE, LARGE):
        if server.get("/" + "x" * (length - 1)).status == 414:
            return length
    return None


# --- Where they come from ------------------------------------------------------------

SMALL, MIDDLE, LARGE = 100, 200, 300


def serve_with(serve, tmp_path, config=None, variable=None, flag=None):
    flags, env = [], {}
    if config:
        file = tmp_path / "config.lua"
        file.write_text(f"request_line = {config}\n")
        flags += ["--config", file]
    if variable:
        env["SLUICE_REQUEST_LINE"] = str(variable)
    if flag:
        flags += ["--set", f"request_line={flag}"]
    return serve("lifecycle", flags=flags, env=env)


@pytest.mark.parametrize("sources, effective", [
    ({"config": SMALL}, SMALL),
    ({"variable": SMALL}, SMALL),
    ({"flag": SMALL}, SMALL),
    ({"config": SMALL, "variable": MIDDLE}, MIDDLE),
    ({"variable": SMALL, "flag": MIDDLE}, MIDDLE),
    ({"config": SMALL, "flag": MIDDLE}, MIDDLE),
    ({"config": LARGE, "variable": MIDDLE, "flag": SMALL}, SMALL),
])
def test_a_flag_wins_over_a_variable_and_that_over_the_file(
        serve, tmp_path, sources, effective):
    server = serve_with(serve, tmp_path, **sources)
    assert refused_length(server) == effective


@pytest.mark.parametrize("flag", [
    ["--request-line", "100"], ["--request-line=100"],
    ["--request_line", "100"], ["--set", "request_line=0100"]])
def test_a_setting_is_a_flag_too(serve, flag):
    assert refused_length(serve("lifecycle", flags=flag)) == SMALL


def test_the_variable_for_the_file_gives_way_to_the_flag(serve, tmp_path):
    for name, length in (("one", SMALL), ("two", MIDDLE)):
        (tmp_path / name).write_text(f"request_line = {length}\n")
    env = {"SLUICE_CONFIG": str(tmp_path / "one")}
    assert refused_length(serve("lifecycle", env=env)) == SMALL
    server = serve("lifecycle", env=env, flags=["--config", tmp_path / "two"])
    assert refused_length(server) == MIDDLE


def test_values_of_the_file_may_be_numbers_texts_and_booleans(serve, tmp_path):
    config = tmp_path / "config.lua"
    config.write_text("local line = 50\nrequest_line = 2 * line\n"
                      "header_timeout = '5s'\nserver_header = false\n")
    server = serve("lifecycle", flags=["--config", config])
    assert refused_length(server) == SMALL
    assert "server" not in server.get("/hello").headers


# --- Errors ---------------------------------------------------------------------------


def says(run, *words):
    assert run.returncode == 2
    for word in words:
        assert word in run.stderr, run.stderr
    return True


def test_an_unknown_setting_is_named_in_a_flag(app):
    assert says(command("serve", app, "--set", "heder_size=1"), "heder_size")


def test_an_unknown_setting_is_named_in_a_variable(app):
    assert says(command("serve", app, env={"SLUICE_HEDER_SIZE": "1"}),
                "SLUICE_HEDER_SIZE")


def test_an_unknown_setting_is_named_in_the_file(app, tmp_path):
    config = tmp_path / "config.lua"
    config.write_text("heder_size = 1\n")
    assert says(command("serve", app, "--config", config),
                "heder_size", "config.lua")


@pytest.mark.parametrize("name, value", [
    ("header_size", "many"), ("header_size", "-1"), ("header_size", ""),
    ("header_size", "1e400"), ("header_size", "99999999999999999999"),
    ("header_size", "255"), ("header_count", "0"), ("header_count", "1k"),
    ("header_timeout", "soon"), ("header_timeout", "10 parsecs"),
    ("header_timeout", "10"), ("half_close", "perhaps"), ("log_level", "loud"),
    ("access_log_format", "xml"),
])
def test_a_bad_value_is_named_with_what_is_allowed(app, name, value):
    run = command("serve", app, "--set", f"{name}={value}")
    assert says(run, name, value)
    assert "it is " in run.stderr, run.stderr


def test_a_setting_without_a_value_is_an_error(app):
    assert says(command("serve", app, "--set", "header_size"), "header_size")


def test_a_broken_file_is_reported_with_its_line(app, tmp_path):
    config = tmp_path / "config.lua"
    config.write_text("header_size = 1000\nbody_size = = 3\n")
    assert says(command("serve", app, "--config", config), "config.lua:2:")


def test_a_missing_file_is_named(app, tmp_path):
    run = command("serve", app, "--config", tmp_path / "absent.lua")
    assert says(run, "absent.lua")
    assert "traceback" not in run.stderr


def test_a_file_sees_no_library_that_could_harm(app, tmp_path):
    config = tmp_path / "config.lua"
    config.write_text("os.exit(7)\n")
    assert says(command("serve", app, "--config", config), "config.lua:1:")


# --- The list -------------------------------------------------------------------------


def test_help_lists_each_setting_with_a_default_that_is_allowed(app):
    rows = table()
    assert len(rows) > 30
    for name, default, meaning in rows:
        assert meaning
        run = command("check", app, "--set", f"{name}={default}")
        assert run.returncode == 0, (name, default, run.stderr)


def test_the_operations_page_has_the_same_table():
    page = (ROOT / "docs" / "operations.md").read_text()
    for name, default, meaning in table():
        row = f"| `{name}` | {f'`{default}`' if default else ''} | {meaning} |"
        assert row in page, row


def test_the_operations_page_has_no_other_settings():
    page = (ROOT / "docs" / "operations.md").read_text()
    section = page.split("## Settings")[1].split("\n## ")[0]
    named = set(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE))
    assert named == {name for name, _, _ in table()}


def test_a_file_of_bytecode_is_refused(app, tmp_path):
    config = tmp_path / "config.lua"
    config.write_bytes(b"\x1bLJ\x02\x0a\0")
    assert says(command("serve", app, "--config", config), "bytecode")
