"""Several models asked the same at once: compare asks, comparison holds and shows what came."""

__all__: list[str] = []
