"""What `sluice new` makes is built upon our image, as its Containerfile says."""

import re
import uuid

import pytest

from engine import engine


@pytest.fixture
def project(tmp_path):
    """The folder of a new project, made by the server in the image."""
    tmp_path.chmod(0o777)
    engine("run", "--rm", "--no-healthcheck", f"--volume={tmp_path}:/made", "--workdir=/made",
           "sluice:runtime", "new", "tea-shop")
    return tmp_path / "tea-shop"


@pytest.fixture
def built(project):
    name = f"sluice-test-{uuid.uuid4().hex[:12]}"
    text = (project / "Containerfile").read_text()
    (command,) = re.findall(r"^# podman build -t tea-shop (.*)$", text, re.MULTILINE)
    assert command == "."
    engine("build", "--file", project / "Containerfile", "--tag", name, project)
    yield name
    engine("rmi", "--force", name)


def test_the_image_of_a_new_project_serves_it(run, built):
    container = run(built)
    assert "<title>tea-shop</title>" in container.body()
    assert container.get("/api/hello/you").status == 200


def test_only_what_it_needs_is_in_it(run, built):
    container = run(built)
    archive = engine("cp", f"{container.name}:/app", "-").stdout
    names = set(re.findall(r"app/([\w./\[\]-]+)\0", archive))
    assert {"app.lua", "sluice.conf", "pages/start.html"} <= names
    assert not any(name.startswith(("tests", "Containerfile", "README")) for name in names)
