"""What is in the images, and what is not."""

import json
import tarfile

import pytest

from engine import ROOT, engine

LEFT_BY_APT = """
for folder in /var/lib/apt/lists /var/cache/apt /var/log /tmp; do
    find $folder -mindepth 1
done
"""


def test_the_configuration_is_that_of_a_service(image):
    found = json.loads(engine("image", "inspect", image).stdout)[0]
    config = found["Config"]
    assert config["User"] == "65534:65534"
    assert config["Entrypoint"] == ["/usr/bin/sluice"]
    assert config["Cmd"] == ["serve", "/app"]
    assert config["StopSignal"] in ("SIGTERM", "15")
    check = config.get("Healthcheck") or found["Healthcheck"]
    assert check["Test"] == ["CMD", "/usr/bin/sluice", "health"]
    labels = {name.rpartition(".")[2] for name in config["Labels"]
              if name.startswith("org.opencontainers.image.")}
    assert {"title", "description", "licenses", "version", "revision"} <= labels
    assert config["Labels"]["org.opencontainers.image.version"][0].isdigit()


def test_they_differ_in_size_and_in_nothing_else():
    runtime, minimal = (json.loads(engine("image", "inspect", image).stdout)[0]
                        for image in ("sluice:runtime", "sluice:minimal"))
    assert minimal["Size"] < 10e6 < runtime["Size"] < 100e6
    for setting in ("User", "Entrypoint", "Cmd", "WorkingDir", "ExposedPorts", "Labels"):
        assert minimal["Config"][setting] == runtime["Config"][setting], setting
    environment = [{line for line in found["Config"]["Env"] if line.startswith("SLUICE")}
                   for found in (runtime, minimal)]
    assert environment[0] == environment[1]


def test_both_are_of_the_same_server():
    said = {engine("run", "--rm", "--no-healthcheck", image, "version").stdout
            for image in ("sluice:runtime", "sluice:minimal")}
    assert len(said) == 1
    assert said.pop().startswith("sluice ")


def shell(script):
    done = engine("run", "--rm", "--no-healthcheck", "--entrypoint", "/bin/sh", "sluice:runtime", "-c", script)
    return done.stdout.split()


def test_nothing_is_left_of_its_making():
    assert shell(LEFT_BY_APT) == []


def test_the_larger_one_has_a_licence_for_all_that_is_in_it():
    missing = shell("for p in $(dpkg-query -Wf '${Package} '); do "
                    "test -e /usr/share/doc/$p/copyright || echo $p; done")
    assert missing == []


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """The names in the minimal image, each with its mode."""
    name = "sluice-test-files"
    engine("create", "--name", name, "sluice:minimal")
    archive = tmp_path_factory.mktemp("image") / "files.tar"
    try:
        engine("export", "--output", archive, name)
    finally:
        engine("rm", name)
    with tarfile.open(archive) as tar:
        return {"/" + member.name.lstrip("./"): member.mode for member in tar}


def test_the_smaller_one_has_no_other_program(files):
    folders = ("/bin/", "/sbin/", "/usr/bin/", "/usr/sbin/", "/usr/local/")
    assert [name for name in files if name.startswith(folders)] == ["/usr/bin/sluice"]
    assert [name for name, mode in files.items() if mode & 0o6000] == []


def test_the_smaller_one_has_a_licence_for_all_that_is_in_it(files):
    status = "/var/lib/dpkg/status.d/"
    packages = {name.removeprefix(status) for name in files if name.startswith(status)} - {""}
    assert {"sluice", "libc6", "libuv1t64", "tzdata", "ca-certificates"} <= packages
    for package in packages:
        assert f"/usr/share/doc/{package}/copyright" in files, package
    libraries = [name for name in files if ".so" in name]
    assert 8 <= len(libraries) <= 16, libraries


def test_only_what_the_image_is_made_of_goes_to_its_build():
    kept = {line[1:] for line in (ROOT / ".containerignore").read_text().splitlines()
            if line.startswith("!")}
    assert all((ROOT / name).exists() for name in kept)
    assert not kept & {"tests", "build", ".git", ".cache"}
