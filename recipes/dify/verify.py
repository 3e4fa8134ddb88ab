"""Gives the rendered fields to the model class that Dify's OpenAI-API-compatible provider is built on, and calls it."""

import os
import sys
from json import loads
from pathlib import Path

from dify_plugin.entities.model.llm import LLMResultChunk
from dify_plugin.entities.model.message import (
    AssistantPromptMessage,
    PromptMessageTool,
    SystemPromptMessage,
    ToolPromptMessage,
    UserPromptMessage,
)
from dify_plugin.errors.model import CredentialsValidateFailedError, InvokeError
from dify_plugin.interfaces.model.openai_compatible.llm import OAICompatLargeLanguageModel

# A person puts the key into Dify's form; here it takes the place of its name.
text = Path("credentials.json").read_text(encoding="utf-8")
FIELDS = loads(os.path.expandvars(text))
MODEL = FIELDS["endpoint_model_name"]
SYSTEM = SystemPromptMessage(content="You are brief.")
WEATHER = PromptMessageTool(
    name="get_weather",
    description="Current weather of a city",
    parameters={"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
)


class Provider(OAICompatLargeLanguageModel):
    """The provider's class. Dify asks for the usage of a stream in this parameter; without it, it estimates."""

    def call(self, messages, stream=False, tools=None):
        parameters = {"max_tokens": 256}
        if stream and FIELDS["stream_include_usage"] == "enabled":
            parameters["stream_options"] = {"include_usage": True}
        return self._invoke(MODEL, FIELDS, messages, parameters, tools, None, stream, "verify")

    def _get_num_tokens_by_gpt2(self, text):
        raise AssertionError("no usage came: Dify would estimate it with a tokenizer it loads from the network")


def gathered(chunks):
    """Text, tool calls and last usage of a stream."""
    pieces: list[LLMResultChunk] = list(chunks)
    calls = [call for piece in pieces for call in piece.delta.message.tool_calls]
    return "".join(str(piece.delta.message.content) for piece in pieces), calls, pieces[-1].delta.usage


def verify(provider):
    provider.validate_credentials(MODEL, FIELDS)
    print("ok credentials validated, as Save does")
    schema = provider.get_customizable_model_schema(MODEL, FIELDS)
    features = {feature.value for feature in schema.features}
    assert {"multi-tool-call", "stream-tool-call"} <= features, f"the fields switch on {features} only"
    limit = next(rule.max for rule in schema.parameter_rules if rule.name == "max_tokens")
    assert limit == int(FIELDS["max_tokens_to_sample"]), "the upper bound for max tokens was not taken over"
    print("ok context, limits and features taken over")
    count = [SYSTEM, UserPromptMessage(content="Count to 5")]
    block = provider.call(count)
    assert "5" in block.message.content, "the plain answer is not what was asked for"
    assert block.usage.total_tokens > 0, "the plain answer has no usage"
    print("ok blocking, with usage")
    text, _, usage = gathered(provider.call(count, stream=True))
    assert text == block.message.content, "the stream is not the plain answer"
    assert usage.total_tokens > 0, "the stream brought no usage"
    print("ok streamed, with usage")
    asked = [SYSTEM, UserPromptMessage(content="What is the weather in Rome?")]
    for stream in (False, True):
        answer = provider.call(asked, stream, [WEATHER])
        said, calls, _ = gathered(answer) if stream else ("", answer.message.tool_calls, None)
        assert [call.function.name for call in calls] == ["get_weather"], f"no tool was called, but said: {said}"
        result = ToolPromptMessage(content="Rome: 21 °C, clear", tool_call_id=calls[0].id, name="get_weather")
        done = provider.call([*asked, AssistantPromptMessage(content="", tool_calls=calls), result], False, [WEATHER])
        assert "21 °C" in done.message.content, "the tool's result is not in the answer"
        print(f"ok tool and its result, {'streamed' if stream else 'blocking'}")


try:
    verify(Provider(model_schemas=[]))
except (CredentialsValidateFailedError, InvokeError, AssertionError) as error:
    print(error, flush=True)
    os._exit(1)  # gevent, which dify-plugin brings, prints tracebacks of its own at an ordinary exit
sys.stdout.flush()
os._exit(0)
