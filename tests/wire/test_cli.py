"""The command line: what it says, to whom, and its exit codes."""

import json
import re
import socket

import pytest

from server import command, environment, free_port

APP = """
local sluice = require("sluice")
local app = sluice.new()
app:get("/hello/:name", function(req, res)
  res:write(req.params.name)
end)
app:post("/things", function() end)
return app
"""


@pytest.fixture
def app(tmp_path):
    path = tmp_path / "app.lua"
    path.write_text(APP)
    return path


def fails(run, *words):
    """The command failed with a message that has all `words` in it."""
    assert run.returncode != 0
    assert run.returncode > 0, "killed by a signal"
    for word in words:
        assert str(word) in run.stderr, run.stderr
    assert "stack traceback" not in run.stdout
    return True


# --- version, help ----------------------------------------------------------------


@pytest.mark.parametrize("word", ["version", "--version"])
def test_version_names_the_server_and_its_parts(word):
    run = command(word)
    assert run.returncode == 0
    assert run.stdout.startswith("sluice 0.")
    lines = run.stdout.splitlines()[1:]
    parts = dict(line.split(" ", 1) for line in lines)
    assert list(parts) == ["LuaJIT", "libuv", "llhttp", "luv", "lua-cjson"]
    for part, version in parts.items():
        known = re.match(r"\d+\.\d+", version)
        assert known or (part, version) == ("luv", "of an unknown version")
    assert run.stderr == ""


@pytest.mark.parametrize("word", ["help", "--help", "-h"])
def test_help_names_every_command(word):
    run = command(word)
    assert run.returncode == 0
    for name in ("serve", "check", "version", "help"):
        assert f"sluice {name}" in run.stdout or f"  {name}" in run.stdout
    assert run.stderr == ""


def test_without_a_command_help_is_offered():
    run = command()
    assert run.returncode == 2
    assert "sluice help" in run.stderr


def test_an_unknown_command_is_named():
    assert fails(command("sreve"), "sreve")


def test_an_unknown_flag_is_named(app):
    assert fails(command("serve", app, "--prot", "80"), "--prot")


# --- check --------------------------------------------------------------------------


def test_check_lists_the_routes(app):
    run = command("check", app)
    assert run.returncode == 0
    lines = run.stdout.splitlines()
    assert any("GET" in line and "/hello/:name" in line for line in lines)
    assert any("POST" in line and "/things" in line for line in lines)


@pytest.mark.parametrize("verb", ["check", "serve"])
@pytest.mark.parametrize("text, line, word", [
    ("local x =\n\nreturn = 1", 3, "unexpected"),
    ("local a = 1\nerror('on purpose')", 2, "on purpose"),
    ("local a\nreturn a.b", 2, "nil value"),
])
def test_a_broken_app_is_reported_with_file_and_line(
        app, verb, text, line, word):
    app.write_text(text)
    run = command(verb, app)
    assert run.returncode == 1
    assert f"app.lua:{line}:" in run.stderr
    assert word in run.stderr


@pytest.mark.parametrize("verb", ["check", "serve"])
@pytest.mark.parametrize("text", ["return 42", "local a = 1", "return {}"])
def test_a_file_that_returns_no_app_is_reported(app, verb, text):
    app.write_text(text)
    run = command(verb, app)
    assert run.returncode == 1
    assert "app.lua" in run.stderr
    assert "sluice.new" in run.stderr


@pytest.mark.parametrize("verb", ["check", "serve"])
def test_a_missing_app_is_named(tmp_path, verb):
    run = command(verb, tmp_path / "absent.lua")
    assert run.returncode == 1
    assert "absent.lua: No such file" in run.stderr
    assert "name the Lua file of the app" in run.stderr
    assert run.stderr.count("\n") == 1


@pytest.mark.parametrize("text", [
    "local a = = 1", "return 42", 'require("sluice").new(', "error('x', 0)()"])
def test_errors_have_no_addresses(app, text):
    """A traceback of C functions without names tells nobody anything."""
    app.write_text(text)
    assert "[C]: at" not in command("check", app).stderr


@pytest.mark.parametrize("text", ["local a = = 1", "return 42"])
def test_an_error_without_lines_of_the_app_is_one_line(app, text):
    app.write_text(text)
    lines = command("check", app).stderr.splitlines()
    assert [line for line in lines if " | " not in line] == lines[:1]


def test_an_error_inside_the_app_shows_who_called(app):
    app.write_text("local function f() local t; return t.x end\nf()\n")
    run = command("check", app)
    assert "app.lua:1:" in run.stderr and "app.lua:2:" in run.stderr
    assert "[C]: at" not in run.stderr


def test_a_vm_without_memory_names_the_setting(app):
    assert fails(command("check", app, "--set", "lua_memory=1k"), "lua_memory")


def test_a_library_that_is_not_there_names_the_setting(app, tmp_path):
    run = command("check", app, "--lua-dir", tmp_path)
    assert fails(run, "sluice/main.lua", "lua_dir")
    assert run.stderr.count("\n") == 1


@pytest.mark.parametrize("verb", ["check", "serve"])
def test_an_app_has_to_be_named(verb):
    assert fails(command(verb), "Lua file")


# --- --listen -----------------------------------------------------------------------


def test_a_port_in_use_is_named(app):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        run = command("serve", app, "--listen", address)
    assert run.returncode == 1
    assert address in run.stderr
    assert "in use" in run.stderr


def test_a_port_that_another_sluice_uses_is_in_use(app, serve):
    other = serve("lifecycle")
    run = command("serve", app, "--listen", f"127.0.0.1:{other.port}")
    assert run.returncode == 1
    assert "in use" in run.stderr


@pytest.mark.parametrize("address", [
    "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:65536",
    "[::1", "::1:80", "unix:", "nowhere.invalid:80", ""])
def test_a_bad_address_is_named(app, address):
    assert fails(command("serve", app, "--listen", address), address)


def test_a_listener_has_to_have_an_address(app):
    assert fails(command("serve", app, "--listen"), "--listen")


def test_one_bad_listener_of_two_stops_the_start(app):
    good = f"127.0.0.1:{free_port()}"
    run = command("serve", app, "--listen", good, "--listen", "127.0.0.1:x")
    assert fails(run, "127.0.0.1:x")


# --- Logs ---------------------------------------------------------------------------


def test_json_logs_are_one_object_per_line(serve):
    server = serve("lifecycle", settings={
        "log_format": "json", "access_log": "-", "access_log_format": "json"})
    server.get("/hello")
    server.stop()
    lines = server.log().splitlines()
    assert len(lines) >= 2
    for line in lines:
        assert isinstance(json.loads(line), dict), line


def test_nothing_of_the_environment_is_needed(app):
    env = environment({"HOME": "", "PATH": ""})
    assert command("check", app, env=env).returncode == 0
