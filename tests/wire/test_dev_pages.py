"""What `sluice dev` shows in a browser, and to other clients."""

import json

import pytest

from browser import CHROMIUM, Browser
from test_generations import Site, wait_until

PAGE = [("Accept", "text/html,*/*;q=0.8")]
TAG = b'<script src="/.sluice/page.js"'

MORE = """
local function rate_of(item)
  local rates = {{ book = 7 }}
  return rates[item.kind].rate + 1
end
app:get("/page", function(_, res)
  res:html("<title>" .. version .. "</title><h1>" .. version .. "</h1>")
end)
app:get("/declared", function(_, res)
  res:set("Content-Length", "11")
  res:set("Content-Type", "text/html")
  res:write("<p>Hello")
  res:flush()
  res:write("</p")
end)
app:get("/packed", function(_, res)
  res:set("Content-Encoding", "gzip")
  res:html("packed")
end)
app:get("/json", function(_, res)
  res:json({{ a = 1 }})
end)
app:get("/broken", function()
  local secret = "<" .. version .. ">"
  local rate = rate_of({{ kind = secret }})
  return rate
end)
app:get("/thrown", function()
  error({{ message = "thrown" }})
end)
app:get("/caught", function(_, res)
  res:write(tostring(pcall(error, "inside")))
end)
""".replace("{{", "{").replace("}}", "}")


@pytest.fixture
def site(serve, tmp_path):
    return Site(serve, MORE, verb="dev").start(tmp_path / "site")


def test_a_page_gets_its_script_behind_its_end(site):
    page = site.server.get("/page", PAGE)
    assert page.body.startswith(b"<title>one</title><h1>one</h1>")
    assert page.body.count(TAG) == 1
    assert int(page.headers.get("content-length")) == len(page.body)
    page = site.server.get("/declared", PAGE)
    assert page.body.startswith(b"<p>Hello</p") and page.body.count(TAG) == 1


@pytest.mark.parametrize("path,headers", [
    ("/page", []),
    ("/page", [*PAGE, ("Sec-Fetch-Dest", "empty")]),
    ("/json", PAGE),
    ("/packed", PAGE),
    ("/", PAGE),
])
def test_what_is_no_page_stays_as_it_is(site, path, headers):
    assert TAG not in site.server.get(path, headers).body


def test_in_production_there_is_nothing_of_it(serve, tmp_path):
    site = Site(serve, MORE, settings={"watch": "on"}).start(tmp_path / "site")
    assert TAG not in site.server.get("/page", PAGE).body
    assert site.server.get("/.sluice/events").status == 404
    assert site.server.get("/.sluice/page.js").status == 404
    assert b"rate_of" not in site.server.get("/broken", PAGE).body


def test_an_error_is_a_page_for_a_browser(site):
    page = site.server.get("/broken", [*PAGE, ("X-Mine", "<b>")])
    text = page.body.decode()
    assert page.status == 500 and page.headers.get("content-type").startswith("text/html")
    assert "attempt to index" in text and text.count("/.sluice/page.js") == 1
    assert 'class="line here"' in text and "return rates[item.kind].rate + 1" in text
    assert "<th>rates</th><td>{ book = 7 }</td>" in text
    assert "<th>secret</th><td>&quot;&lt;one&gt;&quot;</td>" in text  # of its caller
    assert "<th>x-mine</th><td>&lt;b&gt;</td>" in text
    assert "lua/sluice" not in text


def test_an_error_is_text_for_curl_and_json_for_programs(site):
    for accept in [], [("Accept", "*/*")], [("Accept", "text/plain")]:
        answer = site.server.get("/broken", accept)
        assert answer.headers.get("content-type") == "text/plain; charset=utf-8"
        assert answer.body.startswith(b"500: ") and b"in function 'rate_of'" in answer.body
    answer = site.server.get("/broken", [("Accept", "application/json")])
    assert answer.headers.get("content-type") == "application/json"
    found = json.loads(answer.body)
    assert found["request"]["target"] == "/broken"
    assert found["frames"][0]["name"] == "rate_of"
    assert {"name": "rates", "value": "{ book = 7 }"} in found["frames"][0]["locals"]


def test_an_error_may_be_any_value(site):
    assert b"error object is a table: thrown" in site.server.get("/thrown").body
    assert site.server.get("/caught").body == b"false"
    assert b"rate_of" in site.server.get("/broken").body  # and none hides the next


def test_an_app_without_a_first_page_gets_one(serve):
    server = serve("""
local sluice = require("sluice")
local app = sluice.new()
app:get("/some/:thing", print)
app:get("/else", print)
return app
""", verb="dev")
    page = server.get("/", PAGE)
    assert page.status == 404
    assert b"no first page yet" in page.body and b'<a href="/else">' in page.body
    assert b"/some/:thing" in page.body
    assert server.get("/").body == b"404 not found\n"


browsing = pytest.mark.skipif(not CHROMIUM, reason="chromium is not installed")


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    with Browser(tmp_path_factory.mktemp("browser")) as one:
        yield one


SEES = "document.querySelector('h1')?.textContent"
TROUBLE = ("document.querySelector('sluice-trouble')?.shadowRoot"
           ".querySelector('pre').textContent")


def visit(browser, site, path):
    browser.call("Page.navigate", url=site.server.url + path)


@browsing
def test_an_open_page_is_loaded_again_after_an_edit(site, browser):
    visit(browser, site, "/page")
    for n in range(3):
        browser.wait_for(f"{SEES} === '{['one', '0', '1'][n]}'")
        site.edit(f'return "{n}"')
    browser.wait_for(f"{SEES} === '2'")


@browsing
def test_a_load_error_lies_over_the_page_until_it_is_mended(site, browser):
    visit(browser, site, "/page")
    browser.wait_for(f"{SEES} === 'one'")
    site.edit("return (")
    browser.wait_for(f"{TROUBLE}?.includes('version.lua:1:')")
    assert ">    1 | return (" in browser.evaluate(TROUBLE)
    visit(browser, site, "/page?later")  # one that is opened meanwhile shows it, too
    browser.wait_for(f"{TROUBLE}?.includes('version.lua:1:')")
    site.edit('return "mended"')
    browser.wait_for(f"{SEES} === 'mended' && !{TROUBLE}")
    site.edit("return (")
    browser.wait_for(f"{TROUBLE}?.includes('version.lua:1:')")
    site.edit('return "mended"')  # as it was before
    browser.wait_for(f"{SEES} === 'mended' && !{TROUBLE}")


@browsing
def test_an_error_page_goes_away_when_it_is_mended(site, browser):
    visit(browser, site, "/broken")
    browser.wait_for("document.querySelectorAll('details').length === 2")
    assert "attempt to index" in browser.evaluate(SEES)
    text = (site.folder / "app.lua").read_text()
    site.edit(text.replace("rates[item.kind].rate", "6"), "app.lua")
    browser.wait_for("document.querySelectorAll('details').length === 0")


@browsing
def test_a_page_waits_for_the_next_start_of_the_server(serve, site, browser, tmp_path):
    visit(browser, site, "/page")
    browser.wait_for(f"{SEES} === 'one'")
    port = site.server.port
    site.server.stop()
    site.edit('return "later"')
    site.server = serve(site.folder / "app.lua", verb="dev", listen=f"127.0.0.1:{port}")
    browser.wait_for(f"{SEES} === 'later'")


@browsing
def test_an_app_that_does_not_start_has_a_page_until_it_does(serve, browser, tmp_path):
    app = tmp_path / "app.lua"
    app.write_text("return (\n")
    server = serve(app, verb="dev")
    browser.call("Page.navigate", url=server.url + "/page")
    browser.wait_for(f"{SEES} === 'The app does not start'")
    browser.wait_for("document.body?.textContent.includes('app.lua:2:')")
    app.write_text("local <\n")
    browser.wait_for("document.body?.textContent.includes('app.lua:1:')")
    assert not browser.evaluate("document.querySelector('sluice-trouble')")
    app.write_text("""
local sluice = require("sluice")
local app = sluice.new()
app:get("/page", function(_, res)
  res:html("<h1>It does</h1>")
end)
return app
""")
    browser.wait_for(f"{SEES} === 'It does'")


@browsing
@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("path", ["/broken"])
def test_nothing_of_an_error_page_is_beside_the_window(site, browser, path, width):
    browser.call("Emulation.setDeviceMetricsOverride", width=width, height=800,
                 deviceScaleFactor=1, mobile=width < 500)
    visit(browser, site, path)
    browser.wait_for("document.querySelectorAll('details').length === 2")
    assert browser.evaluate("document.documentElement.scrollWidth") <= width


def test_open_pages_do_not_keep_the_server_from_its_end(site):
    with site.server.connect() as client:
        client.request("GET", "/.sluice/events")
        client.head()
        site.server.stop()
        log = site.server.log()
    assert "the grace time is over" not in log and "cancelled" not in log


def test_open_pages_do_not_keep_old_code_alive(serve, tmp_path):
    control = tmp_path / "control"
    site = Site(serve, verb="dev", settings={"control": control}).start(tmp_path / "site")
    with site.server.connect() as client:
        client.request("GET", "/.sluice/events")
        client.head()
        site.edit('return "two"')
        wait_until(lambda: site.body() == "two")
        seen = b""
        while chunk := client.read_chunk():
            seen += chunk
        assert b"event: hello" in seen and b"event: over" in seen
