"""Puts the rendered file where llm looks for it and calls the real program, as the README does."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

PROVIDER = os.environ["RECIPE_PROVIDER"]
KEY = os.environ[f"{PROVIDER.upper()}_API_KEY"]
HOME = Path("llm").resolve()
WEATHER = """def get_weather(city: str) -> str:
    "Current weather of a city"
    return f"{city}: 21 °C, clear"
"""


def llm(*words, secret=None):
    """What the program answers, and what it says beside that; a failure ends this with its last line."""
    done = subprocess.run(
        ["llm", *words],
        input=secret or "",
        env={**os.environ, "LLM_USER_PATH": str(HOME)},
        capture_output=True,
        text=True,
    )
    if done.returncode:
        sys.exit((done.stderr or done.stdout).strip().splitlines()[-1])
    return done.stdout, done.stderr


HOME.mkdir()
shutil.copy("extra-openai-models.yaml", HOME)
llm("keys", "set", PROVIDER, "--value", KEY)
answer, said = llm("-m", PROVIDER, "-u", "Count to 5")
assert "5" in answer, "the stream is not what was asked for"
assert "Token usage" in said, "the stream brought no usage"
print("ok streamed, with usage")
assert PROVIDER in llm("models", "list")[0], "llm did not take the model from extra-openai-models.yaml"
print("ok model listed")
assert llm("-m", PROVIDER, "--no-stream", "Count to 5")[0] == answer, "the plain answer is not the streamed one"
print("ok plain")
answer, _ = llm("-m", PROVIDER, "--functions", WEATHER, "What is the weather in Rome?")
assert "21 °C" in answer, "the tool's result is not in the answer"
print("ok tool and its result")
answer, _ = llm("-m", PROVIDER, "--schema", "name, email", "Ana Ruiz writes from ana@example.org.")
assert "ana@example.org" in answer, "the fields are not what the text says"
print("ok schema")
assert llm("logs", "list", "-n", "1", "--json")[0].count("Ana Ruiz"), "the call is not in llm's log"
print("ok in llm's log")
