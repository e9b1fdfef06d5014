"""An HTTP/1.1 client that sends what a test says and believes nothing.

It parses answers strictly by RFC 9112: whatever a server need not send, or
must not, is an error here, so that framing is checked to the byte.
"""

import re
import socket
import struct

PATIENCE_S = 60

STATUS_LINE = re.compile(rb"HTTP/1\.1 ([1-5]\d\d) ([\t\x20-\x7e]*)")
FIELD_LINE = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+): ([^\x00-\x08\x0a-\x1f\x7f]*)")
CHUNK_LINE = re.compile(rb"(0|[1-9a-fA-F][0-9a-fA-F]*)")


class Fields(list):
    """Field lines in order, as pairs of text."""

    def get_all(self, name):
        return [v for n, v in self if n.lower() == name.lower()]

    def get(self, name, default=None):
        values = self.get_all(name)
        assert len(values) <= 1, f"{name} is there {len(values)} times"
        return values[0] if values else default

    def __contains__(self, name):
        return bool(self.get_all(name))


class Answer:
    """A response: `framing` says how its end was found: none, length, chunked
    or close; `chunks` has the sizes of its chunks."""

    def __init__(self, status, reason, headers):
        self.status = status
        self.reason = reason
        self.headers = headers
        self.interim = []
        self.body = b""
        self.trailers = Fields()
        self.framing = "none"
        self.chunks = []

    def __repr__(self):
        return f"{self.status} {self.headers} {self.framing} {self.body[:200]!r}"


class Client:
    """One connection; a context manager that closes it."""

    def __init__(self, address, receive_buffer=None, segment=None):
        family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
        self.socket = socket.socket(family, socket.SOCK_STREAM)
        if receive_buffer:
            self.socket.setsockopt(
                socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        if segment:
            self.socket.setsockopt(
                socket.IPPROTO_TCP, socket.TCP_MAXSEG, segment)
        self.socket.settimeout(PATIENCE_S)
        self.socket.connect(address)
        if family == socket.AF_INET:
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""
        self.received = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    # --- Sending ---------------------------------------------------------

    def send(self, data):
        self.socket.sendall(data if isinstance(data, bytes) else data.encode())

    def send_bytewise(self, data):
        """Each byte in a segment of its own."""
        for byte in data:
            self.socket.sendall(bytes((byte,)))

    def request(self, method="GET", path="/", headers=(), body=b"",
                version="1.1"):
        """A well-formed request; with a body its length is declared."""
        lines = [f"{method} {path} HTTP/{version}", "Host: test.example"]
        lines += [f"{name}: {value}" for name, value in headers]
        if body:
            lines.append(f"Content-Length: {len(body)}")
        self.send("\r\n".join(lines).encode() + b"\r\n\r\n" + body)

    def get(self, path="/", headers=(), version="1.1"):
        self.request("GET", path, headers, version=version)
        return self.response()

    # --- Leaving ---------------------------------------------------------

    def finish_sending(self):
        self.socket.shutdown(socket.SHUT_WR)

    def reset(self):
        """Closes with a reset."""
        self.socket.setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    # --- Receiving -------------------------------------------------------

    def receive(self, limit=1 << 16):
        """What is there, or b"" at the FIN; `received` counts it."""
        data = self.socket.recv(limit)
        self.received += len(data)
        return data

    def _fill(self):
        data = self.receive()
        self.buffer += data
        return bool(data)

    def read_exactly(self, count):
        if count > len(self.buffer):
            parts, missing = [self.buffer], count - len(self.buffer)
            while missing:
                data = self.receive(min(missing, 1 << 20))
                if not data:
                    raise EOFError(f"{missing} bytes are missing")
                parts.append(data)
                missing -= len(data)
            self.buffer = b"".join(parts)
        data, self.buffer = self.buffer[:count], self.buffer[count:]
        return data

    def read_line(self):
        """A line that ends with CRLF, without it."""
        while b"\n" not in self.buffer:
            if not self._fill():
                raise EOFError(f"the end inside a line: {self.buffer!r}")
        line, self.buffer = self.buffer.split(b"\n", 1)
        assert line.endswith(b"\r"), f"a bare LF after {line!r}"
        assert b"\r" not in line[:-1], f"a bare CR in {line!r}"
        return line[:-1]

    def read_to_end(self):
        """Everything up to the FIN; a reset raises."""
        parts = [self.buffer]
        self.buffer = b""
        while data := self.receive(1 << 20):
            parts.append(data)
        return b"".join(parts)

    def read_fields(self):
        fields = Fields()
        while line := self.read_line():
            found = FIELD_LINE.fullmatch(line)
            assert found, f"not a field line: {line!r}"
            fields.append((found[1].decode(), found[2].decode("latin-1")))
        return fields

    def read_head(self):
        """One status line with its fields, also a 1xx one."""
        line = self.read_line()
        found = STATUS_LINE.fullmatch(line)
        assert found, f"not a status line: {line!r}"
        return Answer(int(found[1]), found[2].decode(), self.read_fields())

    def read_chunk(self):
        """The next chunk; b"" for the last one, whose trailers follow."""
        line = self.read_line()
        assert CHUNK_LINE.fullmatch(line), f"not a chunk size: {line!r}"
        size = int(line, 16)
        if size == 0:
            return b""
        data = self.read_exactly(size)
        assert self.read_exactly(2) == b"\r\n", "no CRLF after a chunk"
        return data

    def head(self, method="GET"):
        """The head of the final response; its body has not been read."""
        interim = []
        while (answer := self.read_head()).status < 200:
            assert "content-length" not in answer.headers
            assert "transfer-encoding" not in answer.headers
            interim.append(answer)
        answer.interim = interim
        answer.framing = framing_of(method, answer)
        return answer

    def response(self, method="GET"):
        """A whole response."""
        answer = self.head(method)
        if answer.framing == "length":
            answer.body = self.read_exactly(
                int(answer.headers.get("content-length")))
        elif answer.framing == "close":
            answer.body = self.read_to_end()
        elif answer.framing == "chunked":
            self._read_chunks(answer)
        return answer

    def _read_chunks(self, answer):
        parts = []
        while data := self.read_chunk():
            parts.append(data)
        answer.body = b"".join(parts)
        answer.chunks = [len(part) for part in parts]
        answer.trailers = self.read_fields()

    # --- Ends --------------------------------------------------------------

    def ends(self):
        """True when nothing but a FIN comes; a reset raises."""
        return self.read_to_end() == b""

    def is_reset(self):
        """True when a reset comes, after whatever else."""
        try:
            self.read_to_end()
        except ConnectionResetError:
            return True
        return False


def framing_of(method, answer):
    """How the body of a response ends, by RFC 9112, 6.3; and that the fields
    that say it are as the RFC wants them."""
    headers = answer.headers
    length = headers.get("content-length")
    coding = headers.get("transfer-encoding")
    assert "date" in headers, "no Date"
    assert length is None or length.isdigit(), length
    assert coding in (None, "chunked"), coding
    assert length is None or coding is None, "two framings"
    if answer.status == 204:
        assert length is None and coding is None, "a framed 204"
    if method == "HEAD" or answer.status in (204, 304):
        return "none"
    if coding:
        return "chunked"
    return "close" if length is None else "length"
