"""Talks to @{title} through LangChain's ChatOpenAI. Run: python chat.py"""

import os

from langchain.agents import create_agent
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI
from pydantic import BaseModel, Field

model = ChatOpenAI(
    model="@{model}",
    base_url="@{base}",  # with its /v1
    api_key=os.environ["@{key_variable}"],  # sent as Authorization: Bearer
    stream_usage=True,  # with a base_url of your own LangChain asks for no usage while streaming
    max_retries=4,  # 429 and 5xx, with Retry-After
    timeout=120,  # seconds
)


class Contact(BaseModel):
    """A person and how to reach them."""

    name: str = Field(description="The person's name")
    email: str = Field(description="The person's e-mail address")


@tool
def get_weather(city: str) -> str:
    """Current weather of a city."""
    return f"{city}: 21 °C, clear"


def ask(question):
    """One answer; `usage_metadata` on the message has its tokens."""
    return model.invoke(question)


def stream(question):
    """The answer as it comes; the pieces add up to one message with its usage."""
    whole = None
    for piece in model.stream(question):
        print(piece.text, end="", flush=True)
        whole = piece if whole is None else whole + piece
    print(f"\n({whole.usage_metadata['total_tokens']} tokens)")
    return whole


def extract(text):
    """A Contact out of a text. As one forced tool: the default, json_schema, is in neither service's documentation."""
    return model.with_structured_output(Contact, method="function_calling").invoke(text)


def ask_with_tool(question):
    """The model asks for the function, LangChain runs it, the model tells the result."""
    agent = create_agent(model, [get_weather])
    return agent.invoke({"messages": [{"role": "user", "content": question}]})["messages"][-1].text


if __name__ == "__main__":
    print(ask("Count to 5").text)
    stream("Count to 5")
    print(extract("Ana Ruiz writes from ana@example.org."))
    print(ask_with_tool("What is the weather in Rome?"))
