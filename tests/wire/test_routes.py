"""Routes, groups, mounted apps, folders of scripts, and what is around them,
over the wire."""

import pytest

from server import command

APP = "routes"


def test_a_typed_parameter_is_a_number(client):
    assert client.get("/users/41").body == b"42"
    assert client.get("/users/me").body == b"it is you"
    assert client.get("/users/you").status == 404


def test_a_wildcard_takes_the_rest(client):
    assert client.get("/files/a/b%20c").body == b"a/b c"
    assert client.get("/files/a/%2e%2e/b").status == 404


def test_other_methods_are_listed(client):
    client.request("PUT", "/users/1")
    answer = client.response()
    assert (answer.status, answer.headers.get("allow")) == (
        405, "DELETE, GET, HEAD, OPTIONS")
    client.request("OPTIONS", "/users/1")
    answer = client.response()
    assert (answer.status, answer.headers.get("allow")) == (
        204, "DELETE, GET, HEAD, OPTIONS")
    client.request("HEAD", "/users/1")
    assert client.response("HEAD").headers.get("content-length") == "1"


def test_middleware_may_wait_and_change_the_response(client):
    answer = client.get("/timed/slow")
    assert answer.body == b"slow"
    assert answer.headers.get("x-before") == "yes"
    assert answer.headers.get("x-after") == "200"
    assert client.get("/timed/absent").headers.get("x-after") == "404"


def test_middleware_that_comes_after_the_commit_is_told(client):
    assert client.get("/timed/flushed").body == b"flushed, then committed"


def test_middleware_may_answer(client):
    assert client.get("/admin/panel").status == 401
    assert client.get("/admin/absent").status == 401
    headers = [("Authorization", "let me in")]
    assert client.get("/admin/panel", headers).body == b"panel"
    assert client.get("/admin/absent", headers).status == 404


def test_an_error_is_caught_and_logged(server, client):
    answer = client.get("/fails/7")
    assert (answer.status, answer.body) == (500, b"sorry about oops 7")
    server.wait_for_log("oops 7")
    assert client.get("/users/1").body == b"2"


def test_what_is_wrong_with_a_request_is_the_status_of_its_error(server, client):
    client.request("POST", "/fails/json", body=b"{}")
    answer = client.response()
    assert answer.status == 415
    assert answer.body.endswith(b"not json")
    server.wait_for_log("target=/fails/json")
    line = next(line for line in server.log().splitlines() if "/fails/json" in line)
    assert " warn " in line


def test_an_error_after_the_commit_truncates(client):
    client.request("GET", "/fails/late")
    assert client.head().status == 200
    with pytest.raises(EOFError):
        while client.read_chunk():
            pass


def test_what_is_not_found_is_answered_by_its_app(client):
    assert client.get("/absent").body == b"nothing at /absent"
    assert client.get("/shop/absent").body == b"the shop has no /shop/absent"
    assert client.get("/shop/absent").status == 404
    assert client.get("/shop").body == b"the shop"


# --- Folders of scripts -------------------------------------------------------

SITE = {
    "app.lua": """
        local sluice = require("sluice")
        local app = sluice.new()
        app:use("/api", function(_, res, next)
          res:set("X-Api", "yes")
          next()
        end)
        app:scripts("/api", "scripts")
        return app
    """,
    "scripts/index.lua": "return function(_, res) res:write('index') end",
    "scripts/a/b.lua": """
        return function(req, res) res:write(req.method, " b") end
    """,
    "scripts/a/index.lua": """
        return {
          get = function(_, res) res:write("got a") end,
          POST = function(req, res) res:write("posted ", req:body()) end,
        }
    """,
    "scripts/users/[id<int>]/[word].lua": """
        return function(req, res)
          res:write(req.params.id + 1, " ", req.params.word)
        end
    """,
    "scripts/[...path].lua": """
        return { get = function(req, res) res:write("rest ", req.params.path) end }
    """,
    "scripts/_parts/x.lua": "error('not to be loaded')",
    "scripts/.hidden.lua": "error('not to be loaded')",
    "scripts/readme.txt": "not a script",
}


@pytest.fixture
def site(tmp_path):
    """site(files): writes an app with its scripts; returns the app."""
    def write(files):
        for name, text in files.items():
            path = tmp_path / "site" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return tmp_path / "site" / "app.lua"
    return write


def test_a_folder_of_scripts_answers(serve, site):
    server = serve(site(SITE))

    def ask(path, method="GET", body=b""):
        answer = server.get(path, method=method, body=body)
        if method != "OPTIONS":
            assert answer.headers.get("x-api") == "yes"
        return answer.status, answer.body

    assert ask("/api") == (200, b"index")
    assert ask("/api/a") == (200, b"got a")
    assert ask("/api/a", "POST", b"this") == (200, b"posted this")
    assert ask("/api/a", "PUT")[0] == 405
    assert ask("/api/a/b", "DELETE") == (200, b"DELETE b")
    assert ask("/api/users/7/x%20y") == (200, b"8 x y")
    assert ask("/api/_parts/x") == (200, b"rest _parts/x")
    assert ask("/api/readme.txt") == (200, b"rest readme.txt")


def test_check_lists_every_route_with_its_place(site):
    app = site(SITE | {"app.lua": """
        local sluice = require("sluice")
        local app, other = sluice.new(), sluice.new()
        other:get("/x", function() end)
        app:group("/g", function(g) g:post("/:id<int>", function() end) end)
        app:mount("/m", other)
        app:scripts("/s", "scripts")
        return app
    """})
    lines = command("check", app).stdout.splitlines()
    found = {tuple(line.split()[:2]): line.split()[2] for line in lines}
    assert found[("POST", "/g/:id<int>")].endswith("app.lua:5")
    assert found[("GET", "/m/x")].endswith("app.lua:4")
    assert found[("*", "/s/a/b")].endswith("b.lua:2")
    assert found[("POST", "/s/a")].endswith("a/index.lua:4")
    assert found[("*", "/s/users/:id<int>/:word")]
    assert found[("GET", "/s/*path")]
    assert len(lines) == 8


@pytest.mark.parametrize("levels", [0, 1, 2])
def test_a_folder_is_found_from_wherever_the_app_is_named(site, levels):
    app = site(SITE)
    folder = app.parents[levels]
    run = command("check", app.relative_to(folder), cwd=folder)
    assert (run.returncode, run.stderr) == (0, "")
    assert " /api/users/:id<int>/:word " in run.stdout


@pytest.mark.parametrize("files, message", [
    ({"scripts/a.lua": "return {", }, "scripts/a.lua:1:"),
    ({"scripts/a.lua": "return 7"}, "scripts/a.lua: a script returns a function"),
    ({"scripts/a.lua": "return {}"}, "returned an empty table"),
    ({"scripts/a.lua": "return { fetch = print }"}, "'fetch' is no method"),
    ({"scripts/a.lua": "return { get = 1 }"}, "its 'get' is a number"),
    ({"scripts/a.lua": "error('while loading')"}, "scripts/a.lua:1: while loading"),
    ({"scripts/[a-b].lua": "return function() end"}, "'a-b' is no name"),
    ({"scripts/:a.lua": "return function() end"}, "does not start with ':'"),
    ({"scripts/a.lua": "return function() end",
      "scripts/a/index.lua": "return function() end"}, "conflicts with '* /a' of"),
    ({}, "scripts: No such file or directory"),
])
def test_a_wrong_script_is_an_error_at_load(site, files, message):
    app = site(files | {"app.lua": """local sluice = require("sluice")
        local app = sluice.new()
        app:scripts("/", "scripts")
        return app
    """})
    run = command("check", app)
    assert run.returncode != 0
    assert message in run.stderr
    assert "app.lua:3: " in run.stderr


def test_a_folder_that_is_in_itself_is_an_error(site):
    app = site({
        "app.lua": """
            local app = require("sluice").new()
            app:scripts("/", "scripts")
            return app
        """,
        "scripts/a.lua": "return function() end",
    })
    (app.parent / "scripts" / "loop").symlink_to(app.parent / "scripts")
    run = command("check", app)
    assert run.returncode != 0
    assert "is one a link to itself?" in run.stderr
