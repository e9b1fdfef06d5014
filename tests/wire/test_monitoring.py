"""The page, the dashboard and the alerts name metrics that there are."""

import json
import re

from processes import until
from server import ROOT
from test_admin import start

PAGE = ROOT / "docs" / "monitoring.md"
DASHBOARD = ROOT / "docs" / "monitoring" / "dashboard.json"
ALERTS = ROOT / "docs" / "monitoring" / "alerts.yml"

NAME = re.compile(r"\b(?:sluice|process)_[a-z_]+\b")
APP = """
local sluice = require("sluice")
local app = sluice.new()
app:get("/", function(_, res) res:text("hello") end)
return app
"""


def families(serve):
    """What /metrics has, and the labels of each, when a request was made."""
    server, admin = start(serve, 1, app=APP)
    server.get("/")
    until(lambda: "sluice_requests_total{" in admin.text("/metrics"))
    found = {}
    for line in admin.text("/metrics").splitlines():
        if line.startswith("# TYPE"):
            current = found.setdefault(line.split()[2], set())
        elif not line.startswith("#"):
            current.update(re.findall(r"([a-z]+)=\"", line))
    for labels in found.values():
        labels.discard("le")
    return found


def family_of(name):
    return re.sub(r"_(bucket|sum|count)$", "", name)


def expressions():
    dashboard = json.loads(DASHBOARD.read_text())
    for panel in dashboard["panels"]:
        for target in panel["targets"]:
            yield target["expr"], target["legendFormat"]
    for found in re.finditer(r"expr: (?:\|\n((?: {10,}.*\n)+)|(.*)\n)",
                             ALERTS.read_text()):
        yield found.group(1) or found.group(2), ""


def test_the_page_names_every_metric_with_its_labels(serve):
    named = {}
    for row in re.findall(r"^\| (`sluice_.*|`process_.*)$", PAGE.read_text(), re.M):
        metrics, labels = row.split("|")[:2]
        for name in NAME.findall(metrics):
            named[name] = set(re.findall(r"`([a-z]+)`", labels))
    assert named == families(serve)


def test_dashboard_and_alerts_use_metrics_that_there_are(serve):
    there = families(serve)
    used = [(expr, legend, NAME.findall(expr)) for expr, legend in expressions()]
    assert len(used) > 40
    for expr, legend, names in used:
        assert names or "up{" in expr, expr
        labels = set()
        for name in names:
            family = there.get(name, there.get(family_of(name)))
            assert family is not None, f"{name} in {expr}"
            labels |= family
        wanted = set(re.findall(r"\{\{(\w+)\}\}", legend))
        wanted |= set(re.findall(r"([a-z]+)=~?\"", expr)) - {"job"}
        assert wanted <= labels, expr


def test_the_dashboard_shows_every_metric_that_changes(serve):
    shown = {name for expr, _ in expressions() for name in NAME.findall(expr)}
    shown = {family_of(name) for name in shown}
    quiet = {"sluice_build_info", "process_start_time_seconds",
             "sluice_connections_total", "sluice_routes_refused_total",
             "sluice_idle_connections_closed_total",
             "sluice_lua_forced_collections_total",
             "sluice_lua_forced_collection_seconds_total"}
    assert set(families(serve)) - shown == quiet
