"""Each limit that refuses something counts it, under its own name."""

import resource

import pytest

from processes import until
from test_admin import Admin

APP = """
local sluice = require("sluice")
local app = sluice.new()
app:get("/", function(_, res)
  res:write("fine")
end)
app:post("/body", function(req, res)
  res:write(#assert(req:body()))
end)
app:post("/file", function(req, res)
  res:write(assert(req:body_file()).size)
end)
app:get("/sleep", function()
  sluice.sleep(3600000)
end)
app:get("/stuck", function(_, res)
  res:write("never seen")
end):stage({
  name = "stuck",
  chunks = function()
    sluice.sleep(3600000)
  end,
})
return app
"""
GET = "GET {} HTTP/1.1\r\nHost: t\r\n\r\n"


def line(server):
    server.get("/" + "x" * 300)


def head(server):
    server.get("/", [("X-Large", "x" * 600)])


def malformed(server):
    with server.connect() as client:
        client.send("GET / HTTP/1.1\nHost: t\r\n\r\n")
        assert client.response().status == 400


def slow_head(server):
    with server.connect() as client:
        client.send("GET / HTTP/1.1\r\n")
        assert client.response().status == 408


def slow_body(server):
    with server.connect() as client:
        client.send("POST /body HTTP/1.1\r\nHost: t\r\nContent-Length: 9\r\n\r\nx")
        assert client.response().status == 408


def large_body(server):
    assert server.get("/body", method="POST", body=b"x" * 2000).status == 413


def full_disk(server):
    assert server.get("/file", method="POST", body=bytes(200_000)).status == 507


def held(server):
    with server.connect() as client:
        client.send(GET.format("/sleep") + GET.format("/") * 1000)
        assert [client.response().status for _ in range(3)] == [503, 200, 200]


def spent(server):
    with server.connect() as client:
        assert [client.get("/").headers.get("connection") for _ in range(3)][2] == "close"
        assert client.ends()


def late(server):
    assert server.get("/sleep").status == 503


def stuck(server):
    assert server.get("/stuck").status == 503


CASES = {
    "request_line": line,
    "header_size": head,
    "malformed": malformed,
    "header_timeout": slow_head,
    "body_timeout": slow_body,
    "body_size": large_body,
    "temp_dir": full_disk,
    "held_size": held,
    "max_requests": spent,
    "handler_timeout": late,
    "stage_timeout": stuck,
}


@pytest.fixture(scope="module")
def limited(tmp_path_factory):
    """No file of this server's may be larger than 64 KiB: as on a full disk."""
    from server import Server

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (65536, hard))
    try:
        server = Server(APP, tmp_path_factory.mktemp("server"), settings={
            "workers": 0, "admin": "127.0.0.1:0", "request_line": 200, "header_size": 500,
            "header_timeout": "200ms", "body_timeout": "200ms", "body_size": 1000,
            "spool_size": "1k", "held_size": "1k", "max_requests": 3,
            "handler_timeout": "300ms", "stage_timeout": "200ms"})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    yield server
    server.stop()


@pytest.mark.parametrize("limit", CASES)
def test_a_refusal_is_counted_where_it_belongs(limited, limit):
    admin = Admin(limited)
    sample = f'sluice_refusals_total{{limit="{limit}"}}'
    before = admin.number(sample)
    CASES[limit](limited)
    until(lambda: admin.number(sample) > before)
