"""Runs the rendered chat.py in the real package, first as you would, then function by function."""

import subprocess
import sys

program = subprocess.run([sys.executable, "chat.py"], capture_output=True, text=True)
if program.returncode:
    sys.exit(program.stderr.strip().splitlines()[-1])
print("ok the program as it is")

import chat

answer = chat.ask("Count to 5")
assert "5" in answer.message.content, "the plain answer is not what was asked for"
assert answer.raw.usage.total_tokens > 0, "the plain answer has no usage"
print("ok plain, with usage")
text, usage = chat.stream("Count to 5")
assert text == answer.message.content, "the stream is not the plain answer"
assert usage.total_tokens > 0, "the stream brought no usage"
print("ok streamed, with usage")
contact = chat.extract("Ana Ruiz writes from ana@example.org.")
assert (contact.name, contact.email) == ("Ana Ruiz", "ana@example.org"), f"{contact!r} is not what the text says"
print("ok structured output")
assert "21 °C" in chat.ask_with_tool("What is the weather in Rome?"), "the tool's result is not in the answer"
print("ok agent with a tool")
