"""The manifests say what they mean, and a pod made of them serves."""

import re
import urllib.request
import uuid
from pathlib import Path

import pytest
import yaml

from engine import ENGINE, IMAGES, ROOT, engine, until
from manifests import (
    FOLDERS, KUSTOMIZE, built, container, environment, pod, unknown_fields)
from test_site import mount

pytestmark = pytest.mark.skipif(not KUSTOMIZE, reason="kustomize is not installed")


@pytest.fixture(scope="module", params=FOLDERS)
def objects(request):
    return built(request.param)


def seconds(text):
    return int(re.fullmatch(r"(\d+)s", text)[1])


def test_every_field_has_a_name_that_kubernetes_knows(objects):
    for one in objects.values():
        assert unknown_fields(one) == []


def test_a_slip_would_be_seen():
    one = built("base")["Service"]
    one["spec"]["ports"][0]["targetport"] = "http"
    assert unknown_fields(one) == ["spec.ports.targetport"]


def test_all_that_there_should_be_is_there_and_is_about_the_same_pods(objects):
    assert set(objects) == {"ConfigMap", "Deployment", "Service", "PodDisruptionBudget",
                            "HorizontalPodAutoscaler"}
    deployment = objects["Deployment"]
    labels = deployment["spec"]["template"]["metadata"]["labels"]
    selectors = [deployment["spec"]["selector"]["matchLabels"],
                 objects["Service"]["spec"]["selector"],
                 objects["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"]]
    for selector in selectors:
        assert selector and selector.items() <= labels.items()
    target = objects["HorizontalPodAutoscaler"]["spec"]["scaleTargetRef"]
    assert target == {"apiVersion": deployment["apiVersion"], "kind": "Deployment",
                      "name": deployment["metadata"]["name"]}
    assert "replicas" not in deployment["spec"]  # An update would undo the scaling.


def test_ports_and_volumes_that_are_named_are_there(objects):
    ports = {port["name"]: port["containerPort"] for port in container(objects)["ports"]}
    for port in objects["Service"]["spec"]["ports"]:
        assert port["targetPort"] in ports
    assert ports["admin"] == int(environment(objects)["SLUICE_ADMIN"].lstrip(":"))
    volumes = {volume["name"]: volume for volume in pod(objects)["volumes"]}
    assert {mount["name"] for mount in container(objects)["volumeMounts"]} == set(volumes)
    name = objects["ConfigMap"]["metadata"]["name"]
    assert volumes["scripts"]["configMap"]["name"] == name == "sluice-scripts"


def test_probes_ask_what_the_admin_listener_answers(objects):
    page = (ROOT / "docs" / "monitoring.md").read_text()
    for kind, path in (("startup", "/readyz"), ("readiness", "/readyz"),
                       ("liveness", "/healthz")):
        asks = container(objects)[f"{kind}Probe"]["httpGet"]
        assert asks == {"path": path, "port": "admin"}
        assert f"`GET {path}`" in page


def test_there_is_time_for_what_runs(objects):
    """The server says when it gives up; the kubelet has to wait longer."""
    before = container(objects)["lifecycle"]["preStop"]["sleep"]["seconds"]
    grace = seconds(environment(objects)["SLUICE_GRACE"])
    assert pod(objects)["terminationGracePeriodSeconds"] >= before + grace + 5


def test_it_may_do_nothing_that_it_need_not(objects):
    assert pod(objects)["automountServiceAccountToken"] is False
    assert pod(objects)["securityContext"] == {
        "runAsNonRoot": True, "runAsUser": 65534, "runAsGroup": 65534,
        "seccompProfile": {"type": "RuntimeDefault"}}
    assert container(objects)["securityContext"] == {
        "allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]}}
    assert set(container(objects)["resources"]["limits"]) == {"cpu", "memory"}


def test_it_scales_by_a_metric_that_there_is(objects):
    page = (ROOT / "docs" / "monitoring.md").read_text()
    (metric,) = objects["HorizontalPodAutoscaler"]["spec"]["metrics"]
    name = metric["pods"]["metric"]["name"]
    assert re.search(rf"^\| `{name}`", page, re.MULTILINE)
    assert not name.endswith("_total")  # A value of now is needed, and no rate.
    adapter = (ROOT / "docs" / "container.md").read_text()
    assert f"'{name}{{" in adapter


def test_the_settings_are_settings_and_the_scripts_load(objects, site):
    options = [f"--env={name}={value}" for name, value in environment(objects).items()]
    folder = site(objects["ConfigMap"]["data"])
    done = engine("run", "--rm", "--no-healthcheck", *options, f"--volume={folder}:/app:ro",
                  "sluice:minimal", "check", "/app", check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "GET  /" in done.stdout


# --- A pod ---------------------------------------------------------------------------


@pytest.fixture
def play(tmp_path):
    """The address of a pod that podman made of the Deployment, and the folder of
    its ConfigMap. Only the port of the host is ours, and the name."""
    if ENGINE != "podman":
        pytest.skip("only podman makes pods of manifests")
    objects = built("base")
    name = f"sluice-test-{uuid.uuid4().hex[:12]}"
    deployment, scripts = objects["Deployment"], objects["ConfigMap"]
    deployment["metadata"]["name"] = name
    scripts["metadata"]["name"] = name
    pod(objects)["volumes"][0]["configMap"]["name"] = name
    pod(objects)["volumes"][0]["name"] = name
    container(objects)["volumeMounts"][0]["name"] = name
    container(objects)["image"] = "localhost/" + IMAGES[1]
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        container(objects).pop(probe)  # podman asks them with curl, by systemd
    file = tmp_path / "pod.yaml"
    file.write_text(yaml.safe_dump_all([scripts, deployment]))
    engine("play", "kube", file)
    try:
        pods = engine("pod", "ps", "--filter", f"name={name}", "--format", "{{.Name}}").stdout
        running = f"{pods.strip()}-sluice"
        address = engine("inspect", "--format", "{{range .NetworkSettings.Networks}}"
                         "{{.IPAddress}}{{end}}", infra_of(pods.strip())).stdout.strip()
        folder = engine("volume", "inspect", "--format", "{{.Mountpoint}}", name).stdout.strip()
        yield address, folder, running
    finally:
        engine("play", "kube", "--down", file, check=False)
        engine("volume", "rm", "--force", name, check=False)


def infra_of(name):
    return engine("pod", "inspect", "--format", "{{.InfraContainerID}}", name).stdout.strip()


def ask(address, port, path="/"):
    try:
        with urllib.request.urlopen(f"http://{address}:{port}{path}", timeout=5) as answer:
            return answer.read().decode()
    except OSError as error:
        return repr(error)


def test_podman_runs_the_pod(play):
    address, folder, name = play
    until(lambda: "ConfigMap sluice-scripts" in ask(address, 8080),
          lambda: engine("logs", name, check=False).stderr)
    assert ask(address, 9180, "/readyz").startswith("ready")
    assert "sluice_exchanges " in ask(address, 9180, "/metrics")
    (Path(folder) / "index.lua").unlink()
    mount(Path(folder), 1, {"index.lua": "return function(_, res) res:text('new') end"})
    until(lambda: ask(address, 8080) == "new")
