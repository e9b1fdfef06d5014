"""Fixtures: containers that go away with their test."""

import pytest

from engine import IMAGES, Container


@pytest.fixture(params=IMAGES)
def image(request):
    return request.param


@pytest.fixture
def run():
    """run(image, ...): a container, which listens."""
    containers = []

    def start(image="sluice:minimal", **options):
        containers.append(Container(image, **options))
        return containers[-1].ready()

    yield start
    for container in containers:
        container.__exit__()


@pytest.fixture
def site(tmp_path):
    """site(name=text, ...): a folder that anybody may read."""
    folder = tmp_path / "site"
    folder.mkdir()
    for above in (folder, *folder.parents[:3]):
        if above.stat().st_uid == folder.stat().st_uid:
            above.chmod(0o755)

    def write(files):
        for name, text in files.items():
            (folder / name).write_text(text)
        return folder

    return write
