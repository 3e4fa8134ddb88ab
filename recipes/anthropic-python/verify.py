"""Runs the rendered chat.py in the real anthropic package, first as you would, then function by function."""

import subprocess
import sys

program = subprocess.run([sys.executable, "chat.py"], capture_output=True, text=True)
if program.returncode:
    sys.exit(program.stderr.strip().splitlines()[-1])
print("ok the program as it is")

import chat

assert chat.count("Count to 5") > 0, "no tokens were counted"
print("ok tokens counted")
assert "5" in chat.ask("Count to 5"), "the plain answer is not what was asked for"
assert "None credits" not in program.stdout, "the answer does not tell its credits"
print("ok plain, with credits")
message = chat.stream("Count to 5")
assert "5" in message.content[0].text, "the stream is not what was asked for"
assert message.stop_reason == "end_turn", f"the stream is not whole: {message.stop_reason}"
assert message.usage.output_tokens > 0, "the stream brought no usage"
print("ok streamed, with usage")
assert "21 °C" in chat.ask_with_tool("What is the weather in Rome?"), "the tool's result is not in the answer"
print("ok tool and its result")
assert chat.MODEL in [model.id for model in chat.client.models.list()], "the model is not listed"
print("ok models listed")
