"""The README: its code runs as it stands, its links lead somewhere."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

README = Path(__file__).parent.parent / "README.md"


def test_the_ten_lines_run_without_a_key(tmp_path: Path) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", README.read_text("utf-8"), re.DOTALL)
    assert len(code.splitlines()) <= 12
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, timeout=60)
    assert done.stderr == ""
    assert "391 ·" in done.stdout
    assert "11, 12·" in done.stdout.replace(" ·", "·")
    assert "credits in this ledger, sandbox" in done.stdout
    subprocess.run([sys.executable, "-m", "caicaini_nb.cli", "sandbox", "stop"], check=True, timeout=30)


def test_links_lead_to_files() -> None:
    targets = re.findall(r"\]\((?!https?:)([^)#]+)", README.read_text("utf-8"))
    assert targets
    assert [target for target in targets if not (README.parent / target).exists()] == []


def test_pictures_have_alternative_text() -> None:
    pictures = re.findall(r"!\[([^\]]*)\]", README.read_text("utf-8"))
    assert pictures
    assert all(len(text) > 40 for text in pictures)
