"""Runs every rendered program whose language is on this machine; curl's and httpx's always."""

import json
import os
import shutil
import subprocess
import sys

# what runs it → the program, whether it must be there
PROGRAMS = {
    "chat.sh": (["sh", "chat.sh"], "curl", True),
    "messages.sh": (["sh", "messages.sh"], "curl", True),
    "chat.py": ([sys.executable, "chat.py"], sys.executable, True),
    "Chat.java": (["java", "Chat.java"], "javac", False),
    "chat.go": (["go", "run", "chat.go"], "go", False),
    "chat.php": (["php", "chat.php"], "php", False),
}


def check(name, output):
    """The whole answer and the stream's last word are there, and the stream gives the same text."""
    if name == "chat.py":
        whole, streamed = output.strip().splitlines()
        assert whole == streamed, f"{name}: {output}"
        assert "5" in whole, f"{name}: {output}"
        return
    first, _, rest = output.partition("\n")
    assert "5" in json.dumps(json.loads(first)), f"{name}: the plain answer is not what was asked for"
    last = "message_stop" if name == "messages.sh" else "[DONE]"
    assert last in rest, f"{name}: the stream did not end with {last}"


for name, (command, needed, always) in PROGRAMS.items():
    if not os.path.exists(name):
        continue
    if shutil.which(needed) is None:
        assert not always, f"{needed} is not installed"
        continue
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8")
    if done.returncode:
        sys.exit(f"{name}: {done.stdout} {done.stderr}")
    check(name, done.stdout)
    print(f"ok {os.path.basename(command[0]).rstrip('0123456789.')} {name}, plain and streamed")
