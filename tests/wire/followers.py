"""Clients that follow an event stream as browsers do: what ends is asked for
again, after the time that the stream has named, from the last id on."""

import threading
import time

from server import PATIENCE_S


class Followers:
    """with Followers(server, "/events") as followers: ... Of the events, ids and
    data are numbers that count up. Afterwards: `events` that arrived, `comebacks`,
    `gaps` (seconds from an end to the next event, and the time that was named),
    and `faults`: what was lost, twice, or refused."""

    def __init__(self, server, path, count=8):
        self.server, self.path = server, path
        self.events, self.comebacks = 0, 0
        self.gaps, self.faults = [], []
        self._over = threading.Event()
        self._clients = [threading.Thread(target=self._follow) for _ in range(count)]

    def __enter__(self):
        for client in self._clients:
            client.start()
        return self

    def __exit__(self, *_):
        self._over.set()
        for client in self._clients:
            client.join()

    def wait_until_back(self):
        """Waits until each has had an event since its stream ended last."""
        deadline = time.monotonic() + PATIENCE_S
        while len(self.gaps) < self.comebacks:
            assert time.monotonic() < deadline and not self.faults, self.faults
            time.sleep(0.02)

    def _follow(self):
        last, retry, ended = None, 0, None
        while not self._over.is_set():
            try:
                with self.server.connect() as client:
                    headers = [] if last is None else [("Last-Event-ID", last)]
                    client.request("GET", self.path, headers)
                    answer = client.head()
                    assert answer.status == 200, answer
                    for kind, value in fields_of(client):
                        if kind == "retry":
                            retry = int(value) / 1000
                        elif kind == "id":
                            assert last is None or int(value) == last + 1, f"{value} after {last}"
                            last, ended = int(value), self._count(ended, retry)
                        if self._over.is_set():
                            return
            except (OSError, AssertionError, EOFError) as error:
                self.faults.append(error)
                return
            ended = time.monotonic()
            self.comebacks += 1
            self._over.wait(retry)

    def _count(self, ended, retry):
        """An event came; the first one after an end says how long that was."""
        self.events += 1
        if ended is not None:
            self.gaps.append((time.monotonic() - ended, retry))


def fields_of(client):
    """The fields of a stream until its end, which has to be an orderly one."""
    text = b""
    while chunk := client.read_chunk():
        *lines, text = (text + chunk).split(b"\n")
        for line in lines:
            name, _, value = line.decode().partition(": ")
            yield name, value
