"""Programs that are built against what was installed, in the two ways that
builds have to find a library."""

import os
import shutil
import subprocess
from urllib.request import urlopen

import pytest
from conftest import PATIENCE_S, ROOT, run

from server import LISTENING, environment

PROGRAM = ROOT / "docs/examples/c/hello.c"
PROJECT = """
cmake_minimum_required(VERSION 3.16)
project(consumer LANGUAGES C)
find_package(sluice 0.1 REQUIRED)
add_executable(program program.c)
target_link_libraries(program sluice::@NAME@)
"""


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "consumer"
    path.mkdir()
    shutil.copy(PROGRAM, path / "program.c")
    return path


def check(program, needs_library, **env):
    """It serves, and is or is not linked with the shared library. Signals are
    the program's business: this one has no answer to them."""
    linked = "libsluice.so" in run("readelf", "--dynamic", program)
    assert linked == needs_library
    served = subprocess.Popen(
        [program, "127.0.0.1:0"], env=environment(env), text=True,
        stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        port = LISTENING.search(served.stderr.readline())[1]
        with urlopen(f"http://127.0.0.1:{port}/", timeout=PATIENCE_S) as answer:
            assert answer.read() == b"Hello, world!\n"
    finally:
        served.kill()
        served.communicate()


def flags(prefix, *options):
    env = {**os.environ, "PKG_CONFIG_PATH": str(prefix / "lib/pkgconfig")}
    return run("pkg-config", *options, "sluice", env=env).split()


def build_with_pkg_config(prefix, folder, name):
    program = folder / "program"
    if name == "sluice":
        libraries = flags(prefix, "--libs")
    else:
        # With both libraries in one place the linker prefers the shared one.
        libraries = ["-l:libsluice.a" if flag == "-lsluice" else flag
                     for flag in flags(prefix, "--libs", "--static")]
    run(os.environ.get("CC", "cc"), "-Wall", "-Werror", "-o", program,
        folder / "program.c", *flags(prefix, "--cflags"), *libraries)
    return program


def build_with_cmake(prefix, folder, name):
    (folder / "CMakeLists.txt").write_text(PROJECT.replace("@NAME@", name))
    run("cmake", "-G", "Ninja", "-S", folder, "-B", folder / "build",
        "-D", f"CMAKE_PREFIX_PATH={prefix}")
    run("cmake", "--build", folder / "build")
    return folder / "build/program"


@pytest.mark.parametrize("name", ["sluice", "sluice-static"])
@pytest.mark.parametrize("build", [build_with_pkg_config, build_with_cmake])
def test_a_program_is_built_and_runs(prefix, folder, build, name):
    program = build(prefix, folder, name)
    check(program, name == "sluice", LD_LIBRARY_PATH=str(prefix / "lib"))


@pytest.mark.parametrize("build", [build_with_pkg_config, build_with_cmake])
def test_the_prefix_can_be_moved(prefix, folder, tmp_path, build):
    moved = tmp_path / "somewhere else"
    if build == build_with_pkg_config:
        moved = tmp_path / "elsewhere"  # its flags are words
    shutil.move(prefix, moved)
    program = build(moved, folder, "sluice")
    check(program, True, LD_LIBRARY_PATH=str(moved / "lib"))


def test_a_version_that_is_not_there_is_refused(prefix, folder):
    (folder / "CMakeLists.txt").write_text(
        PROJECT.replace("@NAME@", "sluice").replace("0.1 REQUIRED", "0.2 REQUIRED"))
    with pytest.raises(AssertionError, match="requested version"):
        run("cmake", "-G", "Ninja", "-S", folder, "-B", folder / "build",
            "-D", f"CMAKE_PREFIX_PATH={prefix}")
