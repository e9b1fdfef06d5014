"""With `watch` the app is loaded again when one of its files has changed."""

import os
import shutil
import signal
import threading

import pytest

from server import without_sanitizer
from test_generations import Site, see_event, wait_until


def watched(serve, tmp_path, more="", workers=2, mode="on", **settings):
    return Site(serve, more, settings={
        "workers": workers, "watch": mode, "watch_interval": "20ms",
        "log_level": "debug", **settings})


@pytest.fixture(params=["2", "0"], ids=["workers", "alone"])
def workers(request):
    return request.param


@pytest.fixture(params=["on", "poll"])
def site(request, serve, tmp_path, workers):
    return watched(serve, tmp_path, workers=workers, mode=request.param).start(
        tmp_path / "site")


def shows(site, text, path="/"):
    """Every worker's answer is `text`, in the end."""
    wait_until(lambda: all(site.body(path) == text for _ in range(8)))


def reloads(site):
    return site.server.log().count("reloaded:")


def in_place(site, text, name="version.lua"):
    (site.folder / name).write_text(text)


def by_another_name(site, text, name="version.lua"):
    site.edit(text, name)


def removed_first(site, text, name="version.lua"):
    (site.folder / name).unlink()
    (site.folder / name).write_text(text)


def with_a_backup(site, text, name="version.lua"):
    """As vim does with `backupcopy=no`."""
    place = site.folder / name
    (site.folder / "4913").write_text("")
    (site.folder / "4913").unlink()
    place.rename(site.folder / (name + "~"))
    place.write_text(text)
    (site.folder / (name + "~")).unlink()


WAYS = [in_place, by_another_name, removed_first, with_a_backup]


@pytest.mark.parametrize("save", WAYS)
def test_a_saved_file_is_served(site, save):
    save(site, 'return "two"')
    shows(site, "two")
    save(site, 'return "three"')
    shows(site, "three")


def test_the_app_itself_is_watched(site):
    text = (site.folder / "app.lua").read_text()
    site.edit(text.replace("res:write(version)", 'res:write("new")'), "app.lua")
    shows(site, "new")


def test_a_broken_file_is_watched_until_it_is_mended(site):
    site.edit("return (")
    site.server.wait_for_log("the reload failed")
    assert "version.lua:1:" in site.server.log()
    assert site.body() == "one"
    site.edit('return "mended"')
    shows(site, "mended")


def test_a_module_that_is_missing_is_waited_for(site):
    site.edit('return require("parts.word")')
    site.server.wait_for_log("module 'parts.word' not found")
    (site.folder / "parts").mkdir()
    site.edit('return "found"', "parts/word.lua")
    shows(site, "found")
    shutil.rmtree(site.folder / "parts")
    site.server.wait_for_log("module 'parts.word' not found", 2)
    assert site.body() == "found"
    (site.folder / "parts").mkdir()
    (site.folder / "parts" / "word").mkdir()
    site.edit('return "found again"', "parts/word/init.lua")
    shows(site, "found again")


def test_a_module_that_would_be_found_first_is_waited_for(serve, tmp_path):
    site = watched(serve, tmp_path, 'package.path = package.path .. ";{}/?.lua"\n'
                   'local far = require("far")\n'
                   'app:get("/far", function(_, res) res:write(far) end)\n'
                   .format(tmp_path))
    (tmp_path / "far.lua").write_text('return "far"')
    site.start(tmp_path / "site")
    assert site.body("/far") == "far"
    site.edit('return "near"', "far.lua")
    shows(site, "near", "/far")


FILES = """
app:scripts("/s", "scripts")
local loaded = dofile("{0}/dofile.lua") .. assert(loadfile("{0}/loadfile.lua"))()
local asset = sluice.asset("deep/asset.txt")
app:get("/files", function(_, res)
  res:write(loaded, asset)
end)
app:get("/data", function(_, res)
  res:write(sluice.fs.read("data.txt"))
end)
"""


@pytest.fixture
def folders(serve, tmp_path, workers):
    folder = tmp_path / "site"
    (folder / "deep").mkdir(parents=True)
    (folder / "scripts").mkdir()
    site = watched(serve, tmp_path, FILES.format(folder), workers=workers)
    for name, text in {
        "dofile.lua": 'return "a"', "loadfile.lua": 'return "b"',
        "deep/asset.txt": "c", "data.txt": "data",
        "scripts/word.lua": 'return function(_, res) res:write("word") end',
    }.items():
        (folder / name).write_text(text)
    return site.start(folder)


def test_all_that_was_loaded_is_watched(folders):
    assert folders.body("/files") == "abc"
    in_place(folders, 'return "A"', "dofile.lua")
    shows(folders, "Abc", "/files")
    in_place(folders, 'return "B"', "loadfile.lua")
    shows(folders, "ABc", "/files")
    in_place(folders, "C", "deep/asset.txt")
    shows(folders, "ABC", "/files")
    (folders.folder / "deep").rename(folders.folder / "elsewhere")
    (folders.folder / "deep").mkdir()
    in_place(folders, "D", "deep/asset.txt")
    shows(folders, "ABD", "/files")


def test_a_folder_of_scripts_is_watched(folders):
    script = 'return function(_, res) res:write("{}") end'
    in_place(folders, script.format("new"), "scripts/new.lua")
    shows(folders, "new", "/s/new")
    (folders.folder / "scripts" / "more").mkdir()
    in_place(folders, script.format("deep"), "scripts/more/deep.lua")
    shows(folders, "deep", "/s/more/deep")
    os.rename(folders.folder / "scripts/new.lua", folders.folder / "scripts/newer.lua")
    shows(folders, "new", "/s/newer")
    assert folders.server.get("/s/new").status == 404
    shutil.rmtree(folders.folder / "scripts" / "more")
    wait_until(lambda: folders.server.get("/s/more/deep").status == 404)


def test_nothing_else_is_watched(folders):
    before = reloads(folders)
    in_place(folders, "other data", "data.txt")
    in_place(folders, "x", "new.txt")
    in_place(folders, "x", "scripts/.word.lua.swp")
    in_place(folders, "x", "scripts/word.lua~")
    os.utime(folders.folder / "version.lua")
    in_place(folders, 'return "one"')  # the same
    assert folders.body("/data") == "other data"
    in_place(folders, 'return "two"')
    shows(folders, "two")
    assert reloads(folders) == before + 1
    assert folders.server.log().count("has changed") == 2  # the line, and its outcome


def test_a_link_that_is_turned_is_a_change(serve, tmp_path, workers):
    """As a deployment does it, and what mounts configuration into containers."""
    site = watched(serve, tmp_path, workers=workers)
    for name in "one", "two":
        site.folder = tmp_path / name
        site.folder.mkdir()
    site.start(tmp_path / "one")
    site.server.stop()
    shutil.copy(tmp_path / "one" / "app.lua", tmp_path / "two" / "app.lua")
    in_place(site, 'return "turned"', "../two/version.lua")
    current = tmp_path / "current"
    current.symlink_to("one")
    site.server = serve(current / "app.lua", **site.options)
    assert site.body() == "one"
    other = tmp_path / "other"
    other.symlink_to("two")
    other.rename(current)
    shows(site, "turned")


def test_a_change_while_the_app_is_loaded_is_not_lost(serve, tmp_path, workers):
    """The app takes its time to start, and is edited meanwhile."""
    site = watched(serve, tmp_path, "app:on_start(function() sluice.sleep(100) end)\n",
                   workers=workers).start(tmp_path / "site")
    for n in range(10):
        in_place(site, f'return "{n}"')
        wait_until(lambda: f'{n}' in (site.folder / "version.lua").read_text())
    shows(site, "9")


def test_code_that_never_ends_can_be_mended_at_once(serve, tmp_path):
    site = watched(serve, tmp_path, watchdog="1h").start(tmp_path / "site")
    site.edit("while true do end")
    site.server.wait_for_log("has changed")
    site.edit('return "mended"')
    shows(site, "mended")


@pytest.mark.parametrize("broken", [
    pytest.param("os.exit(3)", marks=without_sanitizer), "while true do end"])
def test_what_ends_the_load_is_watched_as_far_as_it_was_read(serve, tmp_path, broken):
    site = watched(serve, tmp_path, watchdog="300ms").start(tmp_path / "site")
    site.edit(broken, "another.lua")
    site.edit('return require("another")')
    site.server.wait_for_log("the reload failed")
    site.edit('return "mended"', "another.lua")
    shows(site, "mended")


def test_an_app_that_does_not_start_any_more_is_watched(serve, tmp_path, workers):
    site = watched(serve, tmp_path, """
app:on_start(function()
  assert(version ~= "two", "not two")
end)
""", workers=workers).start(tmp_path / "site")
    site.edit('return "two"')
    site.server.wait_for_log("not two")
    site.edit('return "three"')
    shows(site, "three")


def test_a_worker_that_dies_after_a_broken_edit_has_the_last_good_one(serve, tmp_path):
    site = watched(serve, tmp_path).start(tmp_path / "site")
    site.edit('return "two"')
    shows(site, "two")
    wait_until(lambda: len(site.server.workers()) == 2)  # the probe has ended
    victims = site.server.workers()
    site.edit("return (")
    site.server.wait_for_log("the reload failed")
    for victim in victims:
        os.kill(victim, signal.SIGKILL)
    shows(site, "two")
    site.edit('return "three"')
    shows(site, "three")


def test_off_means_off(serve, tmp_path, workers):
    site = watched(serve, tmp_path, workers=workers, mode="off").start(tmp_path / "site")
    site.edit('return "two"')
    site.edit('return "three"')
    assert site.body() == "one"
    assert "three" not in site.reload()
    shows(site, "three")


def test_edits_under_load_lose_no_request(serve, tmp_path, workers):
    site = watched(serve, tmp_path, workers=workers).start(tmp_path / "site")
    seen, failed, done = set(), [], threading.Event()

    def load():
        try:
            with site.server.connect() as client:
                while not done.is_set():
                    client.request("GET", "/")
                    answer = client.response()
                    assert answer.status == 200
                    seen.add(answer.body.decode())
        except Exception as error:  # noqa: BLE001, whatever it is
            failed.append(error)

    threads = [threading.Thread(target=load) for _ in range(4)]
    with site.server.connect() as stream:
        stream.request("GET", "/events")
        see_event(stream, "one", first=True)
        for thread in threads:
            thread.start()
        for n in range(20):
            WAYS[n % len(WAYS)](site, f'return "v{n}"' if n % 3 else "return (")
            if n % 3:
                wait_until(lambda: f"v{n}" in seen or failed)
        done.set()
        for thread in threads:
            thread.join()
        see_event(stream, "one")
    assert not failed
    assert {f"v{n}" for n in range(20) if n % 3} < seen
