"""How much memory a new model may take on this machine; None where the system does not say."""

from __future__ import annotations

from pathlib import Path

__all__ = ["available"]

MEMINFO = Path("/proc/meminfo")
GROUP = Path("/sys/fs/cgroup")


def available(meminfo: Path = MEMINFO, group: Path = GROUP) -> int | None:
    """Return bytes: what Linux calls available, or less where a container's limit leaves less."""
    known = [size for size in (_machine(meminfo), _container(group)) if size is not None]
    return min(known, default=None)


def _machine(meminfo: Path) -> int | None:
    try:
        lines = meminfo.read_text(encoding="ascii").splitlines()
    except (OSError, UnicodeDecodeError):
        return None
    found = [line.split() for line in lines if line.startswith("MemAvailable:")]
    return int(found[0][1]) * 1024 if found else None


def _container(group: Path) -> int | None:
    try:
        limit = (group / "memory.max").read_text(encoding="ascii").strip()
        used = int((group / "memory.current").read_text(encoding="ascii"))
        counts = (group / "memory.stat").read_text(encoding="ascii").split()
        reclaimable = int(counts[counts.index("inactive_file") + 1])
    except (OSError, ValueError):
        return None
    return None if limit == "max" else max(0, int(limit) - used + reclaimable)
