"""The `model` engine: a real language model in the sandbox's own process, by llama.cpp (the package xllamacpp).

It downloads nothing by itself: weights are a file you name, a package you installed, or what `caicaini sandbox pull`
fetched and checked. It calls itself by the model's name, never by that of a hosted one.
"""

from __future__ import annotations

__all__: list[str] = []
