"""Asks @{title} with httpx, first for the whole answer, then as a stream. Run: python chat.py"""

import json
import os

import httpx

# One client for the whole program: its connections are used again. The key stays on the server, never in a browser.
client = httpx.Client(
    base_url="@{base}/",  # with its /v1
    headers={"Authorization": "Bearer " + os.environ["@{key_variable}"]},
    timeout=httpx.Timeout(120, connect=10),
)
QUESTION = {"model": "@{model}", "messages": [{"role": "user", "content": "Count to 5"}]}


def checked(response):
    """What the service says is wrong, not only the status."""
    if response.is_error:
        raise SystemExit(f"{response.status_code} {response.read().decode()}")
    return response


def ask():
    answer = checked(client.post("chat/completions", json=QUESTION)).json()
    return answer["choices"][0]["message"]["content"]


def stream():
    body = {**QUESTION, "stream": True, "stream_options": {"include_usage": True}}
    with client.stream("POST", "chat/completions", json=body, timeout=300) as response:
        rest = b""
        for piece in checked(response).iter_bytes():  # not iter_lines(): it cuts JSON at U+2028
            *lines, rest = (rest + piece).split(b"\n")
            for line in lines:
                data = line.removeprefix(b"data:").strip()
                if not line.startswith(b"data:"):
                    continue
                if data == b"[DONE]":
                    return
                chunk = json.loads(data)
                for choice in chunk["choices"]:
                    yield choice["delta"].get("content") or ""
    raise SystemExit("the stream ended before [DONE]: the answer is not whole")


if __name__ == "__main__":
    print(ask())
    print("".join(stream()))
