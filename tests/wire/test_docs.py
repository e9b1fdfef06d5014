"""Every Lua example of the documentation is a whole app, and answers as the
page says: the console block behind it shows what curl gets."""

import re
import subprocess

import pytest

from server import PATIENCE_S, ROOT

PAGES = ["README.md", "docs/interfaces.md", "docs/operations.md"]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```\n", re.MULTILINE | re.DOTALL)
PLACE = "http://127.0.0.1:8080"


def examples():
    """Each app of the pages with the session that is shown behind it."""
    for page in PAGES:
        blocks = BLOCK.findall((ROOT / page).read_text())
        for n, (language, text) in enumerate(blocks):
            if language == "lua":
                follower = blocks[n + 1] if n + 1 < len(blocks) else ("", "")
                name = f"{page}:{n + 1}"
                yield pytest.param(text, *follower, id=name)


def steps(session):
    """The commands of a console block, each with the output shown."""
    for step in re.split(r"^\$ ", session, flags=re.MULTILINE)[1:]:
        line, _, output = step.partition("\n")
        yield line, output


@pytest.mark.parametrize("app, language, session", examples())
def test_an_example_does_what_the_page_says(serve, app, language, session):
    assert app.startswith('local sluice = require("sluice")\n')
    assert app.endswith("return app\n")
    assert language == "console", "an example without the answer to expect"
    server = serve(app)
    for line, output in steps(session):
        assert line.startswith("curl -s") and PLACE in line
        run = subprocess.run(
            line.replace(PLACE, server.url), shell=True, text=True,
            capture_output=True, timeout=PATIENCE_S)
        assert (run.returncode, run.stdout) == (0, output)


def test_there_are_examples():
    assert len(list(examples())) >= 4


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_to_files_that_exist(page):
    text = (ROOT / page).read_text()
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", text):
        if not target.startswith("http"):
            assert ((ROOT / page).parent / target).exists(), target
