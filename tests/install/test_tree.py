"""`cmake --install`: what goes where, that it works there, and that it goes
away again."""

import os
import re
import shutil
import subprocess

import pytest
from conftest import PATIENCE_S, ROOT, files, install, run, uninstall

import server

WHOLE = {
    "bin/sluice",
    "include/sluice/sluice.h",
    "lib/libsluice.a",
    "lib/libsluice.so",
    "lib/cmake/sluice/sluice-config.cmake",
    "lib/pkgconfig/sluice.pc",
    "lib/systemd/system/sluice.service",
    "share/bash-completion/completions/sluice",
    "share/doc/sluice/examples/app.lua",
    "share/man/man1/sluice.1",
    "share/man/man5/sluice.conf.5",
    "share/sluice/lua/sluice/init.lua",
}


def test_everything_is_there(prefix):
    assert WHOLE - set(files(prefix)) == set()


def test_every_public_header_is_there(prefix):
    there = {path.name for path in (prefix / "include/sluice").iterdir()}
    assert there == {path.name for path in (ROOT / "include/sluice").iterdir()}


def test_nothing_names_the_folder_of_the_build(prefix):
    """Binaries apart, whose debugging information may."""
    for name in files(prefix):
        if name.startswith(("bin/", "lib/libsluice")):
            continue
        assert str(ROOT) not in (prefix / name).read_text(), name


def test_the_installed_binary_serves_the_installed_examples(
        prefix, tmp_path, monkeypatch):
    monkeypatch.setattr(server, "BINARY", str(prefix / "bin/sluice"))
    examples = prefix / "share/doc/sluice/examples"
    before = files(prefix)
    folder = tmp_path / "server"
    folder.mkdir()
    started = server.Server(examples / "app.lua", folder)
    assert started.get("/").status == 200
    assert started.get("/hello").body == b"Hello!\n"
    assert started.get("/source/clock.lua").body == (
        ROOT / "lua/examples/clock.lua").read_bytes()
    started.stop()
    assert files(prefix) == before


def test_the_installed_library_is_the_one_in_the_binary(prefix):
    """`lua_dir` takes it."""
    run(prefix / "bin/sluice", "check", ROOT / "lua/examples/app.lua",
        "--lua-dir", prefix / "share/sluice/lua",
        env=server.environment())


def test_the_unit_names_the_installed_binary(prefix):
    unit = (prefix / "lib/systemd/system/sluice.service").read_text()
    binary = re.search(r"^ExecStart=(\S+) serve ", unit, re.MULTILINE)[1]
    assert binary == str(prefix / "bin/sluice")
    assert "@" not in unit.replace("@system-service", "")


@pytest.mark.parametrize("where", ["/usr", "/usr/local", "/opt/sluice"])
def test_a_package_is_staged_with_destdir(tmp_path, where):
    env = {**os.environ, "DESTDIR": str(tmp_path)}
    install(where, env=env)
    staged = files(tmp_path)
    assert f"{where[1:]}/bin/sluice" in staged
    assert all(name.startswith(f"{where[1:]}/") for name in staged)
    unit = tmp_path / where[1:] / "lib/systemd/system/sluice.service"
    assert f"ExecStart={where}/bin/sluice " in unit.read_text()
    assert "\nExecReload=/bin/kill -HUP $MAINPID\n" in unit.read_text()
    uninstall(env=env)
    assert files(tmp_path) == []


# --- Uninstall ------------------------------------------------------------------


def test_uninstall_leaves_nothing(prefix):
    uninstall()
    assert list(prefix.iterdir()) == []


def test_uninstall_leaves_what_others_have_put_there(prefix):
    others = [prefix / "bin/other", prefix / "share/man/man1/.hidden"]
    for other in others:
        other.write_text("")
    uninstall()
    assert files(prefix) == ["bin/other", "share/man/man1/.hidden"]


def test_uninstall_goes_on_where_a_file_is_gone(prefix):
    (prefix / "bin/sluice").unlink()
    uninstall()
    assert list(prefix.iterdir()) == []


def test_a_second_uninstall_says_that_there_is_nothing(prefix):
    uninstall()
    with pytest.raises(AssertionError, match="Nothing was installed"):
        uninstall()


# --- systemd --------------------------------------------------------------------

needs_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="no systemd-analyze")


def faults_of(unit):
    """What systemd says of this unit; the machine's own may have faults."""
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(unit)],
        capture_output=True, text=True, timeout=PATIENCE_S)
    return [line for line in (done.stdout + done.stderr).splitlines()
            if "sluice." in line]


@needs_systemd
def test_systemd_finds_no_fault_with_the_unit(prefix):
    assert faults_of(prefix / "lib/systemd/system/sluice.service") == []


@needs_systemd
def test_systemd_finds_no_fault_with_the_socket_of_the_page(prefix, tmp_path):
    page = (ROOT / "docs/installing.md").read_text()
    text = re.search(r"^```ini\n# \S+/sluice\.socket\n(.*?)^```", page, re.M | re.S)[1]
    socket = tmp_path / "sluice.socket"
    socket.write_text(text)
    shutil.copy(prefix / "lib/systemd/system/sluice.service", tmp_path)
    assert faults_of(socket) == []


@needs_systemd
def test_the_unit_is_well_confined(prefix):
    """systemd's own measure: 0 is locked up, 10 is free; a plain service has
    more than 9."""
    unit = prefix / "lib/systemd/system/sluice.service"
    report = run("systemd-analyze", "security", "--offline=true", "--no-pager",
                 unit)
    level = float(re.search(r"exposure level .*: ([\d.]+)", report)[1])
    assert level < 2.0, report
