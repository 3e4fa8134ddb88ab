"""Talks to @{title} through LlamaIndex. Run: python chat.py"""

import asyncio
import os

from llama_index.core.agent.workflow import FunctionAgent
from llama_index.core.llms import ChatMessage
from llama_index.llms.openai_like import OpenAILike
from pydantic import BaseModel, Field

llm = OpenAILike(
    model="@{model}",
    api_base="@{base}",  # with its /v1
    api_key=os.environ["@{key_variable}"],  # sent as Authorization: Bearer
    is_chat_model=True,  # without it llm posts to /completions, which @{title} does not have
    is_function_calling_model=True,  # without it there are no tools
    context_window=int("@{context}"),  # the default, 3,900 tokens, cuts longer prompts
    max_tokens=1024,
    max_retries=4,  # 429 and 5xx, with Retry-After
    timeout=120,  # seconds
    additional_kwargs={"stream_options": {"include_usage": True}},  # only sent while streaming
)


class Contact(BaseModel):
    """A person and how to reach them."""

    name: str = Field(description="The person's name")
    email: str = Field(description="The person's e-mail address")


def get_weather(city: str) -> str:
    """Current weather of a city."""
    return f"{city}: 21 °C, clear"


def ask(question):
    """One answer; `raw.usage` has its tokens."""
    return llm.chat([ChatMessage(role="user", content=question)])


def stream(question):
    """The answer as it comes; the last piece brings the usage. Returns text and usage."""
    text, usage = "", None
    for piece in llm.stream_chat([ChatMessage(role="user", content=question)]):
        print(piece.delta, end="", flush=True)
        text += piece.delta or ""
        usage = piece.raw.usage or usage
    print(f"\n({usage.total_tokens} tokens)")
    return text, usage


def extract(text):
    """A Contact out of a text, as one forced tool."""
    return llm.as_structured_llm(Contact).complete(text).raw


def ask_with_tool(question):
    """The model asks for the function, LlamaIndex runs it, the model tells the result."""

    async def run():
        return await FunctionAgent(tools=[get_weather], llm=llm).run(question)

    return str(asyncio.run(run()))


if __name__ == "__main__":
    print(ask("Count to 5").message.content)
    stream("Count to 5")
    print(extract("Ana Ruiz writes from ana@example.org."))
    print(ask_with_tool("What is the weather in Rome?"))
