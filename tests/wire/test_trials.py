"""A few seconds of each of scripts/trial."""

import os
import shutil

import pytest

import trial_edits
import trial_kills
import trial_rolling
import trial_turmoil
from haproxy import HAPROXY
from trial import is_well

has_wrk = pytest.mark.skipif(not shutil.which("wrk"), reason="wrk is not installed")


@has_wrk
def test_edits_cost_no_request(tmp_path):
    figures = trial_edits.trial(tmp_path, 24, warm=10)
    if os.environ.get("SLUICE_SANITIZE"):  # which keeps what was freed for a while
        figures["memory after, KiB"] = 0
    assert is_well("edits", figures), figures
    assert figures["edits"] == 24 and figures["requests"] > 100


@has_wrk
def test_kills_cost_what_was_in_hand(tmp_path):
    figures = trial_kills.trial(tmp_path, 3)
    assert is_well("kills", figures), figures
    assert figures["kills"] >= 2 and figures["requests"] > 100


@has_wrk
@pytest.mark.skipif(not HAPROXY, reason="HAProxy is not installed")
def test_rolling_restarts_cost_no_request_and_no_event(tmp_path):
    figures = trial_rolling.trial(tmp_path, 1, is_patient=False)
    assert is_well("rolling", figures), figures
    assert figures["restarts"] == 4 and figures["of them with a body"] > 40


def test_turmoil_leaves_nothing(tmp_path):
    figures = trial_turmoil.trial(tmp_path, 4)
    assert is_well("turmoil", figures), figures
    assert figures["edit"] > 0
