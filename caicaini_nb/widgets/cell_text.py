"""What of a question and its answer is worth a cell: the answer's code, else the question, to be asked again."""

from __future__ import annotations

from markdown_it import MarkdownIt

__all__ = ["cell_text"]

PYTHON = ("", "python", "python3", "py", "ipython")


def cell_text(question: str, answer: str) -> str:
    """The Python blocks of the answer, one below the other; without any, a `%%caicaini` cell with the question."""
    blocks = [
        token.content.rstrip()
        for token in MarkdownIt("commonmark").parse(answer)
        if token.type == "fence" and token.info.strip().split(" ")[0].lower() in PYTHON and token.content.strip()
    ]
    return "\n\n".join(blocks) if blocks else f"%%caicaini\n{question.strip()}"
