"""The ABI of libsluice changes only on purpose."""

import difflib

from abi import declarations, describe, symbols
from conftest import BUILD, ROOT

KEPT = ROOT / "tests/install/libsluice.abi"
ADVICE = """
What programs rely on that are linked with libsluice has changed; see above.

Only added (lines with +, and no struct has grown)?
    scripts/abi, and commit tests/install/libsluice.abi.
Removed, or different (lines with -)?
    Programs that were built before would break. Can it stay as it was? If not:
    raise SL_ABI_VERSION in include/sluice/abi.h, once between two releases; the
    SONAME, the version of the symbols and the name of the package follow it.
    Then scripts/abi, a line in CHANGELOG.md, and commit.
"""


def test_the_abi_is_the_one_that_is_kept():
    kept = KEPT.read_text()
    now = describe(ROOT / "include", BUILD / "libsluice.so")
    changes = difflib.unified_diff(
        kept.splitlines(True), now.splitlines(True), str(KEPT), "the library", n=0)
    assert now == kept, "".join(changes) + ADVICE


def test_everything_declared_is_exported_and_nothing_else():
    exported = {line.split()[1].split("@")[0]
                for line in symbols(BUILD / "libsluice.so")}
    declared = {item.split("(")[0].split()[-1].lstrip("*")
                for item in declarations(ROOT / "include")
                if "(" in item and not item.startswith("typedef") and "{" not in item}
    assert exported == declared


def test_every_symbol_has_the_version_of_the_abi():
    number = next(line.split()[2] for line in KEPT.read_text().splitlines()
                  if line.startswith("number SL_ABI_VERSION "))
    for line in symbols(BUILD / "libsluice.so"):
        assert line.split()[1].endswith(f"@@SLUICE_{number}"), line
