"""Talks to @{title}'s messages endpoint through pydantic-ai. Run: python messages.py"""

import os

from anthropic import AsyncAnthropic
from pydantic_ai import Agent, ModelSettings
from pydantic_ai.models.anthropic import AnthropicModel
from pydantic_ai.providers.anthropic import AnthropicProvider

client = AsyncAnthropic(
    base_url="@{host}",  # without /v1: the package adds /v1/messages
    auth_token=os.environ["@{key_variable}"],  # Authorization: Bearer, whatever the version of anthropic
)
model = AnthropicModel(
    "@{model}",
    provider=AnthropicProvider(anthropic_client=client),
    settings=ModelSettings(max_tokens=1024, timeout=120),
)
agent = Agent(model)


@agent.tool_plain
def get_weather(city: str) -> str:
    """Current weather of a city."""
    return f"{city}: 21 °C, clear"


if __name__ == "__main__":
    print(agent.run_sync("What is the weather in Rome?").output)
