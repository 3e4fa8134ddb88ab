"""Talks to @{title}'s messages endpoint through LangChain's ChatAnthropic. Run: python messages.py"""

import os

from langchain.agents import create_agent
from langchain_anthropic import ChatAnthropic
from langchain_core.tools import tool

model = ChatAnthropic(
    model="@{model}",
    base_url="@{host}",  # without /v1: the package adds /v1/messages
    api_key=os.environ["@{key_variable}"],  # anthropic 2 sends Authorization: Bearer; below 2 add the next line
    # default_headers={"Authorization": "Bearer " + os.environ["@{key_variable}"]},
    max_tokens=1024,  # required on this endpoint
    max_retries=4,
    timeout=120,  # seconds
)


@tool
def get_weather(city: str) -> str:
    """Current weather of a city."""
    return f"{city}: 21 °C, clear"


def ask(question):
    """One answer; `usage_metadata` on the message has its tokens, `response_metadata["usage"]` the credits."""
    return model.invoke(question)


def stream(question):
    """The answer as it comes; the pieces add up to one message with its usage."""
    whole = None
    for piece in model.stream(question):
        print(piece.text, end="", flush=True)
        whole = piece if whole is None else whole + piece
    print(f"\n({whole.usage_metadata['total_tokens']} tokens)")
    return whole


def ask_with_tool(question):
    """The model asks for the function, LangChain runs it, the model tells the result."""
    agent = create_agent(model, [get_weather])
    return agent.invoke({"messages": [{"role": "user", "content": question}]})["messages"][-1].text


if __name__ == "__main__":
    print(ask("Count to 5").text)
    stream("Count to 5")
    print(ask_with_tool("What is the weather in Rome?"))
