"""The C library: its examples as programs, linked both ways, and as modules."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from server import BINARY, ROOT, Server, command, environment

BUILT = Path(os.environ.get("SLUICE_EXAMPLES", ROOT / "build" / "dev" / "tests"))
SOURCES = ROOT / "docs" / "examples" / "c"
MODULE = BUILT / "example-visits_module.so"
KINDS = ["", "-static"]  # of library: shared, static


class Program(Server):
    """A program of docs/examples/c with an address and other arguments."""

    arguments = []  # in front of the address

    def __init__(self, path, folder, *arguments):
        self.folder = Path(folder)
        self.exit_code = 0
        self.log_path = self.folder / "program.log"
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen(
                [path, *self.arguments, "127.0.0.1:0", *map(str, arguments)],
                env=environment(), stdin=subprocess.DEVNULL,
                stdout=log, stderr=subprocess.STDOUT)
        self.pid = self.process.pid
        self.address = self._wait_until_it_listens()


class Modules(Program):
    """The server itself, with a module and no app."""

    def __init__(self, folder, workers):
        self.arguments = ["serve", "--module", MODULE, "--workers", str(workers), "--listen"]
        super().__init__(BINARY, folder)


@pytest.fixture
def run(tmp_path):
    """run(name, kind, ...): starts an example. All but ticks leave the signal
    alone, and are ended by it."""
    programs = []

    def start(name, kind, *arguments):
        program = Program(BUILT / f"example-{name}{kind}", tmp_path, *arguments)
        program.exit_code = 0 if name == "ticks" else -signal.SIGTERM
        programs.append(program)
        return program

    yield start
    for program in programs:
        program.stop()


@pytest.mark.parametrize("kind", KINDS)
def test_hello_answers_and_refuses(run, kind):
    program = run("hello", kind)
    assert program.get().body == b"Hello, world!\n"
    assert program.get(method="HEAD").headers.get("Content-Length") == "14"
    assert program.get("/other").status == 404
    refused = program.get(method="PUT")
    assert (refused.status, refused.headers.get("Allow")) == (405, "GET, HEAD")


def test_hello_has_twenty_lines():
    lines = (SOURCES / "hello.c").read_text().splitlines()
    assert sum(1 for line in lines if line.strip()) <= 20


@pytest.mark.parametrize("kind", KINDS)
def test_a_mix_of_memory_and_a_file_completes_with_its_counts(run, kind, tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"x" * 1_000_000)
    program = run("mix", kind, path)
    answer = program.get("/mix")
    assert answer.framing == "length"
    assert answer.body == b"-- begin --\n" + path.read_bytes() + b"-- end --\n"
    program.wait_for_log(f"ok: {len(answer.body)} bytes of the body")
    path.unlink()
    assert program.get("/mix").status == 500
    program.wait_for_log("a C handler failed")


def test_a_client_that_leaves_is_told_to_the_completion(run, tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"x" * 30_000_000)
    program = run("mix", "", path)
    with program.connect(receive_buffer=4096) as client:
        client.request("GET", "/mix")
        client.read_exactly(10_000)
        client.reset()
    program.wait_for_log("aborted: ")
    assert program.get("/mix").status == 200


def test_a_producer_is_called_as_the_client_takes(run):
    program = run("lines", "")
    before = program.rss()
    with program.connect(receive_buffer=4096) as client:
        client.request("GET", "/lines")
        client.read_exactly(200_000)
        assert program.get("/none").status == 404  # it holds up nobody
        assert program.rss() - before < 20_000_000
        client.reset()
    program.wait_for_log("stopped at line")
    log = program.log()
    assert ": aborted" in log
    made = int(log.split("stopped at line ")[1].split(":")[0])
    assert made < 2_000_000, "it was called although nobody took anything"


def test_a_producer_comes_to_its_end(run):
    program = run("lines", "-static")
    with program.connect() as client:
        client.request("GET", "/lines")
        size, tail = 0, b""
        assert client.head().framing == "chunked"
        while chunk := client.read_chunk():
            size += len(chunk)
            tail = (tail + chunk)[-20:]
        assert client.read_line() == b""
    assert tail.endswith(b"line 9999999\n")
    digits = sum(9 * 10 ** (n - 1) * n for n in range(1, 8)) + 1
    assert size == digits + 10_000_000 * len("line \n")
    program.wait_for_log("stopped at line 10000000: ok")


def test_a_thread_posts_its_answer(run):
    program = run("thread", "")
    with program.connect() as one, program.connect() as two:
        one.request("GET", "/slow")
        two.request("GET", "/slow")
        assert program.get("/none").status == 404
        assert one.response().body == b"the sum is 500500\n"
        assert two.response().body == b"the sum is 500500\n"


def test_a_post_that_comes_too_late_finds_nobody(run):
    program = run("thread", "-static")
    with program.connect() as client:
        client.request("GET", "/slow")
        client.reset()
    program.wait_for_log("too late: the exchange is over")
    assert program.get("/slow").status == 200


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", [0, 1, 100_000, 3_000_000])
def test_an_upload_is_read_as_it_arrives(run, kind, size):
    program = run("upload", kind)
    body = bytes(n % 251 for n in range(1000)) * (size // 1000 + 1)
    body = body[:size]
    expected = f"{size} bytes, sum {sum(body)}\n".encode()
    assert program.get("/upload", method="POST", body=body).body == expected


def test_an_upload_in_pieces_waits_for_each(run):
    program = run("upload", "")
    with program.connect() as client:
        client.send("POST /upload HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"
                    "Transfer-Encoding: chunked\r\n\r\n")
        assert client.read_line() == b"HTTP/1.1 100 Continue"
        assert client.read_line() == b""
        for piece in (b"a", b"bc", b"d" * 1000):
            client.send(b"%x\r\n%s\r\n" % (len(piece), piece))
        client.send("0\r\n\r\n")
        total = ord("a") + ord("b") + ord("c") + 1000 * ord("d")
        assert client.response().body == f"1003 bytes, sum {total}\n".encode()
        assert client.get("/other").status == 404  # the connection goes on


def test_an_upload_that_breaks_off_ends_its_handler(run):
    program = run("upload", "")
    with program.connect() as client:
        client.send("POST /upload HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc")
        client.reset()
    assert program.get("/upload", method="POST", body=b"a").body == b"1 bytes, sum 97\n"


APP = """
local sluice = require("sluice")
local app = sluice.new()
app:get("/lua", function(_, res) res:write("from Lua ", sluice.fragments:get("x") or "") end)
app:post("/echo", function(req, res) res:write(req:body()) end)
app:get("/ticks", function(_, res) res:write("never: C is asked first") end)
return app
"""


@pytest.mark.parametrize("kind", KINDS)
def test_a_loop_of_the_program_with_lua_beside(run, kind, tmp_path):
    app = tmp_path / "app.lua"
    app.write_text(APP)
    program = run("ticks", kind, app)
    with program.connect() as one, program.connect() as two:
        one.request("GET", "/ticks")
        two.request("GET", "/ticks")
        assert one.head().framing == "chunked"
        ticks = [one.read_chunk() for _ in range(5)]
        first = int(ticks[0].split()[1])
        assert b"".join(ticks).splitlines() == [
            b"tick %d" % n for n in range(first, first + 5)]
        assert program.get("/lua").body == b"from Lua "
        assert program.get("/echo", method="POST", body=b"abc" * 9999).body == b"abc" * 9999
        two.reset()
        assert program.get("/lua").status == 200
        program.signal(signal.SIGTERM)
        while one.read_chunk():
            pass
        assert one.read_line() == b""  # a whole answer, in spite of the end
    assert program.wait() == 0


def test_a_program_whose_app_does_not_load_says_why(run, tmp_path):
    app = tmp_path / "app.lua"
    app.write_text("return nonsense +\n")
    with pytest.raises(AssertionError, match="unexpected symbol"):
        run("ticks", "", app)


def test_a_module_stands_beside_an_app(serve):
    server = serve(APP, flags=["--module", f"{MODULE}=/count"])
    assert server.get("/count").body == b"0 visits, the last by nobody\n"
    assert server.get("/count/anna", method="POST").status == 204
    assert server.get("/count/b%20c", method="POST").status == 204
    assert server.get("/count").body == b"2 visits, the last by b%20c\n"
    assert server.get("/count/anna").status == 405
    assert server.get("/lua").body == b"from Lua "
    assert server.get("/nowhere").status == 404


SECRETS = """
local sluice = require("sluice")
local app = sluice.new()
local function text(_, res)
  res:set("Content-Type", "text/plain")
  res:set("Content-Length", 12)
  res:write("Hello, ")
  res:flush()
  res:WriteEntityChunks(sluice.file("name"))
end
app:get("/open", text)
app:get("/secret/text", text)
app:get("/secret/binary", function(_, res) res:write("Hello") end)
app:get("/secret/broken", function() error("x") end)
return app
"""


def test_a_stage_of_a_module_changes_what_lua_writes(serve):
    module = BUILT / "example-rot13_module.so"
    server = serve(SECRETS, flags=["--module", f"{module}=/secret"])
    (server.folder / "name").write_text("world")
    assert server.get("/open").body == b"Hello, world"
    answer = server.get("/secret/text")
    assert answer.body == b"Uryyb, jbeyq"
    assert answer.headers.get("Content-Length") == "12"
    assert server.get("/secret/text", method="HEAD").headers.get("Content-Length") == "12"
    assert server.get("/secret/binary").body == b"Hello"
    broken = server.get("/secret/broken")
    assert (broken.status, broken.body[:12]) == (500, b"500 Vagreany")


@pytest.mark.parametrize("workers", [0, 2])
def test_a_module_serves_without_an_app(tmp_path, workers):
    server = Modules(tmp_path, workers)
    assert server.get("/visits").body == b"0 visits, the last by nobody\n"
    assert server.get("/").status == 404
    server.stop()


STOPPER = """
static void later(sl_request *q, sl_response *r, uint32_t g, sl_status rc, void *server)
{ sl_server_stop(server); }
static sl_status stop(sl_request *q, sl_response *r, uint32_t g, void *server)
{ sl_server_post(server, 0, 0, later, server); return sl_response_write(r, g, "bye", 3); }
static sl_status start(sl_server *s, const char *a, void **state)
{
    if (sl_server_load(s, "app.lua") != SL_ECOMMITTED) return SL_EINVAL;
    return sl_server_handle(s, "GET", "/stop", stop, s);
}
SL_MODULE("stopper", start, 0)
"""


BREAKER = """
static sl_status half(sl_request *q, sl_response *r, uint32_t g, void *context)
{
    sl_operation op = {.flags = SL_MORE_DATA};
    sl_status rc = sl_response_write(r, g, "half of it", 10);
    if (rc == SL_OK && context) rc = sl_response_set_header(r, g, "Content-Length", 14, "20", 2, 1);
    if (rc == SL_OK) rc = sl_response_flush(r, g, &op);
    return rc < 0 ? SL_OK : SL_ESYSTEM;
}
static sl_status start(sl_server *s, const char *a, void **state)
{
    sl_status rc = sl_server_handle(s, "GET", "/chunked", half, 0);
    return rc < 0 ? rc : sl_server_handle(s, "GET", "/length", half, s);
}
SL_MODULE("breaker", start, 0)
"""


def test_a_failure_after_the_head_is_seen_as_one(serve, tmp_path):
    server = serve(APP, flags=["--module", compile_module(tmp_path, BREAKER)])
    for path, framing in ("/chunked", "chunked"), ("/length", "length"):
        with server.connect() as client:
            client.request("GET", path)
            assert client.head().framing == framing
            with pytest.raises(EOFError):
                while client.read_chunk() if framing == "chunked" else client.read_exactly(20):
                    pass
    server.wait_for_log("a C handler failed", count=2)


def test_a_module_may_stop_its_server(serve, tmp_path):
    server = serve(APP, flags=["--module", compile_module(tmp_path, STOPPER),
                               "--workers", "0"])
    assert server.get("/lua").status == 200
    assert server.get("/stop").body == b"bye"
    assert server.wait() == 0


def test_a_module_needs_no_app(tmp_path):
    listed = command("check", "--module", MODULE)
    assert [line.split() for line in listed.stdout.splitlines()] == [
        ["GET", "/visits", "in", "C"], ["POST", "/visits/*", "in", "C"]]
    assert listed.returncode == 0


REFUSALS = [
    ("nothing.so", "cannot be loaded"),
    (SOURCES / "hello.c", "cannot be loaded"),
    ("./nothing.so=a", "cannot be loaded"),
]


@pytest.mark.parametrize("path, why", REFUSALS)
def test_what_is_no_module_is_refused(path, why):
    refused = command("check", "--module", path)
    assert refused.returncode == 1 and why in refused.stderr


def compile_module(folder, text, *flags):
    source, module = folder / "made.c", folder / "made.so"
    source.write_text("#include <sluice/sluice.h>\n" + text)
    subprocess.run([os.environ.get("CC", "cc"), "-shared", "-fPIC", *flags,
                    f"-I{ROOT / 'include'}", "-o", module, source], check=True)
    return module


@pytest.mark.parametrize("text, flags, why", [
    ("int nothing;", [], 'exports no "sluice_module"'),
    ('SL_MODULE("old", 0, 0)', [], 'has no function "open"'),
    ("const sl_module sluice_module = {SL_ABI_VERSION + 1, sizeof(sl_module), 0, 0, 0};",
     [], "build it again"),
    ("""static sl_status start(sl_server *s, const char *a, void **state)
        { sl_server_set_error(s, "no disk"); return SL_ESYSTEM; }
        SL_MODULE("sad", start, 0)""", [], "the module sad does not start: no disk"),
    ("""static sl_status start(sl_server *s, const char *a, void **state)
        { return sl_server_handle(s, "GET", "x", 0, 0); }
        SL_MODULE("sad", start, 0)""", [], "has to start with a slash"),
    ("""void missing(void);
        static sl_status start(sl_server *s, const char *a, void **state)
        { missing(); return SL_OK; }
        SL_MODULE("lost", start, 0)""", [], "undefined symbol: missing"),
])
def test_a_module_that_does_not_fit_is_refused(tmp_path, text, flags, why):
    module = compile_module(tmp_path, text, *flags)
    for name in ("check", "serve"):
        refused = command(name, "--listen", "127.0.0.1:0", "--module", module)
        assert refused.returncode == 1
        assert why in refused.stderr


def blocks(page):
    text = (ROOT / "docs" / page).read_text()
    return re.findall(r"^```c\n(.*?)^```\n", text, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("block", blocks("embedding.md"))
def test_the_page_quotes_what_is_built(block):
    files = [*SOURCES.glob("*.c"), ROOT / "include" / "sluice" / "handler.h"]
    assert any(block in file.read_text() for file in files)


@pytest.mark.parametrize("page", ["embedding.md", "interfaces.md"])
def test_the_pages_name_what_is_declared(page):
    headers = "".join(header.read_text() for header in HEADERS)
    named = set(re.findall(r"`(sl_\w+)", (ROOT / "docs" / page).read_text()))
    assert named - set(re.findall(r"\bsl_\w+", headers)) == set()


HEADERS = sorted((ROOT / "include" / "sluice").glob("*.h"))


@pytest.mark.parametrize("compiler, language, standard", [
    ("gcc", "c", "c11"), ("clang", "c", "c11"),
    ("g++", "c++", "c++17"), ("clang++", "c++", "c++17"),
])
def test_each_header_compiles_alone(tmp_path, compiler, language, standard):
    for header in HEADERS:
        source = tmp_path / f"{header.stem}.{language}"
        source.write_text(f"#include <sluice/{header.name}>\n"
                          f"#include <sluice/{header.name}>\n")
        subprocess.run(
            [compiler, "-x", language, f"-std={standard}", "-Wall", "-Wextra",
             "-Wpedantic", "-Werror", "-fsyntax-only", f"-I{ROOT / 'include'}", source],
            check=True)


LOAD = """
import ctypes, sys
library = ctypes.CDLL(sys.argv[1])  # for itself alone: RTLD_LOCAL
library.sl_server_create.restype = ctypes.c_void_p
library.sl_server_error.restype = ctypes.c_char_p
server = ctypes.c_void_p(library.sl_server_create())
loaded = library.sl_server_load(server, sys.argv[2].encode())
print(loaded, library.sl_server_error(server).decode())
library.sl_server_destroy(server)
"""


@pytest.mark.skipif("SLUICE_SANITIZE" in os.environ and os.environ["SLUICE_SANITIZE"] != "",
                    reason="the interpreter is not built with sanitizers")
def test_a_library_that_was_loaded_for_itself_alone_runs_lua(tmp_path):
    app = tmp_path / "app.lua"
    app.write_text(APP)
    library = BUILT.parent / "libsluice.so"
    said = subprocess.run([sys.executable, "-c", LOAD, library, app],
                          capture_output=True, text=True, check=True)
    assert said.stdout == "0 \n"


def test_a_program_that_hides_the_symbols_is_told_what_to_do(tmp_path):
    app = tmp_path / "app.lua"
    app.write_text(APP)
    refused = subprocess.run([BUILT / "example-ticks-hidden", "127.0.0.1:0", app],
                             env=environment(), capture_output=True, text=True)
    assert refused.returncode == 1
    assert "--export-dynamic-symbol='sl_*'" in refused.stderr
