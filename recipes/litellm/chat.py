"""Talks to @{title} through LiteLLM's SDK. Run: python chat.py"""

import json
import os

os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")  # no price list from the network at every start

import litellm

SERVICE = {
    "model": "openai/@{model}",  # chat completions at api_base, whatever the model is called
    "api_base": "@{base}",  # with its /v1
    "api_key": os.environ["@{key_variable}"],  # sent as Authorization: Bearer
    "timeout": 120,  # seconds
    "max_retries": 2,  # 429 and 5xx only; num_retries would repeat every error
}

WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "Current weather of a city",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}


def ask(question):
    """One answer; `usage` has its tokens and, from Caicaini, `credits_consumed`."""
    return litellm.completion(messages=[{"role": "user", "content": question}], **SERVICE)


def stream(question):
    """The answer as it comes; the last chunk brings the usage. Returns text and usage."""
    text, usage = "", None
    chunks = litellm.completion(
        messages=[{"role": "user", "content": question}],
        stream=True,
        stream_options={"include_usage": True},
        **SERVICE,
    )
    for chunk in chunks:
        piece = chunk.choices[0].delta.content or "" if chunk.choices else ""
        print(piece, end="", flush=True)
        text += piece
        usage = getattr(chunk, "usage", None) or usage
    print(f"\n({usage.total_tokens} tokens)")
    return text, usage


def ask_with_tool(question):
    """The model asks for the function, your code runs it, the model tells the result."""
    messages = [{"role": "user", "content": question}]
    message = litellm.completion(messages=messages, tools=[WEATHER], **SERVICE).choices[0].message
    messages.append(message)
    for call in message.tool_calls or []:
        city = json.loads(call.function.arguments)["city"]
        messages.append({"role": "tool", "tool_call_id": call.id, "content": f"{city}: 21 °C, clear"})
    return litellm.completion(messages=messages, tools=[WEATHER], **SERVICE).choices[0].message.content


if __name__ == "__main__":
    print(ask("Count to 5").choices[0].message.content)
    stream("Count to 5")
    print(ask_with_tool("What is the weather in Rome?"))
