"""The examples of docs/reference, which are those of the annotations: each is
run, and answers what stands behind its `-->`.

An example is an app, or the body of a handler. The lines behind `-->` are lines
of the answer; `-- POST /path [Name: value] body` is the request for those that
follow; the field and the body may be left out, and it may be a
form as curl's `-F name=value -F name=@file` sends it."""

import re

import pytest

from server import ROOT

PAGES = ROOT / "docs" / "reference"
EXAMPLE = re.compile(r"^## `?([^`\n]+)|^```lua\n(.*?)^```\n", re.MULTILINE | re.DOTALL)
REQUEST = re.compile(
    r"^\s*-- ([A-Z]+) (/\S*)(?: \[([\w-]+): (.*?)\])?(?: (?!-->)(.+?))?(?: +-->.*)?$")
ANSWER = re.compile(r"--> ?(.*)$")

APP = """local sluice = require("sluice")
local app = sluice.new()

{}
return app
"""
# What is beside the app.
FILES = {
    "public/note.txt": "a note\n",
    "scripts/hello.lua":
        'return function(_, res)\n  res:write("Hello from a script\\n")\nend\n',
}
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
            found.append((*request.groups(), []))
        elif answer and not found:
            found.append(("GET", "/", None, None, None, []))
        if answer:
            found[-1][-1].append(answer.group(1))
    return found


def app_of(code):
    """The file of an app whose handler, unless it has its own, is the code."""
    if re.search(r"^return app$", code, re.MULTILINE):
        return code
    if not re.search(r"^app:", code, re.MULTILINE):
        path = requests(code)[0][1].partition("?")[0]
        code = HANDLER.format(path, code)
    return APP.format(code)


def form_of(options):
    """The fields and the body of a form."""
    parts = []
    for name, value in re.findall(r"-F (\w+)=(\S*)", options):
        filename = ""
        if value.startswith("@"):
            filename = f'; filename="{value[1:]}"'
            value = FILES[value[1:]]
        parts.append(f'--b\r\nContent-Disposition: form-data; name="{name}"{filename}'
                     f"\r\n\r\n{value}\r\n")
    return [("Content-Type", "multipart/form-data; boundary=b")], "".join(parts) + "--b--"


def lines_of_head(answer):
    for head in [*answer.interim, answer]:
        yield f"HTTP/1.1 {head.status} {head.reason}"
        yield from (f"{name}: {value}" for name, value in head.headers)
    yield from (f"{name}: {value}" for name, value in answer.trailers)


@pytest.mark.parametrize("code", examples())
def test_an_example_answers_what_it_says(serve, tmp_path, code):
    for name, text in {"app.lua": app_of(code), **FILES}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    server = serve(tmp_path / "app.lua")
    for method, target, name, value, body, expected in requests(code):
        headers = [(name, value)] if name else []
        if (body or "").startswith("-F "):
            headers, body = form_of(body)
        answer = server.get(target, headers, method, (body or "").encode())
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
