"""Who the client is: what a proxy says counts when it is trusted, and only then."""

import pytest

from server import command

APP = """
local sluice = require("sluice")
local app = sluice.new()
app:get("/who", function(req, res)
  res:write(req.peer, " ", req.scheme, " ", req.host)
end)
return app
"""
SAYS = [("X-Forwarded-For", "6.6.6.6, 203.0.113.7"), ("X-Forwarded-Proto", "https"),
        ("X-Forwarded-Host", "www.example.org")]


def who(server, headers):
    with server.connect() as client:
        return client.get("/who", headers).body.decode()


@pytest.mark.parametrize("trusted", [None, "10.0.0.0/8", "::1", "unix"])
def test_nobody_else_is_believed(serve, trusted):
    server = serve(APP, settings={"trusted_proxies": trusted} if trusted else None)
    peer, scheme, host = who(server, SAYS).split()
    assert peer.startswith("127.0.0.1:")
    assert (scheme, host) == ("http", "test.example")


@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize("trusted", ["127.0.0.1", "10.0.0.0/8,127.0.0.0/8"])
def test_a_trusted_proxy_speaks_for_its_client(serve, trusted, workers):
    server = serve(APP, settings={
        "trusted_proxies": trusted, "access_log": "-", "workers": workers})
    assert who(server, SAYS) == "203.0.113.7 https www.example.org"
    server.wait_for_log('203.0.113.7 - - [')
    said = [("Forwarded", 'for="[2001:db8::1]:5";proto=https;host=h')]
    assert who(server, said + SAYS) == "2001:db8::1 https h"
    server.wait_for_log('2001:db8::1 - - [')
    assert who(server, [("X-Forwarded-For", "nonsense")]).startswith("127.0.0.1:")


def test_a_unix_socket_can_be_trusted(serve, tmp_path):
    where = f"unix:{tmp_path}/socket"
    server = serve(APP, listen=where, settings={"trusted_proxies": "unix"})
    assert who(server, SAYS) == "203.0.113.7 https www.example.org"


@pytest.mark.parametrize("value", ["localhost", "10.0.0.1/8", "10.0.0.0/33"])
def test_what_is_no_network_stops_the_start(tmp_path, value):
    path = tmp_path / "app.lua"
    path.write_text(APP)
    run = command("check", path, "--set", f"trusted_proxies={value}")
    assert run.returncode == 2
    assert value in run.stderr and "unix" in run.stderr


# --- Connections per client --------------------------------------------------------


def test_a_client_has_no_more_connections_than_it_may(serve):
    server = serve(APP, settings={"max_per_client": 2})
    with server.connect() as one:
        with server.connect() as two:
            assert one.get("/who").status == two.get("/who").status == 200
            with server.connect() as three:
                answer = three.response()
                assert answer.status == 503
                assert answer.headers.get("retry-after") == "1"
                assert three.ends()
            assert one.get("/who").status == 200
            two.finish_sending()
            assert two.ends()
        with server.connect() as again:
            assert again.get("/who").status == 200


def test_a_trusted_proxy_may_have_any_number(serve):
    server = serve(APP, settings={
        "max_per_client": 1, "trusted_proxies": "127.0.0.1"})
    with server.connect() as one, server.connect() as two:
        assert one.get("/who").status == two.get("/who").status == 200
