"""Runs the rendered chat.py in the SDK, and the proxy with the rendered config.yaml; tells what fails in both."""

import os
import secrets
import signal
import socket
import subprocess
import sys
import time

import httpx
import openai

MODEL = os.environ["RECIPE_MODEL"]
MASTER = f"sk-{secrets.token_hex(16)}"
STARTS_WITHIN = 240  # seconds


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def running_proxy(port):
    """The proxy, started as the README says; its words are kept in proxy.log."""
    variables = {**os.environ, "LITELLM_MASTER_KEY": MASTER, "LITELLM_LOCAL_MODEL_COST_MAP": "True"}
    words = ["litellm", "--config", "config.yaml", "--host", "127.0.0.1", "--port", str(port)]
    with open("proxy.log", "wb") as log:
        return subprocess.Popen(words, env=variables, stdout=log, stderr=subprocess.STDOUT)


def wait_for(proxy, port):
    end = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < end and proxy.poll() is None:
        try:
            return httpx.get(f"http://127.0.0.1:{port}/health/liveliness", timeout=5)
        except httpx.TransportError:
            time.sleep(0.5)
    with open("proxy.log", encoding="utf-8") as log:
        return sys.exit(f"the proxy did not start: {log.read()[-500:]}")


def check_sdk():
    """Function by function, after the program ran as it is."""
    import chat

    answer = chat.ask("Count to 5")
    assert "5" in answer.choices[0].message.content, "the SDK's plain answer is not what was asked for"
    assert answer.usage.total_tokens > 0, "the SDK's plain answer has no usage"
    print("ok SDK plain, with usage")
    text, usage = chat.stream("Count to 5")
    assert text == answer.choices[0].message.content, "the SDK's stream is not the plain answer"
    assert usage.total_tokens > 0, "the SDK's stream brought no usage"
    print("ok SDK streamed, with usage")
    assert "21 °C" in chat.ask_with_tool("What is the weather in Rome?"), "the tool's result is not in the answer"
    print("ok SDK tool and its result")


def check_proxy(port):
    """What a program of yours does with the proxy."""
    base = f"http://127.0.0.1:{port}/v1"
    client = openai.OpenAI(base_url=base, api_key=MASTER, max_retries=0)
    question = [{"role": "user", "content": "Count to 5"}]
    answer = client.chat.completions.create(model=MODEL, messages=question)
    assert "5" in answer.choices[0].message.content, "the proxy's plain answer is not what was asked for"
    print("ok proxy plain")
    chunks = list(
        client.chat.completions.create(
            model=MODEL, messages=question, stream=True, stream_options={"include_usage": True}
        )
    )
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert text == answer.choices[0].message.content, "the proxy's stream is not the plain answer"
    assert any(chunk.usage and chunk.usage.total_tokens for chunk in chunks), "the proxy's stream brought no usage"
    print("ok proxy streamed, with usage")
    assert MODEL in [model.id for model in client.models.list()], "the proxy does not list the model"
    print("ok proxy lists the model")
    body = {"model": MODEL, "max_tokens": 64, "messages": question}
    message = httpx.post(f"{base}/messages", json=body, headers={"x-api-key": MASTER}, timeout=60).raise_for_status()
    assert "5" in message.json()["content"][0]["text"], "the proxy's messages endpoint does not answer"
    print("ok proxy speaks messages, too")


port = free_port()
proxy = running_proxy(port)
failures = []
try:
    program = subprocess.run([sys.executable, "chat.py"], capture_output=True, text=True)
    if program.returncode:
        lines = [line for line in program.stderr.splitlines() if "Error: " in line]
        failures.append(f"chat.py: {lines[-1] if lines else program.stderr}")
    wait_for(proxy, port)
    try:
        if not failures:
            print("ok the program as it is")
            check_sdk()
        check_proxy(port)
    except openai.APIError as error:
        failures.append(f"proxy: {error}")
finally:
    proxy.send_signal(signal.SIGTERM)
    proxy.wait(30)
if failures:
    sys.exit("\n".join(failures))
