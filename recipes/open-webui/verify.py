"""Starts the real Open WebUI with the rendered open-webui.env, as the README does, and chats through its own API."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

STARTS_WITHIN = 400  # seconds; the first start writes its database
START = "set -a; . ./open-webui.env; set +a; exec open-webui serve --host 127.0.0.1 --port {port}"
MODEL = os.environ["RECIPE_MODEL"]


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


class Page:
    """What the browser does, without one."""

    def __init__(self, port):
        self.address = f"http://127.0.0.1:{port}"
        self.headers = {"Content-Type": "application/json"}

    def call(self, path, body=None):
        """Status and text of an answer."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.address + path, data, self.headers)
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def value(self, what, path, body=None):
        """The answer as a value; another status than 200 ends this with what the page would show."""
        status, text = self.call(path, body)
        if status != 200:
            sys.exit(f"{what}: {status} {text}")
        return json.loads(text)


def wait_for(server, page):
    end = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < end and server.poll() is None:
        with contextlib.suppress(OSError):
            if page.call("/health")[0] == 200:
                return
        time.sleep(0.5)
    with open("server.log", encoding="utf-8") as log:
        sys.exit(f"Open WebUI did not start: {log.read()[-500:]}")


def check_connection(page):
    """Signs in, presses *Verify Connection* of the admin settings, and looks at the models."""
    token = page.value("Sign in", "/api/v1/auths/signin", {"email": "", "password": ""})["token"]
    page.headers["Authorization"] = f"Bearer {token}"
    settings = page.value("Settings", "/openai/config")
    url, key = settings["OPENAI_API_BASE_URLS"][0], settings["OPENAI_API_KEYS"][0]
    page.value("Verify Connection", "/openai/verify", {"url": url, "key": key})
    print("ok connection verified")
    models = [model["id"] for model in page.value("Models", "/api/models")["data"]]
    assert models, "connected, but no models are listed"
    print("ok models listed")
    return page.value("Page", "/api/config")["default_models"]


def check_chat(page, model):
    """One chat at a time: plain, then streamed with the usage that the page shows below an answer."""
    body = {"model": model, "messages": [{"role": "user", "content": "Count to 5"}]}
    plain = page.value("Chat", "/api/chat/completions", body)
    said = plain["choices"][0]["message"]["content"]
    assert "5" in said, "the plain answer is not what was asked for"
    assert plain["usage"]["total_tokens"] > 0, "the plain answer has no usage"
    print("ok plain, with usage")
    status, text = page.call("/api/chat/completions", {**body, "stream": True})
    assert status == 200, f"Chat: {status} {text}"
    lines = [line.removeprefix("data: ") for line in text.splitlines() if line.startswith("data: {")]
    chunks = [json.loads(line) for line in lines]
    streamed = "".join(chunk["choices"][0]["delta"].get("content") or "" for chunk in chunks if chunk.get("choices"))
    assert streamed == said, "the stream is not the plain answer"
    assert any(chunk.get("usage") for chunk in chunks), "the stream brought no usage"
    print("ok streamed, with usage")


def check_page(page):
    status, text = page.call("/")
    assert status == 200, f"the page is not served: {status}"
    assert "Open WebUI" in text, "the page is not Open WebUI's"
    print("ok page served")


port = free_port()
with open("server.log", "wb") as log:
    server = subprocess.Popen(["sh", "-c", START.format(port=port)], stdout=log, stderr=subprocess.STDOUT)
try:
    page = Page(port)
    wait_for(server, page)
    model = check_connection(page)
    check_chat(page, model)
    assert model == MODEL, f"a new chat begins with {model}"
    check_page(page)
finally:
    server.send_signal(signal.SIGTERM)
    server.wait(60)
