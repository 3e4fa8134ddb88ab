"""Images: the rules engine has no eyes, and says so instead of describing what it has not seen."""

from __future__ import annotations

from caicaini_nb.sandbox.rules.answer import Answer
from caicaini_nb.sandbox.rules.asked import Asked

__all__ = ["images"]


def images(asked: Asked) -> Answer | None:
    """Answer a last user turn that came with images."""
    turns = [turn for turn in asked.question.turns if turn.role == "user"]
    number = turns[-1].images if turns else 0
    if not number:
        return None
    received = f"{number} image{'' if number == 1 else 's'}"
    said = asked.say(
        (
            f"The sandbox received {received}, but its rules engine cannot see; a hosted model with vision"
            f" and your own key can."
        ),
        f"沙盒收到了 {number} 张图片，但规则引擎看不见；用你自己的密钥调用支持视觉的托管模型就可以。",
    )
    return Answer(said, value={"images": number}, steps=(f"Counted {received} in the last user turn.",))
