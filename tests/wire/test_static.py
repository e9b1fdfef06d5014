"""sluice.static over real sockets: what is in the folder, and nothing else."""

import os
import socket

import pytest

APP = "files"


@pytest.fixture(scope="module", autouse=True)
def public(server):
    (server.folder / "secret.txt").write_text("secret")
    folder = server.folder / "public"
    (folder / "docs" / "empty").mkdir(parents=True)
    (folder / "index.html").write_text("<p>first\n")
    (folder / "docs" / "index.html").write_text("<p>docs\n")
    (folder / "docs" / "a b+c%.txt").write_text("odd name")
    (folder / "docs" / "x:y.txt").write_text("colon")
    (folder / "page.HTML").write_text("upper")
    (folder / "style.css").write_text("p{}")
    (folder / "thing.odd").write_text("odd")
    (folder / "thing").write_text("no ending")
    (folder / ".env").write_text("hidden")
    (folder / ".git").mkdir()
    (folder / ".git" / "config").write_text("hidden")
    (folder / "closed.txt").write_text("closed")
    (folder / "inside.txt").symlink_to("docs/x:y.txt")
    (folder / "inner").symlink_to("docs")
    (folder / "outside.txt").symlink_to("../secret.txt")
    (folder / "absolute.txt").symlink_to(server.folder / "secret.txt")
    (folder / "up").symlink_to("..")
    (folder / "loop").symlink_to("loop")
    (folder / "dangling").symlink_to("nowhere")
    os.mkfifo(folder / "fifo")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(folder / "socket"))
    return folder


@pytest.mark.parametrize("path, kind, body", [
    ("", "text/html; charset=utf-8", b"<p>first\n"),
    ("index.html", "text/html; charset=utf-8", b"<p>first\n"),
    ("docs/", "text/html; charset=utf-8", b"<p>docs\n"),
    ("docs/a%20b+c%25.txt", "text/plain; charset=utf-8", b"odd name"),
    ("docs/x:y.txt", "text/plain; charset=utf-8", b"colon"),
    ("docs%2Fx:y.txt", "text/plain; charset=utf-8", b"colon"),
    ("page.HTML", "text/html; charset=utf-8", b"upper"),
    ("style.css", "text/css; charset=utf-8", b"p{}"),
    ("thing.odd", "text/x-odd", b"odd"),
    ("thing", "application/octet-stream", b"no ending"),
    ("style.css?v=2", "text/css; charset=utf-8", b"p{}"),
])
def test_a_file_of_the_folder_is_sent(server, path, kind, body):
    answer = server.get(f"/static/{path}")
    assert (answer.status, answer.body) == (200, body)
    assert answer.headers.get("content-type") == kind
    assert "etag" in answer.headers


@pytest.mark.parametrize("path", [
    "nothing", "nothing/at/all", "docs/empty/", "thing/", "thing/more", "index.html/",
    "//index.html", "docs//index.html", "./index.html", "docs/../index.html", "docs/.",
    ".env", ".git/config", "docs/../.env", "%2eenv", "%2egit/config", "%2Egit%2Fconfig",
    "../secret.txt", "..%2fsecret.txt", "%2e%2e/secret.txt", "%2e%2e%2fsecret.txt",
    "docs/../../secret.txt", "docs/%2e%2e/%2e%2e/secret.txt", "..%5csecret.txt",
    "%252e%252e/secret.txt", "..;/secret.txt",
    "%2fetc/passwd", "%2Fetc%2Fpasswd", "/etc/passwd", "....//secret.txt",
    "up/secret.txt", "outside.txt", "absolute.txt", "loop", "dangling", "fifo", "socket",
    "x" * 300, "/".join(["d"] * 2500),
])
def test_everything_else_is_not_there(server, path):
    answer = server.get(f"/static/{path}")
    assert answer.status == 404, answer
    assert b"secret" not in answer.body and b"hidden" not in answer.body


@pytest.mark.parametrize("path", ["..%00/secret.txt", "index.html%00.txt", "%2", "docs%2gx:y.txt"])
def test_a_path_that_nothing_can_have_is_refused(server, path):
    assert server.get(f"/static/{path}").status == 400


@pytest.mark.parametrize("path", [
    "../secret.txt", "/etc/passwd", "docs/../../secret.txt", "docs/../index.html", ".", "..", "./thing",
    "docs/..", "docs//x:y.txt", "/", "thing%00", "up/../secret.txt"])
def test_a_path_that_no_route_looked_at_leads_nowhere_else(server, path):
    assert server.get(f"/raw?path={path.replace('/', '%2F')}").status == 404


def test_a_missing_folder_is_an_error_that_the_log_explains(server):
    assert server.get("/gone/index.html").status == 500
    server.wait_for_log("no-such-folder: No such file or directory")


# --- Links ---------------------------------------------------------------------

@pytest.mark.parametrize("route, path, status", [
    ("static", "inside.txt", 200), ("static", "inner/x:y.txt", 200),
    ("none", "inside.txt", 404), ("none", "inner/x:y.txt", 404), ("none", "docs/x:y.txt", 200),
    ("follow", "outside.txt", 200), ("follow", "absolute.txt", 200),
    ("follow", "up/secret.txt", 200), ("follow", "loop", 404), ("follow", "../secret.txt", 404),
])
def test_links_are_followed_as_set(server, route, path, status):
    assert server.get(f"/{route}/{path}").status == status


# --- Folders ---------------------------------------------------------------------

@pytest.mark.parametrize("path, target", [
    ("docs", "./docs/"), ("docs?a=b&c", "./docs/?a=b&c"), ("do%63s", "./do%63s/")])
def test_a_folder_is_asked_for_with_a_slash(server, path, target):
    answer = server.get(f"/static/{path}")
    assert (answer.status, answer.headers.get("location")) == (301, target)


def test_a_redirection_never_names_another_host(server):
    for path in ("//evil.example/..", "//static/docs", "/static//docs", "/static/%5cdocs"):
        answer = server.get(path)
        location = answer.headers.get("location", "./")
        assert answer.status == 404 and location.startswith("./"), answer


def test_without_an_index_a_folder_is_not_there(server):
    assert server.get("/follow/").status == 404
    assert server.get("/follow/docs/").status == 404
    assert server.get("/follow/docs/index.html").status == 200


# --- Settings --------------------------------------------------------------------

def test_hidden_files_can_be_shown(server):
    answer = server.get("/hidden/.env")
    assert answer.body == b"hidden"
    assert "etag" not in answer.headers
    assert answer.headers.get("cache-control") == "no-cache"
    assert server.get("/hidden/../secret.txt").status == 404


def test_the_app_may_answer_for_what_is_not_there(server):
    assert server.get("/app/nothing").body == b"<p>the app's own\n"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_what_may_not_be_read_is_403(server, public):
    os.chmod(public / "closed.txt", 0)
    assert server.get("/static/closed.txt").status == 403


@pytest.mark.parametrize("method, status", [("POST", 405), ("PUT", 405), ("HEAD", 200)])
def test_files_are_for_get_and_head(server, method, status):
    answer = server.get("/static/thing", method=method)
    assert (answer.status, answer.headers.get("allow")) == (
        status, "GET, HEAD" if status == 405 else None)


def test_a_folder_is_mounted_in_one_call(server):
    assert server.get("/mounted/docs/x:y.txt").body == b"colon"
    assert server.get("/mounted/").body == b"<p>first\n"
    assert server.get("/mounted").headers.get("location") == "./mounted/"
    answer = server.get("/mounted/thing", method="POST")
    assert (answer.status, answer.headers.get("allow")) == (405, "GET, HEAD, OPTIONS")
    assert server.get("/of/ada/files/").body == b"<p>docs\n"
    assert server.get("/of/ada/files/%2e%2e/secret.txt").status == 404


def test_a_part_of_a_static_file(server):
    answer = server.get("/static/thing", [("Range", "bytes=3-")])
    assert (answer.status, answer.body) == (206, b"ending")
