"""sluice test: specs of an app, which busted runs without a port."""

import re
import subprocess
import time

import pytest

from server import BINARY, PATIENCE_S, ROOT, command, environment

SPECS = sorted((ROOT / "tests/testing").glob("*_spec.lua"))
APP = """
local sluice = require("sluice")
local app = sluice.new()
app:get("/", function(_, res)
  res:write("Hello\\n")
end)
return app
"""
SPEC = """
local t = require("sluice.test")
describe("the app", function()
  local app = t.app("app.lua")
  it("greets", function()
    assert.are.equal("%s\\n", app:get("/").body)
  end)
  it("is found", function()
    assert.are.equal(200, app:get("/").status)
  end)
end)
"""


@pytest.fixture
def folder(tmp_path):
    """An app with a spec that passes."""
    (tmp_path / "app.lua").write_text(APP)
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests/app_spec.lua").write_text(SPEC % "Hello")
    return tmp_path


def test_there_are_specs():
    assert len(SPECS) >= 5


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.stem)
def test_the_library_of_specs_does_what_its_own_specs_say(spec):
    done = command("test", spec.relative_to(ROOT), cwd=ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"^[1-9]\d* success(es)? / 0 failures / 0 errors / 0 pending",
                     done.stdout, re.MULTILINE)
    assert done.stderr == ""


def test_the_specs_of_the_folder_tests_are_run(folder):
    done = command("test", cwd=folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert "2 successes / 0 failures" in done.stdout


def test_a_spec_that_fails_is_an_exit_code(folder):
    (folder / "tests/app_spec.lua").write_text(SPEC % "Good bye")
    done = command("test", cwd=folder)
    assert done.returncode == 1
    assert "1 success / 1 failure" in done.stdout
    assert "tests/app_spec.lua @ 5" in done.stdout


def test_files_can_be_named(folder):
    (folder / "other_spec.lua").write_text("it('fails', function() error('other') end)")
    assert command("test", "tests/app_spec.lua", cwd=folder).returncode == 0
    done = command("test", "other_spec.lua", "tests", cwd=folder)
    assert done.returncode == 1
    assert "2 successes / 0 failures / 1 error" in done.stdout


def test_busted_gets_what_is_behind_two_dashes(folder):
    done = command("test", "--", "--output=TAP", "--filter", "greets", cwd=folder)
    assert done.returncode == 0
    assert "ok 1 - the app greets\n1..1" in done.stdout
    done = command("test", "--", "--no-such-option", cwd=folder)
    assert done.returncode == 1
    assert "--no-such-option" in done.stderr


def test_settings_are_those_of_the_server(folder):
    (folder / "tests/app_spec.lua").write_text("""
        local t = require("sluice.test")
        it("is limited", function()
          local app = t.app("app.lua")
          assert.are.equal(414, app:get("/" .. ("x"):rep(200)).status)
        end)
    """)
    assert command("test", cwd=folder).returncode == 1
    done = command("test", "--request-line", "100", cwd=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    (folder / "sluice.conf").write_text('request_line = "100"\n')
    assert command("test", "--config", "sluice.conf", cwd=folder).returncode == 0


def test_a_wrong_setting_is_wrong_usage(folder):
    done = command("test", "--no-such-setting", "1", cwd=folder)
    assert done.returncode == 2
    assert "no_such_setting" in done.stderr


def test_specs_that_are_not_there_are_said_to_be_missing(tmp_path):
    done = command("test", cwd=tmp_path)
    assert done.returncode == 2
    assert "there are no specs" in done.stderr


def test_without_busted_it_is_said_how_to_install_it(folder):
    (folder / "busted").mkdir()
    (folder / "busted/runner.lua").write_text("error('broken on purpose')")
    done = command("test", cwd=folder)
    assert done.returncode == 2
    assert re.search(r"Install it: (apt|apk|luarocks) .*busted", done.stderr)
    assert "broken on purpose" in done.stderr


def test_os_exit_in_a_spec_fails_it_and_ends_nothing(folder):
    (folder / "tests/exit_spec.lua").write_text("it('leaves', function() os.exit(0) end)")
    done = command("test", cwd=folder)
    assert done.returncode == 1
    assert "2 successes / 0 failures / 1 error" in done.stdout


def test_an_app_that_fails_to_stop_fails_the_run(folder):
    text = APP.replace("return app", "app:on_stop(function() error('stuck') end)\nreturn app")
    (folder / "app.lua").write_text(text)
    done = command("test", cwd=folder)
    assert done.returncode == 1
    assert "the app does not stop: " in done.stderr
    assert "stuck" in done.stderr


def test_the_module_is_for_specs(serve):
    done = command("check", ROOT / "tests/testing/requests_spec.lua")
    assert done.returncode == 1
    assert "sluice.test is for specs" in done.stderr


def await_text(path, pattern):
    """What was printed, once it has that text."""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        text = path.read_text()
        if re.search(pattern, text, re.DOTALL):
            return text
        time.sleep(0.05)
    raise AssertionError(path.read_text())


def test_a_change_runs_the_specs_again(folder, tmp_path_factory):
    printed = tmp_path_factory.mktemp("watch") / "out"
    with printed.open("w") as out, subprocess.Popen(
            [BINARY, "test", "--watch", "--", "--output=TAP"], cwd=folder, stdout=out,
            stderr=subprocess.STDOUT, env=environment()) as watching:
        try:
            await_text(printed, "ok 1 - the app greets.*watching:")
            (folder / "app.lua").write_text(APP.replace("Hello", "Good bye"))
            await_text(printed, "watching:.*not ok 1 - the app greets.*watching:")
            (folder / "tests/app_spec.lua").write_text(SPEC % "Good bye")
            text = await_text(printed, "not ok 1.*watching:.*\nok 1 - .*watching:")
            assert text.count("watching:") == 3
        finally:
            watching.terminate()
        assert watching.wait(PATIENCE_S) == -15


def test_wrong_usage_is_watched_by_nobody(tmp_path):
    done = command("test", "--watch", cwd=tmp_path)
    assert (done.returncode, "there are no specs" in done.stderr) == (2, True)


def test_other_commands_take_nothing_of_it(folder):
    done = command("check", "app.lua", "other.lua", cwd=folder)
    assert (done.returncode, "one app is enough: app.lua, and then other.lua" in done.stderr) \
        == (2, True)
    done = command("check", "app.lua", "--", "x", cwd=folder)
    assert (done.returncode, 'nothing behind "--"' in done.stderr) == (2, True)


def test_the_examples_of_the_reference_are_true(tmp_path):
    blocks = [(page.stem, n, code) for page in sorted((ROOT / "docs/reference").glob("test*.md"))
              for n, code in enumerate(re.findall(r"^```lua\n(.*?)^```\n", page.read_text(),
                                                  re.MULTILINE | re.DOTALL))
              if "describe(" not in code]
    assert len(blocks) >= 30
    bodies = [f"it('{page} {n}', function()\n{code}\nend)\n" for page, n, code in blocks]
    (tmp_path / "fixtures").mkdir()
    (tmp_path / "fixtures/note.txt").write_text("a fixture\n")
    spec = tmp_path / "reference_spec.lua"
    spec.write_text("local t = require('sluice.test')\nlocal app\nbefore_each(function()\n"
                    "app = t.app('app.lua')\nend)\n" + "".join(bodies))
    done = command("test", spec, cwd=ROOT / "tests/testing")
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(blocks)} successes / 0 failures" in done.stdout


def guide():
    """The app of the guide, and its specs."""
    text = (ROOT / "docs/guide/testing.md").read_text()
    return [re.findall(rf"^```{language}\n(.*?)^```\n", text, re.MULTILINE | re.DOTALL)
            for language in ("lua", "spec")]


def test_the_specs_of_the_guide_pass(folder):
    (app,), specs = guide()
    (folder / "app.lua").write_text(app)
    assert len(specs) == 2
    for spec in specs:
        (folder / "tests/app_spec.lua").write_text(spec)
        done = command("test", cwd=folder)
        assert (done.returncode, done.stderr) == (0, ""), done.stdout
