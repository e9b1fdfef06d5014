"""wrk, as load beside a trial, and what it counts."""

import re
import signal
import subprocess

ERRORS = re.compile(r"connect (\d+), read (\d+), write (\d+), timeout (\d+)")


class Wrk:
    """with Wrk(server) as load: ... Each of its connections has one request at a
    time. Afterwards: `requests` that were answered, `lost` connections, those
    `refused`, and answers that were no success or came after 30 s (`bad`)."""

    def __init__(self, server, path="/", connections=16):
        self.connections = connections
        self.command = ["wrk", "--threads", "1", "--connections", str(connections),
                        "--duration", "1h", "--timeout", "30s", "--latency",
                        f"{server.url}{path}"]

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stdout=subprocess.PIPE, text=True)
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGINT)
        self.text, _ = self.process.communicate(timeout=60)
        self.requests = int(re.search(r"(\d+) requests in", self.text).group(1))
        errors = ERRORS.search(self.text)
        refused, read, write, late = map(int, errors.groups()) if errors else (0, 0, 0, 0)
        wrong = re.search(r"Non-2xx or 3xx responses: (\d+)", self.text)
        self.refused, self.lost = refused, read + write
        self.bad = late + (int(wrong.group(1)) if wrong else 0)
        self.longest = re.search(r"Latency +\S+ +\S+ +(\S+)", self.text).group(1)
