"""The first page of the examples, in a browser."""

import hashlib
import json
import re

import pytest

from browser import CHROMIUM, Browser
from server import ROOT, Server

pytestmark = pytest.mark.skipif(not CHROMIUM, reason="chromium is not installed")

EXAMPLES = ROOT / "lua" / "examples"
SENT = "Sent by the page.\n"
KEPT = 20000  # characters that the page shows


def is_download(text):
    return (EXAMPLES / "download.lua").read_text()[:149] in text


# What the page has to show, or a function that says whether it is right.
ANSWERS = {
    "/hello": "Hello!\n",
    "/hello/you": "Hello, you!\n",
    "/report": "".join(f"line {n}\n" for n in range(990_000, 1_000_001))[-KEPT:],
    "/download": is_download,
    "/clock": re.compile(r"data: \d\d:\d\d:\d\d\n\n").match,
    "/parallel": lambda text: all(
        f"part {n}: {7000 * n} bytes\n" in text for n in range(1, 6)),
    "/proxy": "".join(f"line {n} from behind\n" for n in range(1, 6)),
    "/subprocess": "".join(f"step {n} of 5\n" for n in range(1, 6))
                   + "it ended with code 0\n",
    "/tokens": lambda text: text.startswith('data: {"token": "Streams"}\n\n')
               and text.endswith("data: [DONE]\n\n"),
    "/echo": SENT,
    "/upload": hashlib.sha256(SENT.encode()).hexdigest() + "\n",
    "/files": lambda text: "<h1>Send files</h1>" in text,
    "/around": "Look at the header Server-Timing, ./around/inside and ./around/broken\n",
    "/notes": '{"notes":[]}',
    "/save": (EXAMPLES / "app.lua").read_text(),
    "/source/": (EXAMPLES / "app.lua").read_text(),
    "/scripts": "Try ./scripts/greet/you\n",
}
ENDLESS = {"/clock"}
BEGUN = 'document.getElementById("answer")?.textContent.length > 10'


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    shared = Server(EXAMPLES / "app.lua", tmp_path_factory.mktemp("server"))
    yield shared
    shared.stop()


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    with Browser(tmp_path_factory.mktemp("browser")) as one:
        yield one


def visit(browser, server, path):
    browser.call("Page.navigate", url="about:blank")  # else only the hash changes
    browser.call("Page.navigate", url=f"{server.url}/#{path}")


def state(name):
    return f"document.body && document.body.dataset.state === {json.dumps(name)}"


def shown(browser):
    return browser.evaluate('document.getElementById("answer").textContent')


def test_every_example_of_the_page_is_tried_here(server):
    page = server.get("/").body.decode()
    assert re.findall(r'data-path="([^"]+)"', page) == list(ANSWERS)


@pytest.mark.parametrize("path", ANSWERS)
def test_the_page_shows_what_an_example_answers(server, browser, path):
    visit(browser, server, path)
    if path in ENDLESS:
        browser.wait_for(state("running"))
        browser.wait_for(BEGUN)
    else:
        browser.wait_for(state("done"))
    text, expected = shown(browser), ANSWERS[path]
    assert expected(text) if callable(expected) else text == expected, text


def test_the_form_of_files_shows_what_was_sent(server, browser):
    browser.call("Page.navigate", url=f"{server.url}/files")
    browser.wait_for("document.readyState === 'complete' && document.forms.length === 1")
    browser.evaluate("""{
      const files = new DataTransfer();
      files.items.add(new File(["a\\nb\\n"], "two \\"lines\\".txt"));
      files.items.add(new File(["x".repeat(3000000)], "large.txt"));
      document.querySelector("input[type=file]").files = files.files;
      document.forms[0].requestSubmit();
    }""")
    browser.wait_for('document.getElementById("answer").textContent !== ""')
    assert shown(browser) == (
        '200\nnote: Hello\ntwo "lines".txt: 4 bytes, 2 lines\n'
        "large.txt: 3000000 bytes, 0 lines\n")
    assert browser.evaluate("document.querySelector('progress').position") == 1


def test_what_runs_can_be_stopped(server, browser):
    visit(browser, server, "/clock")
    browser.wait_for(BEGUN)
    browser.evaluate('document.getElementById("stop").click()')
    browser.wait_for(state("stopped"))


def test_a_button_runs_its_example_in_place_of_the_last(server, browser):
    visit(browser, server, "/clock")
    browser.wait_for(state("running"))
    browser.evaluate("document.querySelector('[data-path=\"/hello\"]').click()")
    browser.wait_for(state("done"))
    assert shown(browser) == "Hello!\n"


@pytest.mark.parametrize("width", [360, 1280])
def test_nothing_of_the_page_is_beside_the_window(server, browser, width):
    browser.call("Emulation.setDeviceMetricsOverride", width=width, height=800,
                 deviceScaleFactor=1, mobile=width < 500)
    visit(browser, server, "/report")
    browser.wait_for(state("done"))
    assert browser.evaluate("document.documentElement.scrollWidth") <= width
