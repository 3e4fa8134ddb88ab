"""Talks to @{title} through the openai package. Run: python chat.py"""

import json
import os

from openai import OpenAI

client = OpenAI(
    base_url="@{base}",  # with its /v1
    api_key=os.environ["@{key_variable}"],  # sent as Authorization: Bearer
)
MODEL = "@{model}"

WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "Current weather of a city",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}


def ask(question):
    """One answer. client.responses is another API, which @{title} does not have: use chat.completions."""
    answer = client.chat.completions.create(model=MODEL, messages=[{"role": "user", "content": question}])
    return answer.choices[0].message.content


def stream(question):
    """The answer as it comes; the last chunk has no choices and brings the usage."""
    chunks = client.chat.completions.create(
        model=MODEL,
        messages=[{"role": "user", "content": question}],
        stream=True,
        stream_options={"include_usage": True},
    )
    for chunk in chunks:
        if chunk.choices:
            print(chunk.choices[0].delta.content or "", end="", flush=True)
        if chunk.usage:
            print(f"\n({chunk.usage.total_tokens} tokens)")


def ask_with_tool(question):
    """The model asks for the function, your code runs it, the model tells the result."""
    messages = [{"role": "user", "content": question}]
    answer = client.chat.completions.create(model=MODEL, messages=messages, tools=[WEATHER])
    message = answer.choices[0].message
    messages.append(message)
    for call in message.tool_calls or []:
        city = json.loads(call.function.arguments)["city"]
        messages.append({"role": "tool", "tool_call_id": call.id, "content": f"{city}: 21 °C, clear"})
    answer = client.chat.completions.create(model=MODEL, messages=messages, tools=[WEATHER])
    return answer.choices[0].message.content


if __name__ == "__main__":
    print(ask("Count to 5"))
    stream("Count to 5")
    print(ask_with_tool("What is the weather in Rome?"))
