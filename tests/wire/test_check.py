"""sluice check tells all that is wrong with an app; sluice routes, what it has."""

import json
import shutil

import pytest

from server import ROOT, command

APP = """local sluice = require("sluice")
local app = sluice.new()
app:use(function(_, _, next)
  next()
end)
app:get("/", function() end)
app:group("/users/:id", function(users)
  users:use("/posts", function(_, _, next) next() end)
  users:get("/posts", function() end)
  users:get("/:what", function() end)
end)
return app
"""
WRONG = """local sluice = require("sluice")
local gone = require("gone")
local broken = require("broken")
local app = sluice.new()
app:get("no-slash", function() end)
app:get("/a/:id", function() end)
app:get("/a/:id", function() end)
app:group("/g/*rest", function() end):get("/x", gone.handler)
app:scripts("/s", "scripts")
gone.setup("x" .. gone.name)
error("at the end")
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "app.lua").write_text(APP)
    return tmp_path


@pytest.fixture
def wrong(tmp_path):
    (tmp_path / "scripts").mkdir()
    files = {"app.lua": WRONG, "broken.lua": "local = 1\n", "scripts/one.lua": "return {\n",
             "scripts/two.lua": "return [\n", "other.lua": "local a = a b\n"}
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def test_all_errors_are_told_each_once_with_its_place(wrong):
    done = command("check", "app.lua", cwd=wrong)
    assert (done.returncode, done.stdout) == (1, "")
    lines = [line for line in done.stderr.splitlines() if line.startswith("sluice: ")]
    assert [line.removeprefix("sluice: ") for line in lines] == [
        "app.lua:2: module 'gone' not found:",
        "broken.lua:1: '<name>' expected near '='",
        "app.lua:5: the path 'no-slash' does not start with '/'",
        "app.lua:7: 'GET /a/:id' of app.lua:7 conflicts with 'GET /a/:id' of app.lua:6",
        "app.lua:8: a prefix ends before the wildcard: '/g/*rest'",
        "scripts/one.lua:2: unexpected symbol near '<eof>'",
        "app.lua:11: at the end",
        "scripts/two.lua:1: unexpected symbol near '['",
        "warning: other.lua:2: '=' expected near '<eof>'",
        "8 errors",
    ]


def test_all_errors_are_an_object_for_programs(wrong):
    done = command("check", "app.lua", "--json", cwd=wrong)
    assert (done.returncode, done.stderr) == (1, "")
    found = json.loads(done.stdout)
    assert (found["ok"], found["routes"]) == (False, [])
    assert [(e["kind"], e["file"], e["line"]) for e in found["errors"][:3]] == [
        ("app", "app.lua", 2), ("syntax", "broken.lua", 1), ("route", "app.lua", 5)]
    assert "stack traceback:" in found["errors"][0]["text"]
    assert [w["file"] for w in found["warnings"]] == ["other.lua"]


def test_all_settings_that_are_wrong_are_told(folder):
    (folder / "sluice.conf").write_text('nope = 1\nlog_level = "loud"\ngrace = "1s"\n')
    done = command("check", "app.lua", "--config", "sluice.conf", "--set", "neither=1",
                   cwd=folder, env={"SLUICE_WORKERS": "many"})
    assert done.returncode == 2
    for word in ("nope", "loud", "neither", "many"):
        assert f'"{word}"' in done.stderr, word
    assert "sluice: 4 errors" in done.stderr
    assert "grace" not in done.stderr
    done = command("check", "app.lua", "--config", "sluice.conf", "--json", cwd=folder)
    errors = json.loads(done.stdout)["errors"]
    assert (done.returncode, [e["kind"] for e in errors]) == (2, ["setting", "setting"])


def test_a_settings_file_that_cannot_be_read_does_not_hide_the_app(wrong):
    (wrong / "sluice.conf").write_text("workers = = 2")
    done = command("check", "app.lua", "--config", "sluice.conf", cwd=wrong)
    assert done.returncode == 2
    assert "sluice.conf:1:" in done.stderr and "app.lua:5:" in done.stderr


def test_an_app_that_is_fine_is_fine(folder):
    done = command("check", "app.lua", cwd=folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == command("routes", "app.lua", cwd=folder).stdout
    found = json.loads(command("check", "app.lua", "--json", cwd=folder).stdout)
    assert (found["ok"], found["errors"], found["warnings"]) == (True, [], [])
    assert len(found["routes"]) == 3


def test_without_room_for_a_vm_the_answer_is_still_an_object(folder):
    done = command("check", "app.lua", "--json", "--lua-memory", "1k", cwd=folder)
    found = json.loads(done.stdout)
    assert (done.returncode, found["ok"]) == (1, False)
    assert "lua_memory" in found["errors"][0]["message"]
    words = ["check", "app.lua", "--lua-memory", "1k", "--set", "nope=1"]
    found = json.loads(command(*words, "--json", cwd=folder).stdout)
    assert [error["kind"] for error in found["errors"]] == ["setting", "app"]
    done = command(*words, cwd=folder)
    assert done.returncode == 2
    assert "nope" in done.stderr and "lua_memory" in done.stderr


def test_routes_have_their_places_and_what_is_around_them(folder):
    done = command("routes", "app.lua", cwd=folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "GET  /                 app.lua:6  through app.lua:3",
        "GET  /users/:id/posts  app.lua:9  through app.lua:3, app.lua:8",
        "GET  /users/:id/:what  app.lua:10  through app.lua:3, app.lua:8?",
    ]
    routes = json.loads(command("routes", "app.lua", "--json", cwd=folder).stdout)["routes"]
    assert routes[2] == {
        "method": "GET", "path": "/users/:id/:what", "source": "app.lua:10",
        "middleware": [{"source": "app.lua:3", "sometimes": False},
                       {"source": "app.lua:8", "sometimes": True}]}


def test_the_routes_of_the_examples_are_in_their_order():
    app = ROOT / "lua/examples/app.lua"
    done = command("routes", str(app), "--json", cwd=ROOT)
    routes = [(route["method"], route["path"]) for route in json.loads(done.stdout)["routes"]]
    assert routes[:3] == [("GET", "/"), ("GET", "/hello"), ("GET", "/hello/:name")]
    assert {("GET", "/around/inside"), ("POST", "/scripts/greet/:name")} <= set(routes)



def test_routes_of_an_app_that_does_not_load_are_none(wrong):
    done = command("routes", "app.lua", cwd=wrong)
    assert (done.returncode, done.stdout) == (1, "")
    assert "module 'gone' not found" in done.stderr


@pytest.mark.skipif(not shutil.which("luacheck"), reason="no luacheck")
def test_luacheck_warns_where_the_project_has_settings_for_it(folder):
    (folder / "helper.lua").write_text("local unused = 1\n")
    assert command("check", "app.lua", cwd=folder).stderr == ""
    (folder / ".luacheckrc").write_text('std = "luajit"\n')
    done = command("check", "app.lua", cwd=folder)
    assert done.returncode == 0
    assert done.stderr == "sluice: warning: helper.lua:1: unused variable 'unused' " \
                          "(luacheck W211)\n"
    warning, = json.loads(command("check", "app.lua", "--json", cwd=folder).stdout)["warnings"]
    assert (warning["code"], warning["column"]) == ("W211", 7)
