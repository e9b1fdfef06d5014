"""Every Lua example of the documentation is a whole app, and answers as the
page says: the console block behind it shows what curl gets."""

import re
import subprocess

import pytest

from server import PATIENCE_S, ROOT, command


def pages(folder):
    return sorted(str(page.relative_to(ROOT)) for page in (ROOT / folder).glob("*.md"))


# How the server is made, with pieces of its code.
INSIDE = {"docs/design.md", "docs/style.md"}
GUIDE = pages("docs/guide")
PAGES = ["README.md", *(page for page in pages("docs") if page not in INSIDE), *GUIDE]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```\n", re.MULTILINE | re.DOTALL)
PLACE = "http://127.0.0.1:8080"


def examples():
    """Each app of the pages with the session that is shown behind it."""
    for page in PAGES:
        blocks = BLOCK.findall((ROOT / page).read_text())
        for n, (language, text) in enumerate(blocks):
            if language == "lua":
                name = f"{page}:{n + 1}"
                yield pytest.param(text, session_after(blocks[n + 1:]), id=name)


def session_after(blocks):
    """The console block of an app: the first in front of the next app."""
    for language, text in blocks:
        if language == "lua":
            break
        if language == "console":
            return text
    return None


def steps(session):
    """The commands of a console block, each with the output shown."""
    for step in re.split(r"^\$ ", session, flags=re.MULTILINE)[1:]:
        line, _, output = step.partition("\n")
        yield line, output


@pytest.mark.parametrize("app, session", examples())
def test_an_example_does_what_the_page_says(serve, app, session):
    assert app.startswith('local sluice = require("sluice")\n')
    assert app.endswith("return app\n")
    assert session, "an example without the answer to expect"
    server = serve(app)
    for line, output in steps(session):
        assert "curl -s" in line and PLACE in line
        run = subprocess.run(
            line.replace(PLACE, server.url), shell=True, text=True,
            capture_output=True, timeout=PATIENCE_S)
        assert (run.returncode, run.stdout) == (0, output)


def test_there_are_examples():
    assert len(list(examples())) >= 4
    for page in GUIDE:
        named = any(example.id.startswith(f"{page}:") for example in examples())
        assert named or "README" in page or "from-" in page, page


@pytest.mark.parametrize("page, first", [
    ("guide/9-production.md", "-- /etc/"), ("security.md", "-- for the open internet"),
    ("operations.md", "-- behind a proxy"), ("operations.md", "-- of each server")])
def test_the_settings_file_of_a_page_is_accepted(tmp_path, page, first):
    text = (ROOT / "docs" / page).read_text()
    settings = tmp_path / "sluice.lua"
    settings.write_text(re.search(rf"^```\n({first}.*?)^```", text, re.M | re.S)[1])
    run = command("check", ROOT / "lua/examples/app.lua", "--config", settings)
    assert (run.returncode, run.stderr) == (0, "")


# --- Tables that repeat what headers say ------------------------------------------


def constants(header):
    """The members of the enums of a public header with their numbers, in the
    order of the numbers."""
    text = (ROOT / "include" / "sluice" / header).read_text()
    found = re.findall(r"^\s+(SL_\w+) = ([-0-9< ]+)", text, re.MULTILINE)
    return [(name, eval(number)) for name, number in found]


def rows(heading):
    """The rows of the table below a heading of the interfaces page."""
    text = (ROOT / "docs" / "interfaces.md").read_text()
    section = text.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    cells = [[cell.strip(" `\"") for cell in line.strip("|").split("|")]
             for line in section.splitlines() if line.startswith("|")]
    return cells[2:]


def test_the_page_has_every_status_with_its_number_and_its_word():
    table = [(row[0], int(row[1])) for row in rows("Statuses")]
    assert table == constants("status.h")
    words = dict(re.findall(
        r'case (SL_\w+):\s+return "([^"]+)"',
        (ROOT / "src" / "pipeline" / "status.c").read_text()))
    for name, _, word, _ in rows("Statuses"):
        assert word in ("-", words[name]), name


def test_the_page_has_every_flag():
    flags = [name for name, _ in constants("operation.h")
             if not name.startswith("SL_KIND_")]
    assert [row[0] for row in rows("Flags")] == flags


def test_the_page_has_every_kind_of_chunk():
    kinds = [name for name, _ in constants("chunk.h")]
    text = (ROOT / "docs" / "interfaces.md").read_text()
    assert [name for name in kinds if f"`{name}`" not in text] == []


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_to_files_that_exist(page):
    text = (ROOT / page).read_text()
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", text):
        if not target.startswith("http"):
            assert ((ROOT / page).parent / target).exists(), target
