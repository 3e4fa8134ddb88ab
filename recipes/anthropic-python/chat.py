"""Talks to @{title} through the anthropic package. Run: python chat.py"""

import os

from anthropic import Anthropic

client = Anthropic(
    base_url="@{host}",  # without /v1: the package adds /v1/messages
    auth_token=os.environ["@{key_variable}"],  # as Authorization: Bearer; api_key= sends x-api-key below version 2
    max_retries=4,  # 429, 5xx and 529, with Retry-After
    timeout=300,  # seconds; long streams take their time
)
MODEL = "@{model}"

WEATHER = {
    "name": "get_weather",
    "description": "Current weather of a city",
    "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}


def ask(question):
    """One answer. max_tokens is required; usage.credits_consumed is what was deducted."""
    answer = client.messages.create(model=MODEL, max_tokens=1024, messages=[{"role": "user", "content": question}])
    print(f"({answer.usage.credits_consumed} credits)")
    return answer.content[0].text


def stream(question):
    """The answer as it comes, then the whole message with its usage."""
    with client.messages.stream(
        model=MODEL, max_tokens=1024, messages=[{"role": "user", "content": question}]
    ) as events:
        for text in events.text_stream:
            print(text, end="", flush=True)
        message = events.get_final_message()
    # a stream that was cut off ends without an error: only a stop_reason says that the answer is whole
    print(f"\n({message.usage.output_tokens} tokens, {message.stop_reason})")
    return message


def ask_with_tool(question):
    """The model asks for the function, your code runs it, the model tells the result."""
    messages = [{"role": "user", "content": question}]
    answer = client.messages.create(model=MODEL, max_tokens=1024, messages=messages, tools=[WEATHER])
    messages.append({"role": "assistant", "content": answer.content})
    results = [
        {"type": "tool_result", "tool_use_id": block.id, "content": f"{block.input['city']}: 21 °C, clear"}
        for block in answer.content
        if block.type == "tool_use"
    ]
    messages.append({"role": "user", "content": results})
    answer = client.messages.create(model=MODEL, max_tokens=1024, messages=messages, tools=[WEATHER])
    return answer.content[0].text


def count(question):
    """Input tokens of a question, before it is sent; costs nothing."""
    return client.messages.count_tokens(model=MODEL, messages=[{"role": "user", "content": question}]).input_tokens


if __name__ == "__main__":
    print(count("Count to 5"), "tokens in")
    print(ask("Count to 5"))
    stream("Count to 5")
    print(ask_with_tool("What is the weather in Rome?"))
