"""Runs the rendered programs in the real packages, first as you would, then function by function."""

import importlib
import pathlib
import subprocess
import sys

names = [name for name in ("chat", "messages") if pathlib.Path(f"{name}.py").exists()]
programs = {name: subprocess.run([sys.executable, f"{name}.py"], capture_output=True, text=True) for name in names}
failed = [program.stderr.strip() for program in programs.values() if program.returncode]
if failed:
    sys.exit("\n".join(stderr.splitlines()[-1] for stderr in failed))

for name, program in programs.items():
    print(f"ok {name}.py as it is")
    assert "tokens)" in program.stdout, f"{name}: the stream brought no usage"
    module = importlib.import_module(name)
    answer = module.ask("Count to 5")
    assert "5" in answer.text, f"{name}: the plain answer is not what was asked for"
    assert answer.usage_metadata["total_tokens"] > 0, f"{name}: the plain answer has no usage"
    print(f"ok {name} plain, with usage")
    assert module.stream("Count to 5").text == answer.text, f"{name}: the stream is not the plain answer"
    print(f"ok {name} streamed, with usage")
    assert "21 °C" in module.ask_with_tool("What is the weather in Rome?"), f"{name}: the tool's result is missing"
    print(f"ok {name} agent with a tool")

import chat

contact = chat.extract("Ana Ruiz writes from ana@example.org.")
assert (contact.name, contact.email) == ("Ana Ruiz", "ana@example.org"), f"chat: {contact!r} is not what the text says"
print("ok structured output")
