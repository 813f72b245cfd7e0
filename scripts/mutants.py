"""Seed each defect of ``tests/mutants`` into a copy of the tree, and see the tests of the ledger fail.

Every mutant is a patch with two lines before it: what it ``Breaks:``, and the ``Tests:`` that run against it, the most
likely one first. A mutant is killed when one of them fails; at last, all that killed have to pass without a mutant.
"""

import re
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PYTHON = ROOT / ".venv" / "bin" / "python"
COPIED = ("backend", "tests", "pyproject.toml")
AT_ONCE = 2
PATIENCE_S = 240
FAILED = re.compile(r"^FAILED (tests/.+?::.+?)(?: - .*)?$", re.MULTILINE)
UNSOUND = re.compile(r"^ERROR (tests/.+?::.+?)(?: - .*)?$", re.MULTILINE)


@dataclass(frozen=True)
class Mutant:
    """A defect: its name, the patch that seeds it, what it breaks, and which tests should see it."""

    name: str
    patch: Path
    breaks: str
    tests: list[str]


@dataclass(frozen=True)
class Verdict:
    """What became of a mutant: the test that killed it, or none and what happened instead."""

    mutant: Mutant
    killed_by: str | None
    says: str
    seconds: float


def read_mutants() -> list[Mutant]:
    """Return all mutants, in the order of their numbers."""
    found = []
    for patch in sorted((ROOT / "tests" / "mutants").glob("*.patch")):
        head = dict(line.split(": ", 1) for line in patch.read_text(encoding="utf-8").split("\n\n", 1)[0].splitlines())
        found.append(Mutant(patch.stem, patch, head["Breaks"], head["Tests"].split()))
    return found


def copy_tree(target: Path) -> None:
    """Copy what the tests need, as it stands in the working tree."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *COPIED],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in listed.stdout.splitlines():
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)


def judge(mutant: Mutant) -> Verdict:
    """Run a mutant's tests in a copy of the tree that has it."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="latent-mutant-") as folder:
        copy_tree(Path(folder))
        subprocess.run(["git", "apply", str(mutant.patch)], cwd=folder, check=True)
        killed_by, says = None, ""
        for test in mutant.tests:
            killed_by, says = run_tests(Path(folder), test)
            if killed_by is not None:
                break
    return Verdict(mutant, killed_by, says, time.monotonic() - began)


def judge_without(tests: list[str]) -> tuple[str | None, str]:
    """Run tests in a copy that has no mutant."""
    with tempfile.TemporaryDirectory(prefix="latent-mutant-") as folder:
        copy_tree(Path(folder))
        return run_tests(Path(folder), *tests)


def run_tests(folder: Path, *tests: str) -> tuple[str | None, str]:
    """Run tests in a copy up to the first that fails; returns its name, and pytest's last words."""
    command = [str(PYTHON), "-m", "pytest", "-q", "-x", "--tb=line", "-p", "no:cacheprovider", *tests]
    try:
        result = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    except subprocess.TimeoutExpired:
        return None, f"no end within {PATIENCE_S} s"
    says = (result.stdout.strip().splitlines() or [result.stderr.strip()[-200:]])[-1]
    killed = FAILED.search(result.stdout)
    if killed is None and "passed" in says:  # the ledger was found unsound after a test; a broken set-up kills nothing
        killed = UNSOUND.search(result.stdout)
    return killed.group(1) if killed else None, says


def main() -> None:
    """Judge all mutants (or those whose names contain the arguments), print the table, and fail for a survivor."""
    began = time.monotonic()
    mutants = [one for one in read_mutants() if not sys.argv[1:] or any(part in one.name for part in sys.argv[1:])]
    with ThreadPoolExecutor(AT_ONCE) as threads:
        verdicts = list(threads.map(judge, mutants))
    for verdict in verdicts:
        end = f"killed by {verdict.killed_by}" if verdict.killed_by else f"SURVIVED ({verdict.says})"
        print(f"{verdict.mutant.name:30} {verdict.mutant.breaks}\n{'':30} {end} ({verdict.seconds:.0f} s)")
    killers = list(dict.fromkeys(verdict.killed_by for verdict in verdicts if verdict.killed_by))
    fails, says = judge_without(killers)
    print(f"{sum(verdict.killed_by is not None for verdict in verdicts)} of {len(mutants)} mutants killed", end=" ")
    print(f"in {time.monotonic() - began:.0f} s; without a mutant their tests say: {says}")
    if any(verdict.killed_by is None for verdict in verdicts) or fails is not None or "passed" not in says:
        sys.exit(1)


if __name__ == "__main__":
    main()
