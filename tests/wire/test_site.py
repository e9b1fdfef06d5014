"""A server is given a folder: its app.lua, or its scripts, or a page that says
what to put there."""

import os

import pytest

from server import command
from test_generations import wait_until

SCRIPT = 'return {{ get = function(_, res) res:text("{}") end }}\n'
APP = """
local sluice = require("sluice")
local app = sluice.new()
app:get("/", function(_, res) res:text(require("word")) end)
return app
"""


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "site"
    folder.mkdir()
    return folder


def body(server, path="/"):
    answer = server.get(path)
    assert answer.status == 200
    return answer.body.decode()


def test_scripts_of_a_folder_are_routes(serve, folder):
    (folder / "index.lua").write_text(SCRIPT.format("first"))
    (folder / "api").mkdir()
    (folder / "api" / "[name].lua").write_text(SCRIPT.format("named"))
    server = serve(folder)
    assert (body(server), body(server, "/api/x")) == ("first", "named")


def test_an_app_in_it_is_served_and_finds_its_modules(serve, folder):
    (folder / "app.lua").write_text(APP)
    (folder / "word.lua").write_text('return "word"')
    assert body(serve(folder)) == "word"


def test_an_empty_one_says_what_to_do(serve, folder):
    server = serve(folder)
    assert "app.lua" in body(server)
    assert server.get("/other").status == 404


def test_an_app_that_does_not_load_is_not_hidden_by_scripts(folder):
    (folder / "index.lua").write_text(SCRIPT.format("first"))
    (folder / "app.lua").write_text("return (")
    run = command("check", folder)
    assert run.returncode == 1
    assert "app.lua:1:" in run.stderr and "Is a directory" not in run.stderr


@pytest.mark.parametrize("name", ["site", "site/", "./site", "."])
def test_check_and_routes_take_a_folder_by_any_name(folder, name):
    (folder / "index.lua").write_text(SCRIPT.format("first"))
    (folder / "bad.lua").write_text("return (")
    where = folder if name == "." else folder.parent
    run = command("check", name, cwd=where)
    assert run.returncode == 1
    assert "bad.lua:1:" in run.stderr and "Is a directory" not in run.stderr
    (folder / "bad.lua").unlink()
    assert command("check", name, cwd=where).returncode == 0
    listed = command("routes", name, cwd=where)
    assert listed.stdout.startswith("GET  /  ") and "index.lua:1" in listed.stdout


@pytest.mark.parametrize("mode", ["on", "poll"])
def test_what_is_put_into_an_empty_one_is_served(serve, folder, mode):
    server = serve(folder, settings={"watch": mode, "watch_interval": "20ms"})
    (folder / "index.lua").write_text(SCRIPT.format("a script"))
    wait_until(lambda: body(server) == "a script")
    (folder / "word.lua").write_text('return "an app"')
    (folder / "app.lua").write_text(APP)
    wait_until(lambda: body(server) == "an app")


# --- A ConfigMap, as a kubelet mounts it ----------------------------------------------


def mount(folder, turn, files):
    """The files are links through ..data, which is turned from one folder with a
    time in its name to another."""
    version = folder / f"..2026_11_20_{turn}"
    version.mkdir()
    for name, text in files.items():
        (version / name).write_text(text)
    (folder / "..data_tmp").symlink_to(version.name)
    os.rename(folder / "..data_tmp", folder / "..data")
    for name in files:
        if not (folder / name).is_symlink():
            (folder / name).symlink_to(f"..data/{name}")
    return version


def unmount(version):
    for file in version.iterdir():
        file.unlink()
    version.rmdir()


@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize("mode", ["on", "poll"])
@pytest.mark.parametrize("name", ["index.lua", "app.lua"])
def test_a_config_map_that_changes_is_served(serve, folder, mode, workers, name):
    def files(text):
        app = APP.replace('require("word")', f'"{text}"')
        return {name: app if name == "app.lua" else SCRIPT.format(text)}

    before = mount(folder, 1, files("one"))
    server = serve(folder, settings={
        "watch": mode, "watch_interval": "20ms", "workers": workers})
    assert body(server) == "one"
    for turn, text in enumerate(["two", "three"], 2):
        after = mount(folder, turn, files(text))
        unmount(before)
        wait_until(lambda: body(server) == text)
        before = after


def test_a_config_map_with_one_more_script_is_served(serve, folder):
    mount(folder, 1, {"index.lua": SCRIPT.format("one")})
    server = serve(folder, settings={"watch": "on"})
    mount(folder, 2, {"index.lua": SCRIPT.format("one"), "more.lua": SCRIPT.format("more")})
    wait_until(lambda: server.get("/more").status == 200)
