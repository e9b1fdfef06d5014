"""Real clients: curl in its variants, and wrk for load."""

import re
import shutil
import subprocess

import pytest

from server import PATIENCE_S

APP = "clients"


def curl(server, path, *options, data=None):
    """Runs curl and returns what it wrote; a curl that fails raises."""
    run = subprocess.run(
        ["curl", "--silent", "--show-error", "--fail", "--noproxy", "*",
         "--max-time", str(PATIENCE_S), *options, server.url + path],
        input=data, capture_output=True, check=True)
    return run.stdout


@pytest.mark.parametrize("options", [[], ["-N"], ["--http1.0"]])
def test_curl_gets_an_answer(server, options):
    assert curl(server, "/hello", *options) == b"Hello\n"


@pytest.mark.parametrize("options", [["-N"], ["--http1.0"], ["--raw"]])
def test_curl_gets_a_stream(server, options):
    stream = b"".join(b"line %d\n" % n for n in range(1, 101))
    if options == ["--raw"]:
        assert curl(server, "/stream", *options).endswith(b"0\r\n\r\n")
    else:
        assert curl(server, "/stream", *options) == stream


def test_curl_with_a_rate_limit_gets_all(server):
    content = curl(server, "/large", "--limit-rate", "4M")
    assert content == b"x" * 4_000_000


def test_curl_uploads_a_file(server, tmp_path):
    file = tmp_path / "upload"
    file.write_bytes(bytes(range(256)) * 4000)
    assert curl(server, "/upload", "-T", str(file)) == b"1024000"


def test_curl_uploads_from_a_pipe_in_chunks(server):
    sent = b"0123456789" * 50000
    assert curl(server, "/upload", "-T", "-", data=sent) == b"500000"


def test_curl_gets_trailers(server):
    got = curl(server, "/trailers", "--raw")
    assert got.endswith(b"\r\n0\r\nX-Sum: 42\r\n\r\n")


def test_curl_reuses_its_connection(server):
    urls = [server.url + "/hello"] * 4
    got = curl(server, "/hello", "--write-out", "%{num_connects}\n", *urls)
    assert got == b"Hello\n1\n" + 4 * b"Hello\n0\n"


def test_curl_sees_an_abort_as_an_error(server):
    with pytest.raises(subprocess.CalledProcessError) as caught:
        curl(server, "/abort")
    assert caught.value.returncode == 18  # a partial file


# --- Load -------------------------------------------------------------------------

WRK_PIPELINE = """
local text
init = function()
  text = wrk.format("GET", "/hello"):rep(16)
end
request = function()
  return text
end
"""


@pytest.mark.skipif(not shutil.which("wrk"), reason="wrk is not installed")
@pytest.mark.parametrize("path, pipelined", [
    ("/hello", False), ("/hello", True), ("/stream", False)])
def test_wrk_sees_no_errors(server, tmp_path, path, pipelined):
    script = tmp_path / "pipeline.lua"
    script.write_text(WRK_PIPELINE)
    run = subprocess.run(
        ["wrk", "-t1", "-c16", "-d2s",
         *(["-s", str(script)] if pipelined else []), server.url + path],
        capture_output=True, text=True, check=True, timeout=PATIENCE_S)
    assert "Socket errors" not in run.stdout, run.stdout
    assert "Non-2xx" not in run.stdout, run.stdout
    assert int(re.search(r"(\d+) requests in", run.stdout)[1]) > 0
    assert server.get("/hello").body == b"Hello\n"
