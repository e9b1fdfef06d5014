"""A headless Chromium, driven through its DevTools protocol over two pipes."""

import json
import os
import select
import shutil
import subprocess
import time

PATIENCE_S = 60
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


class Refused(Exception):
    """What the browser says to a call: often that a page has just gone."""


class Browser:
    """One page of one browser; a context manager that ends it."""

    def __init__(self, folder):
        to_browser, self.sending = os.pipe()
        self.receiving, from_browser = os.pipe()
        self.log = open(folder / "chromium.log", "wb")
        self.process = start(folder, to_browser, from_browser, self.log)
        os.close(to_browser)
        os.close(from_browser)
        self.received = b""
        self.last_id = 0
        self.session = None
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call(
            "Target.attachToTarget", targetId=target, flatten=True)["sessionId"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(timeout=PATIENCE_S)
        os.close(self.sending)
        os.close(self.receiving)
        self.log.close()

    def call(self, method, **parameters):
        """Calls a method of the protocol, and returns its result."""
        self.last_id += 1
        message = {"id": self.last_id, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.sending, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._receive()
            if answer.get("id") == self.last_id:
                if "error" in answer:
                    raise Refused(answer["error"])
                return answer["result"]

    def _receive(self):
        deadline = time.monotonic() + PATIENCE_S
        while b"\0" not in self.received:
            ready, _, _ = select.select(
                [self.receiving], [], [], max(0, deadline - time.monotonic()))
            assert ready, "the browser says nothing"
            data = os.read(self.receiving, 1 << 16)
            assert data, "the browser has ended"
            self.received += data
        message, _, self.received = self.received.partition(b"\0")
        return json.loads(message)

    def evaluate(self, expression):
        """The value of an expression on the page."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def _holds(self, expression):
        try:
            return self.evaluate(expression)
        except Refused:
            return False

    def wait_for(self, expression):
        """Waits until an expression on the page is true."""
        deadline = time.monotonic() + PATIENCE_S
        while not self._holds(expression):
            assert time.monotonic() < deadline, (
                expression, self.evaluate("document.body.innerText"))
            time.sleep(0.02)


def start(folder, reading, writing, log):
    """Chromium reads its orders from descriptor 3 and answers on 4."""
    def place_pipes():
        # Both away first: each may be in the other's place.
        lifted = os.dup(reading), os.dup(writing)
        os.dup2(lifted[0], 3)
        os.dup2(lifted[1], 4)

    return subprocess.Popen(
        [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu",
         "--disable-dev-shm-usage", "--no-first-run", "--remote-debugging-pipe",
         f"--user-data-dir={folder / 'profile'}"],
        stdin=subprocess.DEVNULL, stdout=log, stderr=log,
        preexec_fn=place_pipes, pass_fds=(3, 4))
