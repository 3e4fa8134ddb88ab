"""Free memory: the machine's or what a container's limit leaves, whichever is less; None where nobody says."""

from __future__ import annotations

from pathlib import Path

from caicaini_nb.sandbox.model.memory import available


def container(folder: Path, limit: str, used: int, reclaimable: int) -> Path:
    """Write a control group's files."""
    (folder / "memory.max").write_text(f"{limit}\n")
    (folder / "memory.current").write_text(f"{used}\n")
    (folder / "memory.stat").write_text(f"anon 5\ninactive_file {reclaimable}\n")
    return folder


def test_the_smaller_figure_counts(tmp_path: Path) -> None:
    meminfo = tmp_path / "meminfo"
    meminfo.write_text("MemTotal: 9000 kB\nMemAvailable:    2000 kB\n")
    assert available(meminfo, tmp_path) == 2_000 * 1024
    assert available(meminfo, container(tmp_path, "1000000", 700_000, 100_000)) == 400_000
    assert available(meminfo, container(tmp_path, "max", 700_000, 100_000)) == 2_000 * 1024
    assert available(meminfo, container(tmp_path, "1000", 700_000, 0)) == 0


def test_unknown_is_none(tmp_path: Path) -> None:
    assert available(tmp_path / "none", tmp_path) is None
    (tmp_path / "meminfo").write_text("nothing of interest")
    assert available(tmp_path / "meminfo", tmp_path) is None
