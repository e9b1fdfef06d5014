"""`sluice repl`: a console into a running server."""

import os
import pty
import re
import select
import signal
import subprocess
import termios
import time

import pytest

from server import BINARY, PATIENCE_S, command, environment
from test_generations import wait_until

APP = """
local sluice = require("sluice")
local app = sluice.new()
cart = { tea = 2, mugs = { "red", "blue" } }
function brew(kind)
  if not kind then
    error("which tea?")
  end
  return kind .. " tea"
end
app:get("/hello", function(_, res)
  res:write("Hello")
end)
app:get("/slow/:what", function(_, res)
  res:write("a")
  sluice.sleep(60000)
end)
return app
"""


@pytest.fixture
def start(serve, tmp_path_factory):
    """start(...): a server in development that listens for consoles."""
    def begin(app=APP, verb="dev", **settings):
        folder = tmp_path_factory.mktemp("c")
        settings = {"control": folder / "c", "watch": "off", **settings}
        server = serve(app, verb=verb, settings={k: v for k, v in settings.items() if v})
        server.control = settings["control"]
        return server
    return begin


def evaluate(server, code, *flags):
    return command("repl", "--control", server.control, "-e", code, *flags)


def script(server, text):
    """What a script on standard input gets."""
    return subprocess.run([BINARY, "repl", "--control", server.control], input=text,
                          env=environment(), capture_output=True, text=True,
                          timeout=PATIENCE_S)


@pytest.mark.parametrize("workers", [0, 1])
def test_an_expression_is_shown_and_statements_run(start, workers):
    server = start(workers=str(workers))
    assert evaluate(server, "1 + 1").stdout == "2\n"
    assert evaluate(server, "brew('green'), nil, 'a\\nb'").stdout == '"green tea"\nnil\n"a\\nb"\n'
    assert evaluate(server, "cart").stdout == '{ mugs = { "red", "blue" }, tea = 2 }\n'
    assert evaluate(server, "for i = 1, 2 do print(i, cart.mugs) end").stdout == (
        '1\t{ "red", "blue" }\n2\t{ "red", "blue" }\n')
    # It is the VM that serves, and what it does may wait.
    assert evaluate(server, "cart.tea = cart.tea + 1").returncode == 0
    assert evaluate(server, "sluice.sleep(1) return cart.tea").stdout == "3\n"
    assert server.get("/hello").body == b"Hello"


def test_what_is_shown_has_an_end(start):
    server = start()
    shown = evaluate(server, "local a = {} a.a = a; for i = 1, 1e4 do a[i] = i end return a").stdout
    assert "<shown already>" in shown or "more" in shown
    assert "... 9951 more" in shown and shown.count("\n") < 60
    assert evaluate(server, "_G").stdout.count("\n") < 400
    assert "(1000000 bytes)" in evaluate(server, "('x'):rep(1e6)").stdout


def test_an_error_has_a_traceback_and_a_code(start):
    server = start()
    failed = evaluate(server, "brew()")
    assert failed.returncode == 1 and failed.stdout == ""
    assert re.match(r".*app.lua:7: which tea\?\nstack traceback:\n\t.*app.lua:7: in function "
                    r"'brew'\n\tconsole:1: in ", failed.stderr), failed.stderr
    assert "lua/sluice" not in failed.stderr
    wrong = evaluate(server, "1 +")
    assert wrong.returncode == 1 and "unexpected symbol" in wrong.stderr
    assert evaluate(server, "brew('mint')").returncode == 0


def test_a_script_goes_on_and_names_last(start):
    server = start()
    ran = script(server, "x = 5\nfor i = 1, 2 do\n  print(i * x)\nend\n\nbrew()\n_, x\n")
    assert ran.stdout == "5\n10\nnil\n5\n"
    assert "which tea?" in ran.stderr
    assert ran.returncode == 1
    assert script(server, "x").stdout == "nil\n"  # a console of its own
    assert script(server, "(1 +\n2)").returncode == 0
    unfinished = script(server, "for i = 1, 2 do\n")
    assert unfinished.returncode == 1 and "<eof>" in unfinished.stderr


def test_it_shows_requests_routes_and_modules(start):
    server = start()
    with server.connect() as client:
        client.send(b"GET /slow/tea HTTP/1.1\r\nHost: a\r\n\r\n")
        wait_until(lambda: evaluate(server, "#requests()").stdout == "1\n")
        shown = evaluate(server, "requests()").stdout
        assert re.search(r"ID +AGE +PHASE +REQUEST +STATUS +QUEUED +SENT\n"
                         r"\w+ +[\d.]+ s +sending +GET /slow/:what +200 +0 B +\d+ B", shown), shown
        assert evaluate(server, "requests()[1].route").stdout == '"/slow/:what"\n'
    assert re.search(r"GET +/slow/:what +.*app.lua:\d+\n", evaluate(server, "routes()").stdout)
    assert "required no module" in evaluate(server, "modules()").stdout
    (server.folder / "shop.lua").write_text("return { open = true }\n")
    assert evaluate(server, "require('shop')").stdout == "{ open = true }\n"
    assert re.search(r"shop +a table", evaluate(server, "modules()").stdout)


def ask_and_interrupt(server, code, begun):
    """Evaluates that, and presses Ctrl-C once `begun()`."""
    asking = subprocess.Popen([BINARY, "repl", "--control", server.control, "-e", code],
                              env=environment(), stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True)
    wait_until(begun)
    asking.send_signal(signal.SIGINT)
    _, error = asking.communicate(timeout=PATIENCE_S)
    assert asking.returncode == 1
    return error


@pytest.mark.parametrize("code", [
    "while true do end",
    "local n = 0 while true do n = n + 1 end",
    "local function f() local s = 0 for i = 1, 1e9 do s = s + i end return s end "
    "while true do coroutine.wrap(f)() end",
    "while true do\n local t = {}\n for i = 1, 100 do\n t[i] = tostring(i)\n end\nend",
])
@pytest.mark.parametrize("workers", ["0", "1"])
def test_what_runs_away_is_interrupted(start, code, workers):
    server = start(workers=workers, watchdog="1m")
    mark = server.folder / "begun"
    worker = int(evaluate(server, "io.open('/proc/self/stat'):read('*n')").stdout)
    error = ask_and_interrupt(
        server, f"io.open('{mark}', 'w'):close() {code}", mark.exists)
    assert "interrupted" in error, error
    assert int(evaluate(server, "io.open('/proc/self/stat'):read('*n')").stdout) == worker
    assert server.get("/hello").body == b"Hello"


def test_what_waits_is_interrupted(start):
    server = start()
    mark = server.folder / "begun"
    error = ask_and_interrupt(
        server, f"io.open('{mark}', 'w'):close() sluice.sleep(1e9)", mark.exists)
    assert error.startswith("interrupted\n")  # and where, when it did not wait yet


def test_who_leaves_ends_what_runs(start):
    server = start(watchdog="1m")
    mark = server.folder / "begun"
    asking = subprocess.Popen(
        [BINARY, "repl", "--control", server.control, "-e",
         f"io.open('{mark}', 'w'):close() while true do end"], env=environment(),
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_until(mark.exists)
    asking.kill()
    asking.wait()
    assert server.get("/hello").body == b"Hello"


def test_production_has_no_console_unless_it_says_so(start):
    server = start(verb="serve", workers="2")
    refused = evaluate(server, "1")
    assert refused.returncode == 1
    assert "no console" in refused.stderr and "setting console" in refused.stderr
    server = start(verb="serve", workers="2", console="true")
    pids = {evaluate(server, "io.open('/proc/self/stat'):read('*n')", "--worker", n).stdout
            for n in ("0", "1")}
    assert len(pids) == 2
    assert "no worker of that number" in evaluate(server, "1", "--worker", "2").stderr
    assert "which worker?" in evaluate(server, "1", "--worker", "x").stderr


def test_it_finds_the_server_of_this_folder(tmp_path):
    (tmp_path / "app.lua").write_text(APP)
    assert "which server?" in command("repl", "-e", "1", cwd=tmp_path).stderr
    with open(tmp_path / "log", "wb") as log:
        server = subprocess.Popen([BINARY, "dev", "app.lua", "--listen", "127.0.0.1:0"],
                                  cwd=tmp_path, env=environment(), stdout=log, stderr=log)
    try:
        wait_until(lambda: "listening" in (tmp_path / "log").read_text())
        assert command("repl", "-e", "cart.tea", cwd=tmp_path).stdout == "2\n"
        assert "serving" in command("status", cwd=tmp_path).stdout
        elsewhere = command("repl", "-e", "1", cwd="/")
        assert elsewhere.returncode == 2 and "which server?" in elsewhere.stderr
    finally:
        server.terminate()
        server.wait(timeout=PATIENCE_S)


class Typist:
    """Somebody at a terminal."""

    def __init__(self, control, state):
        env = environment({"XDG_STATE_HOME": str(state), "TERM": "xterm"})
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.execve(BINARY, [BINARY, "repl", "--control", str(control)], env)
        self.shown = ""

    def see(self, pattern):
        """Waits until that was shown, and forgets it."""
        deadline = time.monotonic() + 20
        while not (found := re.search(pattern, self.shown)):
            assert time.monotonic() < deadline, self.shown
            if select.select([self.terminal], [], [], 1)[0]:
                self.shown += os.read(self.terminal, 4096).decode(errors="replace")
        self.shown = self.shown[found.end():]

    def press(self, keys):
        os.write(self.terminal, keys.encode())

    def type(self, text):
        """At a prompt, once the terminal is one of keys and not of lines."""
        self.see("> ")
        wait_until(lambda: not self.is_of_lines())
        self.press(text)

    def is_of_lines(self):
        return termios.tcgetattr(self.terminal)[3] & termios.ICANON

    def leave(self):
        self.type("\x04")
        _, status = os.waitpid(self.pid, 0)
        os.close(self.terminal)
        return os.waitstatus_to_exitcode(status)


def test_somebody_types(start, tmp_path):
    server = start(watchdog="1m")
    typist = Typist(server.control, tmp_path)
    typist.see(r"app.lua, worker process \d+, generation 1\r\n")
    typist.type("x = ca\t.mu\t\r")  # completed twice
    typist.type("#x\r")
    typist.see(r"\n2\r\n")
    typist.type("app:not_f\t")
    typist.see("ound")
    typist.press("\x15")  # and dropped
    typist.press("for i = 1, 2 do\r")
    typist.see(">> ")
    typist.press("print(i * 100) end\r")
    typist.see(r"100\r\n200\r\n")
    typist.type("while true do end\r")
    typist.see("end\r\n")
    wait_until(typist.is_of_lines)  # else it is a key like others
    typist.press("\x03")
    typist.see("interrupted")
    typist.type("\x1b[A\x1b[A\r")  # the chunk of two lines, again
    typist.see(r"100\r\n200\r\n")
    (server.folder / "app.lua").write_text(APP.replace("tea = 2", "tea = 7"))
    assert command("reload", "--wait", "--control", server.control).returncode == 0
    typist.type("cart.tea, x\r")
    typist.see("generation 2")
    typist.see(r"\n7\r\nnil\r\n")
    assert typist.leave() == 0
    history = tmp_path / "sluice" / "history"
    assert "while" in history.read_text()
