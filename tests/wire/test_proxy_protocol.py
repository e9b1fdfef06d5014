"""Behind a balancer that says with the PROXY protocol whose connection it is."""

import shutil
import signal
import socket
import struct
import subprocess
import sys
import time

import pytest

from client import Client
from processes import until
from server import BINARY, PATIENCE_S, Server, environment, free_port
from test_admin import Admin
from test_inherited import ACTIVATE

HAPROXY = shutil.which("haproxy") or shutil.which("haproxy", path="/usr/sbin")
APP = """
local sluice = require("sluice")
local app = sluice.new()
app:get("/who", function(req, res)
  res:write(req.peer, " ", req.local_address, " ", req.scheme)
end)
return app
"""
LISTEN = "127.0.0.1:0 proxy"
SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"
REQUEST = b"GET /who HTTP/1.1\r\nHost: t\r\n\r\n"


def binary(client, called, client_port=56324, port=443, command=0x21, rest=b""):
    """A header of version 2, with `rest` behind the addresses."""
    family = socket.AF_INET6 if ":" in client else socket.AF_INET
    data = socket.inet_pton(family, client) + socket.inet_pton(family, called)
    data += struct.pack("!HH", client_port, port) + rest
    kind = 0x21 if family == socket.AF_INET6 else 0x11
    return SIGNATURE + struct.pack("!BBH", command, kind, len(data)) + data


V1 = b"PROXY TCP4 192.0.2.1 203.0.113.7 56324 443\r\n"
GOOD = {
    "v1": (V1, "192.0.2.1:56324 203.0.113.7:443"),
    "v1 of IPv6": (b"PROXY TCP6 2001:db8::1 2001:db8::2 1 2\r\n",
                   "[2001:db8::1]:1 [2001:db8::2]:2"),
    "v2": (binary("192.0.2.1", "203.0.113.7"), "192.0.2.1:56324 203.0.113.7:443"),
    "v2 of IPv6": (binary("2001:db8::1", "2001:db8::2"),
                   "[2001:db8::1]:56324 [2001:db8::2]:443"),
    "v2 with more behind it": (binary("192.0.2.1", "203.0.113.7", rest=b"\x04" * 65000),
                               "192.0.2.1:56324 203.0.113.7:443"),
}
OWN = {
    "v1 unknown": b"PROXY UNKNOWN\r\n",
    "v2 local": SIGNATURE + b"\x20\0\0\0",
    "v2 local with addresses": binary("192.0.2.1", "203.0.113.7", command=0x20),
    "v2 of a unix socket": SIGNATURE + b"\x21\x31\0\xd8" + bytes(216),
}
BAD = {
    "none": REQUEST,
    "v1 malformed": b"PROXY TCP4 192.0.2.1\r\n" + REQUEST,
    "v1 without an end": b"PROXY UNKNOWN " + b"x" * 200,
    "v2 of another version": SIGNATURE + b"\x31\x11\0\x0c" + bytes(12),
    "v2 too short": SIGNATURE + b"\x21\x11\0\x0b" + bytes(11),
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
}


@pytest.fixture(scope="module", params=[0, 2])
def server(request, tmp_path_factory):
    shared = Server(APP, tmp_path_factory.mktemp("server"), listen=LISTEN, settings={
        "workers": request.param, "access_log": "-", "admin": "127.0.0.1:0"})
    yield shared
    shared.stop()


@pytest.mark.parametrize("name", GOOD)
def test_the_client_is_who_the_balancer_says(server, name):
    header, expected = GOOD[name]
    with server.connect() as client:
        client.send(header + REQUEST)
        assert client.response().body.decode() == expected + " http"
        client.send(REQUEST)  # and stays so
        assert client.response().body.decode() == expected + " http"
    host = expected.split()[0].rpartition(":")[0].strip("[]")
    server.wait_for_log(f"{host} - - [", 2)


@pytest.mark.parametrize("name", ["v1", "v2", "v2 of IPv6"])
def test_a_header_may_arrive_byte_by_byte(server, name):
    header, expected = GOOD[name]
    with server.connect() as client:
        client.send_bytewise(header + REQUEST)
        assert client.response().body.decode() == expected + " http"


def test_a_header_may_come_long_before_the_request(server):
    header, expected = GOOD["v2"]
    with server.connect() as client:
        client.send(header)
        with server.connect() as other:
            other.send(header + REQUEST)
            assert other.response().status == 200
        client.send(REQUEST)
        assert client.response().body.decode() == expected + " http"


@pytest.mark.parametrize("name", OWN)
def test_what_names_nobody_leaves_the_address_of_the_socket(server, name):
    with server.connect() as client:
        host, port = client.socket.getsockname()
        client.send(OWN[name] + REQUEST)
        answer = client.response().body.decode()
    assert answer == f"{host}:{port} 127.0.0.1:{server.port} http"


def refused(server):
    return Admin(server).number('sluice_refusals_total{limit="proxy"}')


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_header_ends_the_connection(server, name):
    before = refused(server)
    with server.connect() as client:
        client.send(BAD[name])
        assert client.receive() == b""
    until(lambda: refused(server) == before + 1)
    assert "a connection from 127.0.0.1:" in server.log()
    assert "does not begin with a PROXY header" in server.log()


def test_a_header_that_breaks_off_is_counted(server):
    before = refused(server)
    with server.connect() as client:
        client.send(V1[:20])
        client.finish_sending()
        assert client.receive() == b""
    until(lambda: refused(server) == before + 1)


def test_who_only_looks_whether_somebody_listens_is_no_news(server):
    before = refused(server)
    with server.connect() as client:
        client.finish_sending()
        assert client.receive() == b""
    assert refused(server) == before


def test_the_request_comes_within_the_time_for_a_head(serve):
    server = serve(APP, listen=LISTEN, settings={
        "header_timeout": "100ms", "admin": "127.0.0.1:0"})
    for sent in (b"", V1[:9]):
        with server.connect() as client:
            client.send(sent)
            assert client.receive() == b""
    server.wait_for_log("PROXY header took too long")
    until(lambda: refused(server) == 2)


@pytest.mark.parametrize("sources, counts", [
    ("10.0.0.0/8", False), ("unix", False), ("10.0.0.0/8,127.0.0.1", True)])
def test_only_some_are_believed(serve, sources, counts):
    """The others have to send it all the same: it is never guessed."""
    server = serve(APP, listen=LISTEN, settings={"proxy_sources": sources})
    with server.connect() as client:
        client.send(V1 + REQUEST)
        peer = client.response().body.decode().split(":")[0]
    assert peer == ("192.0.2.1" if counts else "127.0.0.1")
    with server.connect() as client:
        client.send(REQUEST)
        assert client.receive() == b""


def test_sources_are_networks(serve):
    with pytest.raises(AssertionError, match="proxy_sources cannot have"):
        serve(APP, settings={"proxy_sources": "10.0.0.1/8"})


def test_a_proxy_behind_the_balancer_is_trusted_by_its_address(serve):
    server = serve(APP, listen=LISTEN, settings={"trusted_proxies": "192.0.2.0/24"})
    forwarded = REQUEST[:-2] + b"X-Forwarded-For: 198.51.100.9\r\n\r\n"
    with server.connect() as client:
        client.send(V1 + forwarded)
        assert client.response().body.startswith(b"198.51.100.9 ")
    with server.connect() as client:
        client.send(V1.replace(b"192.0.2.1", b"192.0.3.1") + forwarded)
        assert client.response().body.startswith(b"192.0.3.1:")


def test_clients_are_counted_and_not_the_balancer(serve):
    server = serve(APP, listen=LISTEN, settings={"max_per_client": 1})
    other = V1.replace(b"192.0.2.1", b"192.0.2.2")
    with server.connect() as one, server.connect() as two:
        for client, header in ((one, V1), (two, other)):
            client.send(header + REQUEST)
            assert client.response().status == 200
        with server.connect() as three:
            three.send(V1 + REQUEST)
            assert three.response().status == 503
            assert three.ends()


def test_a_unix_socket_can_have_it(serve, tmp_path):
    server = serve(APP, listen=f"unix:{tmp_path}/socket proxy")
    with server.connect() as client:
        client.send(V1 + REQUEST)
        assert client.response().body.startswith(b"192.0.2.1:")


def test_other_addresses_of_the_server_do_not_have_it(serve):
    server = serve(APP, listen=f"127.0.0.1:0,127.0.0.1:{free_port()} proxy",
                   settings={"workers": 1})
    assert server.get("/who").status == 200
    with server.connect() as client:
        client.send(V1 + REQUEST)
        assert client.response().status == 501  # a method of that name


def test_the_admin_listener_does_not_have_it(serve):
    with pytest.raises(AssertionError, match="does not speak the PROXY protocol"):
        serve(APP, settings={"admin": "127.0.0.1:0 proxy"})


def test_another_life_of_the_server_keeps_it(serve):
    server = serve(APP, listen=LISTEN, settings={"workers": 1})
    before = server.workers()
    server.signal(signal.SIGUSR2)
    until(lambda: server.workers() and not set(before) & set(server.workers()))
    with server.connect() as client:
        client.send(V1 + REQUEST)
        assert client.response().body.startswith(b"192.0.2.1:")


@pytest.mark.parametrize("workers", [0, 2])
def test_an_inherited_socket_has_it_when_its_address_does(tmp_path, workers):
    script = tmp_path / "app.lua"
    script.write_text(APP)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        fd = listener.fileno()
        address = listener.getsockname()
        process = subprocess.Popen(
            [sys.executable, "-c", ACTIVATE, str(fd), BINARY, "serve", script,
             "--listen", f"127.0.0.1:{address[1]} proxy", "--workers", str(workers)],
            env=environment(), pass_fds=[fd])
        with Client(address) as client:
            client.send(V1 + REQUEST)
            assert client.response().body.startswith(b"192.0.2.1:")
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=PATIENCE_S) == 0


HAPROXY_SETTINGS = """
defaults
  mode {mode}
  timeout connect 10s
  timeout client 60s
  timeout server 60s
listen front
  bind 127.0.0.1:{port}
  server sluice 127.0.0.1:{upstream} {option} check {check}
"""


@pytest.mark.skipif(not HAPROXY, reason="HAProxy is not installed")
@pytest.mark.parametrize("option", ["send-proxy", "send-proxy-v2"])
@pytest.mark.parametrize("mode", ["tcp", "http"])
def test_haproxy_says_who_asks(serve, tmp_path, mode, option):
    server = serve(APP, listen=LISTEN)
    port = free_port()
    file = tmp_path / "haproxy.cfg"
    file.write_text(HAPROXY_SETTINGS.format(
        mode=mode, port=port, upstream=server.port, option=option,
        check="check-send-proxy"))
    haproxy = subprocess.Popen([HAPROXY, "-db", "-f", file], stdin=subprocess.DEVNULL)
    try:
        wait_until_it_listens(haproxy, port)
        with Client(("127.0.0.1", port)) as client:
            host, own = client.socket.getsockname()
            assert client.get("/who").body.decode() == f"{host}:{own} 127.0.0.1:{port} http"
    finally:
        haproxy.terminate()
        haproxy.wait(timeout=PATIENCE_S)
    assert "PROXY header" not in server.log()


def wait_until_it_listens(process, port):
    deadline = time.monotonic() + PATIENCE_S
    while process.poll() is None and time.monotonic() < deadline:
        try:
            Client(("127.0.0.1", port)).socket.close()
            return
        except ConnectionRefusedError:
            time.sleep(0.01)
    raise AssertionError("HAProxy does not listen")
