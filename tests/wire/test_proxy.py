"""Behind nginx and HAProxy, with the settings that the pages have for them."""

import contextlib
import json
import os
import re
import shutil
import subprocess
import time

import pytest

from client import Client
from haproxy import HAPROXY, Proxy
from server import PATIENCE_S, ROOT, Server, free_port

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")

APP = """
local sluice = require("sluice")
local app = sluice.new()
local go = sluice.semaphore()

app:get("/hello", function(req, res)
  res:json({ host = req.host, peer = req:header("x-forwarded-for"), from = req.peer })
end)

app:get("/go", function(_, res)
  go:post()
  res:status(204)
end)

-- What is written before anybody says "go" has to be there by then.
app:get("/stream", function(_, res)
  res:write("first,")
  go:wait()
  res:write("second")
end)

app:get("/events", function(_, res)
  local stream = res:sse()
  stream:event({ data = "first" })
  go:wait()
  stream:event({ data = "second" })
end)

app:post("/upload", function(req, res)
  local bytes = 0
  for piece in req:chunks() do
    bytes = bytes + #piece
    sluice.log.info("arrived", { bytes = bytes })
  end
  res:write(bytes)
end)

app:get("/leaves", function(req, res)
  req:on_abort(function()
    sluice.log.info("the client left")
  end)
  res:write("here")
  sluice.sleep(1e6)
end)

return app
"""

# Around the page's text: where it may write, and as whom.
CONFIGURATION = """
{user}
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
{page}
}}
"""


def settings_of_the_guide(upstream, port):
    """The block of the page; only addresses are others, and there is no TLS."""
    page = (ROOT / "docs" / "guide" / "9-production.md").read_text()
    (text,) = re.findall(r"^```nginx\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    for old, new in (("server 127.0.0.1:8080;", f"server 127.0.0.1:{upstream};"),
                     ("listen 443 ssl;", f"listen 127.0.0.1:{port};")):
        assert text.count(old) == 1
        text = text.replace(old, new)
    return text


@contextlib.contextmanager
def behind_nginx(folder, server):
    if not NGINX:
        pytest.skip("nginx is not installed")
    port = free_port()
    file = folder / "nginx.conf"
    file.write_text(CONFIGURATION.format(
        user="user root;" if os.geteuid() == 0 else "",
        folder=folder, page=settings_of_the_guide(server.port, port)))
    arguments = [NGINX, "-p", folder, "-e", folder / "error.log", "-c", file]
    nginx = subprocess.Popen(arguments, stdin=subprocess.DEVNULL)
    try:
        wait_until_it_listens(nginx, port, folder / "error.log")
        yield "127.0.0.1", port
    finally:
        nginx.terminate()
        nginx.wait(timeout=PATIENCE_S)


@contextlib.contextmanager
def behind_haproxy(folder, server):
    """Both servers of the page are the same one here."""
    if not HAPROXY:
        pytest.skip("HAProxy is not installed")
    admin = re.search(r"admin on http://127\.0\.0\.1:(\d+)", server.log())[1]
    with Proxy(folder, free_port(), [(server.port, admin)] * 2) as proxy:
        proxy.wait_for(a="UP", b="UP")
        yield proxy.address


@pytest.fixture(scope="module", params=[behind_nginx, behind_haproxy],
                ids=["nginx", "haproxy"])
def proxy(request, tmp_path_factory):
    """The address of a proxy in front of a server, and that server."""
    server = Server(APP, tmp_path_factory.mktemp("server"),
                    settings={"admin": "127.0.0.1:0"})
    try:
        with request.param(tmp_path_factory.mktemp("proxy"), server) as address:
            yield address, server
    finally:
        server.stop()


def wait_until_it_listens(nginx, port, log):
    deadline = time.monotonic() + PATIENCE_S
    while nginx.poll() is None and time.monotonic() < deadline:
        try:
            Client(("127.0.0.1", port)).socket.close()
            return
        except ConnectionRefusedError:
            time.sleep(0.01)
    raise AssertionError(f"nginx does not listen:\n{log.read_text()}")


def read_until(client, text):
    received = b""
    while text not in received:
        received += client.read_chunk()
    return received


def test_the_app_learns_who_asks_for_what(proxy):
    address, _ = proxy
    with Client(address) as client:
        for _ in range(3):
            client.request("GET", "/hello")
            answer = client.response()
            assert answer.status == 200
            assert b'"peer":"127.0.0.1"' in answer.body


@pytest.mark.parametrize("path, first, second", [
    ("/stream", b"first,", b"second"),
    ("/events", b"data: first\n\n", b"data: second\n\n"),
])
def test_what_is_written_passes_while_the_handler_goes_on(proxy, path, first, second):
    address, server = proxy
    with Client(address) as client:
        client.request("GET", path)
        client.head()
        assert read_until(client, first) == first
        server.get("/go")
        assert read_until(client, second) == second


def test_an_upload_passes_while_it_is_sent(proxy):
    address, server = proxy
    with Client(address) as client:
        client.send(b"POST /upload HTTP/1.1\r\nHost: a\r\nContent-Length: 200000\r\n\r\n")
        client.send(b"x" * 100000)
        server.wait_for_log("bytes=100000")
        client.send(b"x" * 100000)
        assert client.response().body == b"200000"


def test_a_client_that_leaves_the_proxy_leaves_the_app(proxy):
    address, server = proxy
    with Client(address) as client:
        client.request("GET", "/leaves")
        client.head()
        assert read_until(client, b"here") == b"here"
    server.wait_for_log("the client left")


def test_connections_to_the_app_are_used_again(proxy):
    address, _ = proxy
    used = set()
    with Client(address) as client:
        for _ in range(4 * len(os.sched_getaffinity(0))):
            used.add(json.loads(client.get("/hello").body)["from"])
    # HAProxy has two servers to choose from, and each of its threads has its own.
    assert len(used) <= 2 * len(os.sched_getaffinity(0))
