"""Instructions per event and per ledger row, counted by callgrind: what holds where seconds are too noisy to judge.

Seconds move with whatever else a machine does; the instructions of a process do not, to a fraction of a percent. They
depend on the interpreter and the libraries instead, so the committed counts say what they were counted on, and nothing
is compared with counts from elsewhere. `python -m tests.benchmarks.instructions --record` counts and commits anew.
"""

from __future__ import annotations

import argparse
import json
import platform
import re
import shutil
import sqlite3
import sys
import sysconfig
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TypeAlias

from tests.benchmarks.counted import EVENTS, MARK, PROGRAMS
from tests.benchmarks.rounds import Figure, Reach
from tests.benchmarks.service import chat_frames, messages_frames
from tests.benchmarks.setting import Setting
from tests.installation import ROOT, clean_environment, run

__all__ = ["RECORD", "TOLERANCE", "committed", "count", "find_valgrind", "measure", "record", "row", "strayed"]

COMMITTED = Path(__file__).with_suffix(".json")
RECORD = f"python -m tests.benchmarks.{Path(__file__).stem} --record"
TOLERANCE = 0.05
SUMMARY = re.compile(r"(?m)^summary: (\d+)$")
# The order of a set, and how long a look-up takes, depend on the seed. How memory is copied depends on the processor:
# one copies a page in many steps, another in one that callgrind counts as thousands. This leaves what all of them have.
PINNED = {
    "PYTHONHASHSEED": "0",
    "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX2,-AVX_Fast_Unaligned_Load,-SSSE3,-SSE4_1,-SSE4_2,-ERMS,-FSRM",
}

Counts: TypeAlias = Mapping[str, int]
"""The instructions of one unit of each program."""


@dataclass(frozen=True)
class Committed:
    """Counts, and what they were counted on."""

    on: Mapping[str, str]
    counts: Counts


def measure(setting: Setting) -> Iterator[Figure]:
    """Without valgrind there are no rows; without counts from such a machine there is nothing to reach."""
    if (valgrind := find_valgrind()) is None:
        return
    known = committed() or {}
    for name, found in count(valgrind).items():
        peer = [known[name]] if name in known else []
        reach = Reach(1 + TOLERANCE, "ratio") if peer else None
        yield Figure(row(name), "instructions", [found], peer, "as committed", reach)


def row(name: str) -> str:
    """What the row of this program is called."""
    return f"instructions per {name}"


def find_valgrind() -> str | None:
    """Where valgrind is installed."""
    return shutil.which("valgrind")


def count(valgrind: str) -> Counts:
    """Run the programs."""
    with tempfile.TemporaryDirectory(prefix="caicaini-counted-") as name:
        folder = Path(name)
        (folder / "messages").write_bytes(b"".join(messages_frames(EVENTS)))
        (folder / "chat").write_bytes(b"".join(chat_frames(EVENTS)))
        callgrind = [valgrind, "--tool=callgrind", f"--callgrind-out-file={folder / 'counts'}", f"--dump-before={MARK}"]
        program: list[str | Path] = [sys.executable, "-m", "tests.benchmarks.counted", folder]
        said = run([*callgrind, *program], ROOT, {**clean_environment(folder), **PINNED})
        parts = len(list(folder.glob("counts.*")))
        if parts != 2 * len(PROGRAMS):
            raise RuntimeError(f"callgrind wrote {parts} parts for {len(PROGRAMS)} programs:\n{said}")
        # Odd parts are what lies before a program's turn that is counted.
        return {
            name: round(_summary(folder / f"counts.{2 * number}") / program.units)
            for number, (name, program) in enumerate(PROGRAMS.items(), start=1)
        }


def committed() -> Counts | None:
    """The committed counts that fit this machine, `None` where there are none."""
    here = _circumstances()
    return next((entry.counts for entry in _entries() if entry.on == here), None)


def record(counts: Counts) -> None:
    """Put these in place of what was committed for such a machine."""
    here = _circumstances()
    others = [entry for entry in _entries() if entry.on != here]
    entries = sorted([*others, Committed(here, counts)], key=lambda entry: sorted(entry.on.items()))
    COMMITTED.write_text(json.dumps([asdict(entry) for entry in entries], indent=2) + "\n", "utf-8")


def strayed(found: Counts, known: Counts) -> list[str]:
    """A sentence for each count that is off by more than `TOLERANCE`, to either side, or stands on one side only."""
    if differ := sorted(found.keys() ^ known.keys()):
        return [f"Counted and committed are not the same programs: {', '.join(differ)}. Record anew: {RECORD}"]
    return [_sentence(name, found[name], known[name]) for name in found if _is_off(found[name], known[name])]


def _is_off(found: int, known: int) -> bool:
    return abs(found / known - 1) > TOLERANCE


def _sentence(name: str, found: int, known: int) -> str:
    why = "Find what it does more, or, if it must, record that" if found > known else "Record the gain"
    return f"{row(name)}: {found:,}, where {known:,} are committed ({found / known - 1:+.0%}). {why}: {RECORD}"


def _entries() -> list[Committed]:
    return [Committed(**entry) for entry in json.loads(COMMITTED.read_text("utf-8"))]


def _circumstances() -> dict[str, str]:
    """What the counts depend on. One release of Python differs with the way it was compiled."""
    options = str(sysconfig.get_config_var("CONFIG_ARGS"))
    guided = "profile-guided" if "--enable-optimizations" in options else "not profile-guided"
    shared = "shared" if sysconfig.get_config_var("Py_ENABLE_SHARED") else "static"
    return {
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "compiled": f"{platform.python_compiler()}, {guided}, {shared}",
        "machine": f"{platform.system()} {platform.machine()}, {' '.join(platform.libc_ver())}",
        "msgspec": version("msgspec"),
        "sqlite": sqlite3.sqlite_version,
    }


def _summary(part: Path) -> int:
    found = SUMMARY.search(part.read_text("utf-8", "replace"))
    if found is None:
        raise RuntimeError(f"callgrind wrote no sum into {part.name}")
    return int(found[1])


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--record", action="store_true", help=f"write what is counted into {COMMITTED.name}")
    asked = parser.parse_args(arguments)
    if (valgrind := find_valgrind()) is None:
        parser.error("valgrind is not installed")
    found = count(valgrind)
    if asked.record:
        record(found)
    for name, number in found.items():
        print(f"{row(name)}: {number:,}")


if __name__ == "__main__":
    main(sys.argv[1:])
