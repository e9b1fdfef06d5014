"""sluice new: a project whose specs pass, that is served, and that lints clean."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from server import PATIENCE_S, ROOT, Server, command
from test_generations import wait_until

FILES = [
    ".containerignore", ".editorconfig", ".gitignore", ".luacheckrc", ".luarc.json",
    "Containerfile", "README.md", "app.lua", "pages/start.html",
    "scripts/hello/[name].lua", "scripts/notes.lua", "sluice.conf", "tests/app_spec.lua",
]


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    folder = tmp_path_factory.mktemp("new")
    done = command("new", "tea-shop", cwd=folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert "cd tea-shop\n" in done.stdout
    return folder / "tea-shop"


def test_the_files_are_there_with_the_name_in_them(project):
    found = sorted(str(path.relative_to(project)) for path in project.rglob("*")
                   if path.is_file())
    assert found == sorted(FILES)
    for name in found:
        text = (project / name).read_text()
        assert "@NAME@" not in text and "@LIBRARY@" not in text
    assert "tea-shop" in (project / "README.md").read_text()


def test_its_specs_pass_at_once(project):
    done = command("test", cwd=project)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert re.search(r"^[5-9] successes / 0 failures / 0 errors / 0 pending",
                     done.stdout, re.MULTILINE)


def test_it_is_served_and_its_page_explains_it(project, tmp_path):
    server = Server(project / "app.lua", tmp_path, flags=["--config", project / "sluice.conf"])
    try:
        page = server.get("/")
        assert page.status == 200
        text = page.body.decode()
        assert "<title>tea-shop</title>" in text
        for path in re.findall(r'href="(/[^"]*)"', text):
            assert server.get(path).status == 200
        for name in re.findall(r"<code>([\w/\[\]]+\.\w+)</code>", text):
            assert (project / name).is_file(), name
    finally:
        server.stop()


def test_its_settings_are_accepted_with_those_that_are_left_out(project, tmp_path):
    text = (project / "sluice.conf").read_text()
    whole = tmp_path / "whole.conf"
    whole.write_text(re.sub(r"^-- (\w+ = )", r"\1", text, flags=re.MULTILINE))
    assert whole.read_text() != text
    for config in (project / "sluice.conf", whole):
        done = command("check", "app.lua", "--config", config, cwd=project)
        assert (done.returncode, done.stderr) == (0, "")


def test_the_editor_is_told_where_the_annotations_are(project):
    settings = json.loads((project / ".luarc.json").read_text())
    assert (Path(settings["workspace.library"][0]) / "sluice/init.lua").is_file()


@pytest.mark.skipif(not shutil.which("luacheck"), reason="no luacheck")
def test_it_is_clean_for_luacheck(project):
    done = subprocess.run(["luacheck", "--no-color", "."], cwd=project, text=True,
                          capture_output=True, timeout=PATIENCE_S)
    assert done.returncode == 0, done.stdout


def test_its_image_has_every_file_that_it_needs(project):
    kept = (project / ".containerignore").read_text().split()
    needed = {Path(name).parts[0] for name in FILES
              if not name.startswith((".", "tests")) and Path(name).suffix in
              (".lua", ".html", ".conf")}
    assert {f"!{name}" for name in needed} <= set(kept)
    lines = (project / "Containerfile").read_text().splitlines()
    assert "COPY . /app" in lines
    command = json.loads(next(l for l in lines if l.startswith("CMD"))[4:])
    assert command == ["serve", "/app/app.lua", "--config", "/app/sluice.conf"]


def test_nothing_is_overwritten(project):
    before = (project / "app.lua").read_text()
    done = command("new", "tea-shop", cwd=project.parent)
    assert done.returncode == 1
    assert "there is something of that name" in done.stderr
    assert (project / "app.lua").read_text() == before


@pytest.mark.parametrize("name", ["", "..", "a/b", "-x", "tea shop", "<b>", 'a"b', "x" * 65])
def test_names_that_would_break_something_are_refused(tmp_path, name):
    done = command("new", name, cwd=tmp_path)
    assert done.returncode in (1, 2)
    assert list(tmp_path.iterdir()) == []


def test_a_name_is_needed_and_one_is_enough(tmp_path):
    done = command("new", cwd=tmp_path)
    assert (done.returncode, "which name?" in done.stderr) == (2, True)
    done = command("new", "a", "b", cwd=tmp_path)
    assert (done.returncode, "one name is enough" in done.stderr) == (2, True)


def test_the_walk_of_the_guide(tmp_path):
    page = (ROOT / "docs/guide/from-nothing.md").read_text()
    new, handler, asked, spec, tested = re.findall(r"^```\n(.*?)^```\n", page, re.M | re.S)
    said = re.findall(r"^\$ (.*)\n", new, re.M)
    assert said[0].startswith("sluice new ") and said[1] == "cd rockets"
    assert command(*said[0].split()[1:], cwd=tmp_path).returncode == 0
    folder = tmp_path / "rockets"
    verb, script, *flags = said[2].split()[1:]
    server = Server(folder / script, folder, verb=verb,
                    flags=["--config", folder / flags[1]])
    try:
        text = (folder / script).read_text()
        (folder / script).write_text(text.replace("return app", handler + "\nreturn app"))
        wait_until(lambda: "reloaded: " in server.log())
        line, _, answer = asked.removeprefix("$ ").partition("\n")
        run = subprocess.run(
            [*line.split()[:-1], "-s", server.url + "/countdown/3"], text=True,
            capture_output=True, timeout=PATIENCE_S)
        assert run.stdout == answer
    finally:
        server.stop()
    (folder / "tests/countdown_spec.lua").write_text(spec)
    run = command(*tested.split()[2:], cwd=folder)
    assert run.returncode == 0 and "6 successes / 0 failures" in run.stdout
