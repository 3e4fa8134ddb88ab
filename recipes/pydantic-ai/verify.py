"""Runs the rendered programs in the real package, first as you would, then part by part."""

import pathlib
import subprocess
import sys

names = [name for name in ("chat", "messages") if pathlib.Path(f"{name}.py").exists()]
programs = {name: subprocess.run([sys.executable, f"{name}.py"], capture_output=True, text=True) for name in names}
failed = [program.stderr.strip() for program in programs.values() if program.returncode]
if failed:
    sys.exit("\n".join(stderr.splitlines()[-1] for stderr in failed))
for name, program in programs.items():
    assert "21 °C" in program.stdout, f"{name}.py: the tool's result is not in the answer"
    print(f"ok {name}.py as it is, with a tool")

import chat

answer = chat.ask("Count to 5")
assert "5" in answer.output, "the plain answer is not what was asked for"
assert answer.usage.output_tokens > 0, "the plain answer has no usage"
print("ok plain, with usage")
stream = chat.stream("Count to 5")
assert stream.usage.output_tokens > 0, "the stream brought no usage"
print("ok streamed, with usage")
contact = chat.extractor.run_sync("Ana Ruiz writes from ana@example.org.").output
assert (contact.name, contact.email) == ("Ana Ruiz", "ana@example.org"), f"{contact!r} is not what the text says"
print("ok structured output")
