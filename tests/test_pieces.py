"""Cutting a growing text: nothing lost, bounded tails, cuts where a reader does not see them."""

from __future__ import annotations

import random

from caicaini_nb.display.pieces import SMALLEST, Cutter


def run(text: str, step: int = 7) -> tuple[list[str], Cutter, int]:
    cutter, blocks, longest = Cutter(), [], 0
    for start in range(0, len(text), step):
        cutter.add(text[start : start + step])
        while (block := cutter.take()) is not None:
            blocks.append(block)
        longest = max(longest, len(cutter.tail))
    return blocks, cutter, longest


def test_short_text_is_never_cut() -> None:
    blocks, cutter, _ = run("word " * 100 + "\n\n" + "more " * 100)
    assert blocks == []
    assert cutter.tail.startswith("word")


def test_paragraphs_are_cut_at_blank_lines_and_nothing_is_lost() -> None:
    text = "\n\n".join(f"Paragraph {number}. " + "word " * 40 for number in range(60))
    blocks, cutter, longest = run(text)
    assert "".join(blocks) + cutter.tail == text
    assert len(blocks) >= 5
    assert all(block.endswith("\n\n") for block in blocks)
    assert longest < 2 * SMALLEST


def test_code_is_never_cut_outside_a_fence() -> None:
    code = "```python\n" + "print('x')\n\n" * 400 + "```\n\nAfter."
    blocks, cutter, longest = run(code)
    pieces = [*blocks, cutter.tail]
    assert all(piece.startswith("```python\n") for piece in pieces[:-1])
    assert all(piece.rstrip().endswith("```") for piece in blocks)
    assert "".join(pieces).count("print('x')") == 400
    assert longest < 2 * SMALLEST


def test_one_endless_paragraph_stays_bounded() -> None:
    text = " ".join(str(number) for number in range(8000))
    blocks, cutter, longest = run(text)
    assert "".join(blocks) + cutter.tail == text
    assert longest <= max(2 * SMALLEST, len(text) // 10) + 7


def test_lists_are_not_cut_from_their_nested_lines() -> None:
    text = "".join(f"- item {number}\n\n  continued {'x' * 50}\n\n" for number in range(100))
    blocks, _, _ = run(text)
    assert blocks
    assert all(block.startswith("- item") for block in blocks)


def test_outputs_stay_few_for_long_answers() -> None:
    paragraph = "word " * 60 + "\n\n"
    blocks, _, _ = run(paragraph * 430)  # about 130 kB, the longest answer a model may give
    assert len(blocks) <= 60


def test_any_text_survives_in_order() -> None:
    chance = random.Random(7)
    text = "".join(chance.choice("ab \n#-") for _ in range(20_000))
    blocks, cutter, _ = run(text, step=3)
    assert "".join([*blocks, cutter.tail]) == text
