"""Ten seconds of scripts/soak."""

from soak import soak


def test_nothing_is_left_after_mixed_load(tmp_path):
    done, left = soak(10, 1, tmp_path)
    assert set(left) == {"connections", "exchanges", "operations", "pieces", "anchors",
                         "handlers", "coroutines", "generations"}
    assert not any(left.values()), left
    assert done.left > 10
