"""Bodies that go to files, and reads that are operations."""

import os
import threading
import time

import pytest

MIB = 1 << 20
PATIENCE_S = 60
KIND = [("Content-Type", "multipart/form-data; boundary=b")]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("temporary")


@pytest.fixture(scope="module")
def server(tmp_path_factory, folder):
    from server import Server

    at = tmp_path_factory.mktemp("server")
    (at / "saved").mkdir()
    shared = Server("bodyfiles", at, settings={
        "upload_size": "300m", "temp_dir": folder, "body_timeout": "20s"})
    yield shared
    shared.stop()


def post(server, path, body, headers=()):
    return server.get(path, headers, "POST", body)


def form_of(**parts):
    text = b"".join(
        b'--b\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' % (name.encode(), data)
        for name, data in parts.items())
    return text + b"--b--\r\n"


def open_bodies(server):
    """Descriptors of files without a name."""
    links = []
    for fd in os.listdir(f"/proc/{server.pid}/fd"):
        try:
            links.append(os.readlink(f"/proc/{server.pid}/fd/{fd}"))
        except FileNotFoundError:
            pass
    return sum("(deleted)" in link for link in links)


def wait_for_no_bodies(server):
    deadline = time.monotonic() + PATIENCE_S
    while open_bodies(server) > 0:
        assert time.monotonic() < deadline, "a file was left open"
        time.sleep(0.01)


@pytest.mark.parametrize("size", [0, 1, 65536, 65537, 300_000, 5 * MIB])
def test_a_body_can_be_read_and_sent_again(server, size):
    body = os.urandom(size)
    assert post(server, "/back", body).body == body + body[:size // 2]
    assert post(server, "/pieces", body).body == body
    assert post(server, "/save/whole", body).body == b"%d" % size
    assert (server.folder / "whole").read_bytes() == body
    assert (server.folder / "again").read_bytes() == body
    wait_for_no_bodies(server)


@pytest.mark.parametrize("size", [10, 100_000])
def test_a_range_must_be_in_the_file(server, size):
    answer = post(server, "/range", b"x" * size)
    assert answer.body == b"nil the range is not in the file x"


def test_a_saved_file_replaces_one_and_leaves_nothing_beside_it(server):
    (server.folder / "name").write_text("old")
    with open(server.folder / "name") as old:
        post(server, "/save/name", b"x" * 200_000)
        assert old.read() == "old"
    assert (server.folder / "name").stat().st_size == 200_000
    assert (server.folder / "name").stat().st_mode & 0o777 == 0o666 & ~0o022 & ~umask()
    assert not list(server.folder.glob(".sluice-*"))


def umask():
    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_where_a_name_cannot_be_given_the_file_is_copied(serve):
    server = serve("bodyfiles", settings={"temp_dir": "/dev/shm"})
    body = os.urandom(MIB)
    assert post(server, "/save/copied", body).body == b"%d" % MIB
    assert (server.folder / "copied").read_bytes() == body
    assert not list(server.folder.glob(".sluice-*"))


def test_a_copy_that_is_cancelled_leaves_nothing(serve):
    server = serve("bodyfiles", settings={"temp_dir": "/dev/shm"})
    cancelled = 0
    for _ in range(20):
        said = post(server, "/save-half", bytes(20 * MIB)).body
        if said == b"cancelled":
            cancelled += 1
            assert not (server.folder / "half").exists()
        else:  # It was done by then.
            (server.folder / "half").unlink()
        if cancelled == 3:
            break
    assert cancelled > 0
    deadline = time.monotonic() + PATIENCE_S
    while list(server.folder.glob(".sluice-*")):  # A thread removes it.
        assert time.monotonic() < deadline
        time.sleep(0.01)
    post(server, "/size", b"x")
    wait_for_no_bodies(server)


def test_a_path_that_is_not_there_is_an_error(server):
    for size in (10, 100_000):
        answer = post(server, "/save-parts", form_of(**{"no/such": b"x" * size}), KIND)
        assert answer.status == 500
        assert b"no such file or directory" in answer.body.lower()
    (server.folder / "folder").mkdir()
    assert post(server, "/save/folder", b"x").status == 500
    assert not list(server.folder.glob(".sluice-*"))


def test_parts_can_be_saved(server):
    small, large = b"x" * 10, os.urandom(2 * MIB)
    answer = post(server, "/save-parts", form_of(small=small, large=large, empty=b""), KIND)
    assert answer.body == b"10\n%d\n0\n" % len(large)
    assert (server.folder / "saved" / "small").read_bytes() == small
    assert (server.folder / "saved" / "large").read_bytes() == large
    assert (server.folder / "saved" / "empty").read_bytes() == b""
    answer = post(server, "/file-parts", form_of(small=small, large=large), KIND)
    assert answer.body == small + large
    wait_for_no_bodies(server)


def test_a_file_has_a_limit(server):
    assert post(server, "/limited", b"x" * 100_000).body == b"100000"
    answer = post(server, "/limited", b"x" * 100_001)
    assert (answer.status, answer.body) == (413, b"too big")
    with server.connect() as client:
        client.send("POST /limited HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n")
        client.send(b"%x\r\n%b\r\n0\r\n\r\n" % (100_001, bytes(100_001)))
        assert client.response().status == 413
    wait_for_no_bodies(server)


# --- Ends ----------------------------------------------------------------------


def test_a_file_is_gone_when_its_handler_is(server, folder):
    post(server, "/fail", bytes(MIB))
    wait_for_no_bodies(server)
    with server.connect() as client:
        client.request("POST", "/hold", body=bytes(MIB))
        client.head()
        assert client.read_chunk() == b"%d" % MIB
        assert open_bodies(server) == 1
        assert list(folder.iterdir()) == []
    wait_for_no_bodies(server)


def test_a_file_is_gone_when_its_client_leaves(server):
    with server.connect() as client:
        client.request("POST", "/size", [("Content-Length", str(MIB))])
        client.send(bytes(MIB // 2))
        while open_bodies(server) == 0:
            time.sleep(0.01)
    wait_for_no_bodies(server)


def test_a_file_can_be_kept(server):
    body = os.urandom(MIB)
    post(server, "/keep", body)
    assert open_bodies(server) == 1
    assert server.get("/kept").body == body + b"closed"
    wait_for_no_bodies(server)


def limited(serve, size, **options):
    """A server whose files may have `size` bytes: a disk that is full."""
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        return serve("bodyfiles", **options)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_is_507_and_nothing_is_left(serve):
    server = limited(serve, MIB)
    (server.folder / "saved").mkdir()
    for _ in range(3):
        assert post(server, "/size", bytes(2 * MIB)).status == 507
        answer = post(server, "/save-parts", form_of(a=bytes(2 * MIB), b=b"small"), KIND)
        assert answer.status == 507
        assert answer.body == b"EFBIG: file too large\n5\n"
    assert (server.folder / "saved" / "b").read_bytes() == b"small"
    assert not (server.folder / "saved" / "a").exists()
    assert not list(server.folder.glob("**/.sluice-*"))
    wait_for_no_bodies(server)
    # Small enough for memory, too large for the disk.
    small = limited(serve, 16384, settings={"spool_size": "1m"})
    assert post(small, "/save/name", bytes(100_000)).status == 507
    assert not list(small.folder.glob(".sluice-*"))
    assert post(server, "/size", bytes(MIB // 2)).body == b"%d" % (MIB // 2)


def test_a_folder_that_cannot_be_used_is_500(serve, tmp_path):
    server = serve("bodyfiles", settings={"temp_dir": tmp_path / "absent"})
    assert post(server, "/size", bytes(1000)).body == b"1000"
    assert post(server, "/size", bytes(MIB)).status == 500
    server.wait_for_log("absent: No such file or directory")
    assert server.get("/hello").status == 200


def test_files_that_were_dropped_make_room_for_others(serve):
    """Kept, and then forgotten: the collector closes them when it must."""
    server = serve("bodyfiles", most_descriptors=60)
    for _ in range(100):
        assert post(server, "/keep", bytes(100_000)).body == b"kept"


# --- Memory --------------------------------------------------------------------


def test_a_large_body_goes_to_a_file_in_bounded_memory(server):
    size = 200 * MIB
    with server.connect() as client:
        post(server, "/size", bytes(4 * MIB))
        before = server.rss()
        client.request("POST", "/size", [("Content-Length", str(size))])
        sender = threading.Thread(
            target=lambda: [client.send(bytes(MIB)) for _ in range(200)])
        sender.start()
        for _ in range(20):
            assert server.get("/hello").body == b"Hello\n"
        assert client.response().body == b"%d" % size
        sender.join()
        assert server.rss() - before < 16 * MIB


# --- Reads as operations -------------------------------------------------------


def start(client, path):
    client.send(f"POST {path} HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n")


def chunk(data):
    return b"%x\r\n%b\r\n" % (len(data), data)


def chunks_of(client):
    client.head()
    return iter(client.read_chunk, b"")


def test_reads_complete_in_their_order(server):
    with server.connect() as client:
        start(client, "/read")
        answer = chunks_of(client)
        assert next(answer) == b"asked "
        client.send(chunk(b"abcdef") + b"0\r\n\r\n")
        assert b"".join(answer) == b"4 read abcd;2 read ef;0 read ;"


def test_what_is_there_is_read_inline(server):
    assert post(server, "/inline", b"0123456789").body == b"0123456789"


def test_a_cancelled_read_has_taken_nothing(server):
    with server.connect() as client:
        start(client, "/cancel")
        answer = chunks_of(client)
        assert next(answer) == b"true cancelled nil cancelled "
        client.send(chunk(b"data") + b"0\r\n\r\n")
        assert b"".join(answer) == b"data"


def test_what_reads_fill_lives_until_they_complete(server):
    with server.connect() as client:
        start(client, "/forget")
        answer = chunks_of(client)
        assert next(answer) == b"asked "
        for _ in range(60):
            client.send(chunk(os.urandom(65536)))
        client.send(b"0\r\n\r\n")
        # 50 reads have taken at most that; what they did not is read after them.
        assert 10 * 65536 <= int(b"".join(answer)) <= 60 * 65536


def test_a_read_ends_with_its_client(server):
    with server.connect() as client:
        start(client, "/left")
        assert server.get("/hello").status == 200
    server.wait_for_log("read bytes=nil err=aborted")


def test_a_read_ends_with_its_handler(server):
    with server.connect() as client:
        start(client, "/over")
        assert client.response().body == b"over"
    server.wait_for_log('over err=cancelled late=nil why="the exchange is over"')
