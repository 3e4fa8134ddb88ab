"""Runs the rendered chat.py in the real openai package, first as you would, then function by function."""

import subprocess
import sys

program = subprocess.run([sys.executable, "chat.py"], capture_output=True, text=True)
if program.returncode:
    sys.exit(program.stderr)
print("ok the program as it is")

import chat

assert "5" in chat.ask("Count to 5"), "the plain answer is not what was asked for"
print("ok plain")
assert "tokens)" in program.stdout, "the stream brought no usage"
print("ok streamed, with usage")
assert "21 °C" in chat.ask_with_tool("What is the weather in Rome?"), "the tool's result is not in the answer"
print("ok tool and its result")
assert chat.MODEL in [model.id for model in chat.client.models.list()], "the model is not listed"
print("ok models listed")
