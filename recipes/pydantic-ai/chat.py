"""Talks to @{title} through pydantic-ai. Run: python chat.py"""

import os

from pydantic import BaseModel
from pydantic_ai import Agent, ModelSettings
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.openai import OpenAIProvider

# OpenAIChatModel, or "openai-chat:…" as a name: "openai:…" is the Responses API, which @{title} does not have
model = OpenAIChatModel(
    "@{model}",
    provider=OpenAIProvider(
        base_url="@{base}",  # with its /v1
        api_key=os.environ["@{key_variable}"],  # sent as Authorization: Bearer
    ),
    settings=ModelSettings(max_tokens=1024, timeout=120),
)


class Contact(BaseModel):
    """A person and how to reach them."""

    name: str
    email: str


agent = Agent(model)
extractor = Agent(model, output_type=Contact)  # as one tool, checked by pydantic
weather = Agent(model)


@weather.tool_plain
def get_weather(city: str) -> str:
    """Current weather of a city."""
    return f"{city}: 21 °C, clear"


def ask(question):
    """One answer, with its tokens in `usage`."""
    return agent.run_sync(question)


def stream(question):
    """The answer as it comes, then its tokens."""
    result = agent.run_stream_sync(question)
    for piece in result.stream_text(delta=True, debounce_by=None):
        print(piece, end="", flush=True)
    print(f"\n({result.usage.output_tokens} tokens)")
    return result


if __name__ == "__main__":
    print(ask("Count to 5").output)
    stream("Count to 5")
    print(extractor.run_sync("Ana Ruiz writes from ana@example.org.").output)
    print(weather.run_sync("What is the weather in Rome?").output)
