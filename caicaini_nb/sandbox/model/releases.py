"""The models that `caicaini sandbox pull` knows: official files, each with its hash and licence.

A file is here only if its address and its hash are known to belong together; any other GGUF works by its path.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["RELEASES", "Release"]


@dataclass(frozen=True)
class Release:
    """One file; `size` is in bytes, `sha256` in hexadecimal."""

    name: str
    file: str
    url: str
    sha256: str
    size: int
    licence: str


RELEASES = {
    release.name: release
    for release in (
        Release(
            "qwen2.5-coder-0.5b",
            "qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
            "https://huggingface.co/Qwen/Qwen2.5-Coder-0.5B-Instruct-GGUF/resolve/main/qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
            "1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
            491_400_064,
            "Apache-2.0",
        ),
    )
}
