"""The tables of docs/conformance.md and docs/security.md name tests that exist; and
what no other file shows."""

import re

import pytest

from server import ROOT

APP = """
local sluice = require("sluice")
local app = sluice.new()
app:get("/status", function(req, res)
  res:status(tonumber(req.query.code))
  res:write("x")
end)
return app
"""

NAMED = [name for page in ("conformance", "security") for name in re.findall(
    r"`(tests/[\w/.]+)::([^`]+)`", (ROOT / "docs" / f"{page}.md").read_text())]


def defines(path, name):
    """What a test of that name looks like where it is written."""
    if path.endswith(".py"):
        return rf"^def {re.escape(name)}\("
    if path.endswith(".lua"):
        return rf'\bit\("{re.escape(name)}"'
    return rf"\bcmocka_unit_test\({re.escape(name)}\)"


@pytest.mark.parametrize("path, name", sorted(set(NAMED)))
def test_a_test_that_the_table_names_exists(path, name):
    text = (ROOT / path).read_text()
    assert re.search(defines(path, name), text, re.MULTILINE)


def test_every_row_of_a_table_of_sections_names_a_test():
    page = (ROOT / "docs" / "conformance.md").read_text()
    tables = page.split("## RFC 9112")[1].split("## Stricter")[0]
    rows = re.findall(r"^\| [\d.]+.*$", tables, re.MULTILINE)
    assert len(rows) > 70
    assert [row for row in rows if "::" not in row] == []


def test_every_limit_names_a_test():
    page = (ROOT / "docs" / "security.md").read_text()
    table = page.split("| Against |")[1].split("\n\n")[0]
    rows = table.splitlines()[2:]
    assert len(rows) > 25
    assert [row for row in rows if "::" not in row] == []


@pytest.fixture(scope="module")
def answers(tmp_path_factory):
    from server import Server
    shared = Server(APP, tmp_path_factory.mktemp("server"))
    yield shared
    shared.stop()


@pytest.mark.parametrize("code", [299, 499, 599])
def test_a_status_without_a_reason_has_its_space(answers, code):
    with answers.connect() as client:
        client.request("GET", f"/status?code={code}")
        assert client.read_line() == b"HTTP/1.1 %d " % code
