"""What was seen in a picture, in sentences: format and size, colours, the text read from it.

It always says that the text was *read from the image*, and what to install where nothing could read it.
"""

from __future__ import annotations

import re

from caicaini_nb.sandbox.rules.asked import Asked
from caicaini_nb.sandbox.vision.sight import INSTALL, Seen

__all__ = ["COLOUR_NAMES", "colours", "facts", "size", "text", "unread"]

COLOUR_NAMES = {
    "black": "黑色",
    "blue": "蓝色",
    "brown": "棕色",
    "cyan": "青色",
    "green": "绿色",
    "grey": "灰色",
    "orange": "橙色",
    "pink": "粉色",
    "purple": "紫色",
    "red": "红色",
    "transparent": "透明",
    "white": "白色",
    "yellow": "黄色",
}


def size(asked: Asked, seen: Seen) -> str:
    """Format and size, and that an animation was seen by its first frame only."""
    said = asked.say(
        f"{seen.format}, {seen.width} × {seen.height} pixels.",
        f"{seen.format} 格式，{seen.width} × {seen.height} 像素。",
    )
    if seen.animated:
        said += asked.say(" It is an animation; only its first frame was looked at.", "这是动画，只看了第一帧。")
    return said


def colours(asked: Asked, seen: Seen) -> str:
    """The dominant colours with their shares."""
    english = ", ".join(f"{colour.name} {colour.share:.0%}" for colour in seen.colours)
    chinese = "、".join(f"{COLOUR_NAMES[colour.name]} {colour.share:.0%}" for colour in seen.colours)
    return asked.say(f"Colours: {english or 'none stands out'}.", f"颜色：{chinese or '没有突出的颜色'}。")


def text(asked: Asked, seen: Seen) -> str:
    """The text read, line by line, or why there is none."""
    if seen.lines is None:
        return unread(asked, seen)
    if not seen.lines:
        return asked.say("No text was found in the image.", "图片中没有找到文字。")
    fence = "`" * max(3, *(len(run) + 1 for run in re.findall("`+", "".join(seen.lines))), 3)
    lines = "\n".join(seen.lines)
    return asked.say("Text read from the image:", "从图片中读出的文字：") + f"\n\n{fence}text\n{lines}\n{fence}"


def unread(asked: Asked, seen: Seen) -> str:
    """Why no text was read, and what to do."""
    if seen.trouble:
        return asked.say(
            f"Its text was not read: the installed text reader failed ({seen.trouble}). Install it anew: {INSTALL}",
            f"没有读出文字：已安装的文字识别组件出错（{seen.trouble}）。请重新安装：{INSTALL}",
        )
    return asked.say(
        f"Its text was not read; to have the sandbox read text: {INSTALL}",
        f"没有读取文字；要让沙盒读取图片中的文字，请运行：{INSTALL}",
    )


def facts(seen: Seen, spelling: str = "colours") -> dict[str, object]:
    """The same as values for JSON; the text is None where nothing could read it."""
    return {
        "format": seen.format,
        "width": seen.width,
        "height": seen.height,
        spelling: [colour.name for colour in seen.colours],
        "text": None if seen.lines is None else "\n".join(seen.lines),
    }
