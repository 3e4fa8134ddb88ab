"""The two wire conventions: how a request is written, how a plain answer and a stream are read.

surface     what both have in common
messages    Caicaini's own; messages_content and messages_tools write its blocks
chat        chat completions, which both providers have; chat_content and chat_tools write its parts
"""

__all__: list[str] = []
