"""The examples of docs/reference, which are those of the annotations: each is
run, and answers what stands behind its `-->`.

An example is an app, or the body of a handler. The lines behind `-->` are lines
of the answer; `-- POST /path text` is the request for those that follow."""

import re

import pytest

from server import ROOT

PAGES = ROOT / "docs" / "reference"
EXAMPLE = re.compile(r"^## `?([^`\n]+)|^```lua\n(.*?)^```\n", re.MULTILINE | re.DOTALL)
REQUEST = re.compile(r"^\s*-- ([A-Z]+) (/\S*)(?: (?!-->)(.+?))?(?: +--> ?(.*))?$")
ANSWER = re.compile(r"--> ?(.*)$")
FIELD = re.compile(r"([\w-]+): (.*)$")

APP = """local sluice = require("sluice")
local app = sluice.new()

{}
return app
"""
HANDLER = """app:any("{}", function(req, res)
{}end)
"""


def examples():
    """Each example of the pages that says what it answers."""
    for page in sorted(PAGES.glob("*.md")):
        heading = page.stem
        for title, code in EXAMPLE.findall(page.read_text()):
            heading = title or heading
            if code and "-->" in code:
                yield pytest.param(code, id=f"{page.stem}: {heading}")


def requests(code):
    """The requests of an example, each with the lines that it is answered."""
    found = []
    for line in code.splitlines():
        request = REQUEST.match(line)
        answer = ANSWER.search(line)
        if request:
            found.append((*request.group(1, 2, 3), []))
        elif answer and not found:
            found.append(("GET", "/", None, []))
        if answer:
            found[-1][3].append(answer.group(1))
    return found


def app_of(code):
    """The file of an app whose handler, unless it has its own, is the code."""
    if re.search(r"^return app$", code, re.MULTILINE):
        return code
    if not re.search(r"^app:", code, re.MULTILINE):
        path = requests(code)[0][1].partition("?")[0]
        code = HANDLER.format(path, code)
    return APP.format(code)


def ask(server, method, target, extra):
    """`extra` is a header field, or the body."""
    field = FIELD.match(extra or "")
    headers = [field.groups()] if field else []
    body = b"" if field or not extra else extra.encode()
    return server.get(target, headers, method, body)


def lines_of_head(answer):
    for head in [*answer.interim, answer]:
        yield f"HTTP/1.1 {head.status} {head.reason}"
        yield from (f"{name}: {value}" for name, value in head.headers)
    yield from (f"{name}: {value}" for name, value in answer.trailers)


@pytest.mark.parametrize("code", examples())
def test_an_example_answers_what_it_says(serve, code):
    server = serve(app_of(code))
    for method, target, extra, expected in requests(code):
        answer = ask(server, method, target, extra)
        head = [line.lower() for line in lines_of_head(answer)]
        body = [line.rstrip() for line in answer.body.decode().splitlines()]
        assert [line for line in expected if line.lower() not in head] == body
        if not any(line.startswith("HTTP/1.1 ") for line in expected):
            assert answer.status == 200


def anchors(page):
    headings = re.findall(r"^#+ (.*)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", h.lower()).replace(" ", "-") for h in headings}


@pytest.mark.parametrize("page", sorted(PAGES.glob("*.md")), ids=lambda p: p.stem)
def test_links_lead_somewhere(page):
    for link in re.findall(r"\]\(([^)]+)\)", page.read_text()):
        path, _, anchor = link.partition("#")
        target = (PAGES / path).resolve()
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


def test_there_are_examples():
    assert len(list(examples())) >= 40
