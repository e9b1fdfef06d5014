"""Fixtures: a server with an app that was written for the test."""

import pytest

from server import Server


@pytest.fixture
def serve(tmp_path):
    """serve(app, ...): starts a server of its own for this test.

    `app` is the name of a file in apps/ or the text of an app. What it starts
    is stopped afterwards, and has to end well.
    """
    servers = []

    def start(app, **options):
        folder = tmp_path / f"server{len(servers)}"
        folder.mkdir()
        servers.append(Server(app, folder, **options))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


@pytest.fixture(scope="module")
def server(request, tmp_path_factory):
    """The server that all tests of a file share: its app is named APP in it,
    its settings, if any, SETTINGS."""
    shared = Server(
        request.module.APP,
        tmp_path_factory.mktemp("server"),
        settings=getattr(request.module, "SETTINGS", None),
    )
    yield shared
    shared.stop()


@pytest.fixture
def client(server):
    with server.connect() as connection:
        yield connection
