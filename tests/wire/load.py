"""Clients that ask one request after the other while a test does something."""

import threading
import time

import server as servers


class Load:
    """with Load(server) as load: ... Half of its clients keep their connection,
    the others make one for each request.

    A client has one request at a time. What it was answered is in `answers`,
    in `failures` why it was not: an error, whose `before` is the last answer on
    that connection, or None, and `at` the time of day.
    """

    def __init__(self, server, path="/", clients=4):
        self.server, self.path = server, path
        self.answers, self.failures = [], []
        self._over = threading.Event()
        self._clients = [
            threading.Thread(target=self._ask_on, args=(n % 2 == 0,)) for n in range(clients)
        ]

    def __enter__(self):
        for client in self._clients:
            client.start()
        return self

    def __exit__(self, *_):
        self._over.set()
        for client in self._clients:
            client.join()

    def wait_for(self, count):
        """Waits until so many more were answered."""
        seen, deadline = len(self.answers), time.monotonic() + servers.PATIENCE_S
        while len(self.answers) < seen + count:
            assert time.monotonic() < deadline, self.failures
            time.sleep(0.005)

    def _ask_on(self, keep):
        while not self._over.is_set():
            answer = None
            try:
                with self.server.connect() as client:
                    answer = self._ask(client)
                    while keep and is_kept(answer) and not self._over.is_set():
                        answer = self._ask(client)
            except (OSError, AssertionError, EOFError) as error:
                error.before = answer and answer.body
                error.at = time.strftime("%H:%M:%S", time.gmtime())
                self.failures.append(error)

    def _ask(self, client):
        client.request("GET", self.path)
        answer = client.response()
        assert answer.status == 200, answer
        self.answers.append(answer.body)
        return answer


def is_kept(answer):
    return answer.headers.get("connection") != "close"
