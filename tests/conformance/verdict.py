"""What a suite said, read from the JUnit file that it wrote: how many passed, what failed, what was skipped and why."""

from __future__ import annotations

import subprocess
import xml.etree.ElementTree as ElementTree
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Verdict", "judge"]


@dataclass(frozen=True)
class Verdict:
    """The outcome of one suite; `skipped` gives the reason of each, `printed` is all that the run wrote."""

    passed: int
    failed: tuple[str, ...]
    skipped: dict[str, str]
    printed: str

    def unexplained(self, explained: Mapping[str, str]) -> dict[str, str]:
        """Return the skips that are in no table, and the lines of the table that nothing was skipped for."""
        bare = {name: name.partition("[")[0].rpartition(".")[2] for name in self.skipped}
        extra = {name: why for name, why in self.skipped.items() if bare[name] not in explained}
        return extra | dict.fromkeys(explained.keys() - set(bare.values()), "was not skipped")


def judge(
    interpreter: Path, arguments: Sequence[str | Path], folder: Path, variables: Mapping[str, str], report: Path
) -> Verdict:
    """Run pytest with another interpreter in a folder, and read its verdict."""
    command = [interpreter, "-m", "pytest", "-p", "no:cacheprovider", f"--junit-xml={report}", *arguments]
    done = subprocess.run(
        [str(part) for part in command],
        cwd=folder,
        env=dict(variables),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=600,
    )
    assert report.is_file(), f"pytest ended with {done.returncode} and no report:\n{done.stdout}"
    return _read(report, done.stdout)


def _read(report: Path, printed: str) -> Verdict:
    outcomes: Counter[str] = Counter()
    failed: list[str] = []
    skipped: dict[str, str] = {}
    for case in ElementTree.parse(report).iter("testcase"):
        name = f"{case.get('classname', '').rpartition('.')[2]}.{case.get('name', '')}"
        found = {child.tag: child for child in case}
        if "failure" in found or "error" in found:
            failed.append(name)
        elif "skipped" in found:
            skipped[name] = found["skipped"].get("message", "")
        else:
            outcomes["passed"] += 1
    return Verdict(outcomes["passed"], tuple(failed), skipped, printed)
