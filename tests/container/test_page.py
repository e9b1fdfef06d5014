"""docs/container.md says what is so."""

import json
import re
import shlex
import uuid

import pytest
import yaml

from engine import ENGINE, IMAGES, ROOT, engine, until

PAGE = (ROOT / "docs" / "container.md").read_text()
SCRIPTS = {"index.lua": "return function(_, res) res:text('hello') end"}


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


def commands():
    """Each `podman run` of the page, as words."""
    for block in blocks("sh"):
        for line in block.replace("\\\n", " ").splitlines():
            if line.startswith("podman run"):
                yield pytest.param(shlex.split(line)[2:], id=line[:60])


@pytest.mark.parametrize("words", commands())
def test_a_command_of_the_page_works(site, words):
    folder = site(SCRIPTS)
    words = [f"{folder}:/app:ro" if word == "./site:/app:ro" else word for word in words]
    words = ["127.0.0.1::8080" if word == "8080:8080" else word for word in words]
    if "check" in words:
        done = engine("run", "--no-healthcheck", *words)
        assert "/app/index.lua" in done.stdout
        return
    name = f"sluice-test-{uuid.uuid4().hex[:12]}"
    engine("run", "--detach", "--no-healthcheck", "--name", name, *words)
    try:
        until(lambda: "listening on" in engine("logs", name).stderr)
    finally:
        engine("rm", "--force", name)


def test_there_are_commands():
    assert len(list(commands())) == 3


def test_the_file_of_an_app_is_the_one_that_is_made_for_a_new_project():
    (shown,) = blocks("dockerfile")
    made = (ROOT / "lua" / "new" / "Containerfile").read_text()
    made = re.sub(r"^#.*\n|^ARG .*\n|^\n", "", made, flags=re.MULTILINE)
    assert shown == made.replace("${SLUICE}", "sluice:minimal")


@pytest.mark.parametrize("image", IMAGES)
def test_the_sizes_are_those_of_the_images(image):
    (shown,) = re.findall(rf"^\| `{image}` \|.*\| ([0-9.]+) MB \|$", PAGE, re.MULTILINE)
    size = json.loads(engine("image", "inspect", image).stdout)[0]["Size"] / 1e6
    assert size == pytest.approx(float(shown), rel=0.1)


def test_the_rule_of_the_adapter_is_one():
    (text,) = blocks("yaml")
    (rule,) = yaml.safe_load(text)["rules"]
    assert set(rule) == {"seriesQuery", "resources", "metricsQuery"}


@pytest.mark.skipif(ENGINE != "podman", reason="others stop in their own way")
def test_podman_knows_the_option_that_gives_more_time(run):
    (option,) = re.findall(r"`podman stop (--time \d+)`", PAGE)
    container = run()
    engine("stop", *option.split(), container.name)
    assert container.wait() == 0
