"""What is shown, made from values alone.

render          the screens: a notebook's, a plain one, a terminal's
answer, draft   a whole reply, and one under way; pieces cuts growing text, folds shows thinking and tool calls
receipt         what a call cost
panel           small tables
transcript      conversations
safe_markdown   a model's Markdown, disarmed
"""

__all__: list[str] = []
