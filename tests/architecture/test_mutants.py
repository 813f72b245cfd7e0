"""Seeded defects must keep up with the code that they break: each patch still applies, and names tests that exist."""

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PATCHES = sorted((ROOT / "tests" / "mutants").glob("*.patch"))


def test_there_are_eighteen() -> None:
    assert len(PATCHES) == 18


@pytest.mark.parametrize("patch", PATCHES, ids=lambda patch: patch.stem)
def test_a_mutant_can_be_seeded_and_has_tests(patch: Path) -> None:
    breaks, tests, *_ = patch.read_text(encoding="utf-8").splitlines()
    applied = subprocess.run(["git", "apply", "--check", str(patch)], cwd=ROOT, capture_output=True, text=True)

    assert applied.returncode == 0, applied.stderr
    assert breaks.startswith("Breaks: ")
    for test in tests.removeprefix("Tests: ").split():
        path, _, name = test.partition("::")
        assert f"def {name}" in (ROOT / path).read_text(encoding="utf-8"), test
