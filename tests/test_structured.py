"""Data instead of prose: over both surfaces, sent and streamed, repaired once, and given up with its text kept."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal, TypedDict

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from caicaini_nb import Client, Reply, connect
from caicaini_nb.errors import ConfigurationError, RateLimitError, SchemaMismatchError
from caicaini_nb.events import Text, ToolInput
from caicaini_nb.sandbox import Sandbox
from caicaini_nb.schemas.schema import first_problem
from tests.conftest import suite
from tests.fake_service import Answer, FakeService, answer, dial, error, frames


@dataclass
class Item:
    name: str
    price: Decimal


@dataclass
class Invoice:
    date: date
    total: Decimal


class Person(BaseModel):
    name: str
    age: int


class Order(TypedDict):
    email: str


SURFACES = ["messages", "chat"]
WAYS = [("caicaini", "messages"), ("caicaini", "chat"), ("cailag", "chat")]


def send(client: Client, prompt: str, **asked: Any) -> Reply:
    return client.send(prompt, **asked)


def stream(client: Client, prompt: str, **asked: Any) -> Reply:
    with client.stream(prompt, **asked) as opened:
        for _ in opened:
            pass
    return opened.reply


Ask = Callable[..., Reply]
both = pytest.mark.parametrize("ask", [send, stream])


@pytest.fixture(params=WAYS, ids=["-".join(way) for way in WAYS])
def way(request: pytest.FixtureRequest, sandbox: Sandbox) -> Iterator[tuple[Client, str]]:
    """A client of each provider on the sandbox, and one of the provider's surfaces."""
    provider, surface = request.param
    base = sandbox.base_url if provider == "caicaini" else sandbox.cailag_base_url
    key = sandbox.mint_key()
    with connect(provider, base=base, key=key) as client:
        yield client, surface
    sandbox.revoke_key(key)


KINDS: list[tuple[Any, str, Callable[[Any], bool]]] = [
    (
        Invoice,
        "Extract the data.\n\nDate: 2026-11-21\nTotal: 10.55",
        lambda value: value == Invoice(date(2026, 11, 21), Decimal("10.55")),
    ),
    (
        Person,
        "Extract name and age: Ada is 36 years old.",
        lambda value: isinstance(value, Person) and value.age == 36,
    ),
    (Order, "Extract the data.\n\nEmail: ada@example.org", lambda value: value == {"email": "ada@example.org"}),
    (list[Item], "Extract: Tea 2.80", lambda value: all(isinstance(item, Item) for item in value)),
    (
        Literal["positive", "negative"],
        "I love it. Positive or negative?",
        lambda value: value in ("positive", "negative"),
    ),
    (int, "What is 6 * 7?", lambda value: type(value) is int),
    (
        {"type": "object", "properties": {"email": {"type": "string", "format": "email"}}, "required": ["email"]},
        "Extract the email: write to ada@example.org",
        lambda value: value["email"] == "ada@example.org",
    ),
]


@both
@pytest.mark.parametrize(("kind", "prompt", "holds"), KINDS, ids=[str(row[0])[:40] for row in KINDS])
def test_the_value_is_what_was_asked_for(
    way: tuple[Client, str], ask: Ask, kind: Any, prompt: str, holds: Callable[[Any], bool]
) -> None:
    client, surface = way
    reply = ask(client, prompt, schema=kind, surface=surface)
    assert holds(reply.value), reply.value
    assert reply.earlier == ()


@pytest.mark.parametrize(("surface", "kind"), [("messages", ToolInput), ("chat", Text)])
def test_a_stream_shows_the_data_as_it_comes(client: Client, surface: str, kind: type) -> None:
    opened = client.stream("Extract the total: 7.50", schema=Invoice, surface=surface)
    assert kind in [type(event) for event in opened]
    assert isinstance(opened.reply.value, Invoice)


def messages_body(data: Any, stop_reason: str = "tool_use") -> dict[str, Any]:
    text = {"type": "text", "text": data}
    block = text if isinstance(data, str) else {"type": "tool_use", "id": "toolu_1", "name": "answer", "input": data}
    usage = {"input_tokens": 10, "output_tokens": 5, "credits_consumed": 3}
    return {"id": "msg_1", "model": "m", "content": [block], "stop_reason": stop_reason, "usage": usage}


def chat_body(*texts: str, finish: str = "stop") -> dict[str, Any]:
    choices = [
        {"index": index, "message": {"role": "assistant", "content": text}, "finish_reason": finish}
        for index, text in enumerate(texts)
    ]
    usage = {"prompt_tokens": 10, "completion_tokens": 5, "credits_consumed": 3}
    return {"id": "c_1", "model": "m", "choices": choices, "usage": usage}


def messages_frames(body: Mapping[str, Any], arguments: str | None = None) -> Answer:
    """The same answer as a stream; `arguments` in place of the whole JSON."""
    block = body["content"][0]
    if block["type"] == "text":
        begun: dict[str, Any] = {"type": "text", "text": ""}
        delta = {"type": "text_delta", "text": block["text"]}
    else:
        begun = {**block, "input": {}}
        delta = {"type": "input_json_delta", "partial_json": arguments or json.dumps(block["input"])}
    events: list[dict[str, Any]] = [
        {"type": "message_start", "message": {**body, "content": [], "stop_reason": None}},
        {"type": "content_block_start", "index": 0, "content_block": begun},
        {"type": "content_block_delta", "index": 0, "delta": delta},
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": body["stop_reason"]}, "usage": body["usage"]},
        {"type": "message_stop"},
    ]
    return frames(*(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode() for event in events))


def chat_frames(body: Mapping[str, Any]) -> Answer:
    chunks = [
        {**body, "usage": None, "choices": [{"index": item["index"], "delta": item["message"]}]}
        for item in body["choices"]
    ]
    chunks += [
        {**body, "choices": [{"index": item["index"], "delta": {}, "finish_reason": item["finish_reason"]}]}
        for item in body["choices"]
    ]
    return frames(*(f"data: {json.dumps(chunk)}\n\n".encode() for chunk in chunks), b"data: [DONE]\n\n")


GOOD = {"name": "Ada", "age": 36}
BAD = {"name": "Ada", "age": "old"}


def body_of(surface: str, data: Any) -> dict[str, Any]:
    return messages_body(data) if surface == "messages" else chat_body(json.dumps(data))


def first(ask: Ask, surface: str, body: Mapping[str, Any]) -> Answer:
    """The first answer, streamed where the call streams; a repair never is."""
    if ask is send:
        return answer(body)
    return messages_frames(body) if surface == "messages" else chat_frames(body)


@both
@pytest.mark.parametrize("surface", SURFACES)
def test_one_repair_says_what_is_wrong_and_keeps_the_first_round(service: FakeService, ask: Ask, surface: str) -> None:
    service.play(first(ask, surface, body_of(surface, BAD)), answer(body_of(surface, GOOD)))
    with dial(service) as client:
        reply = ask(client, "Who?", schema=Person, surface=surface)
    assert reply.value == Person(name="Ada", age=36)
    (before,) = reply.earlier
    assert before.value is None
    assert reply.total_usage.credits == 6
    asked, again = (received.json for received in service.received)
    assert again["messages"][: len(asked["messages"])] == asked["messages"]
    answered, told = again["messages"][len(asked["messages"]) :]
    assert answered["role"] == "assistant"
    assert told["role"] == "user"
    if surface == "messages":
        assert answered["content"][0]["input"] == BAD
        (result,) = told["content"]
        assert (result["type"], result["tool_use_id"], result["is_error"]) == ("tool_result", "toolu_1", True)
        assert "$.age: 'old' is not of type 'integer'" in result["content"]
        assert again["tool_choice"] == {"type": "tool", "name": "answer"}
    else:
        assert json.loads(answered["content"][0]["text"]) == BAD
        assert "$.age: 'old' is not of type 'integer'" in told["content"]


@both
@pytest.mark.parametrize("surface", SURFACES)
def test_after_one_repair_it_is_an_error_that_keeps_the_text(service: FakeService, ask: Ask, surface: str) -> None:
    service.play(first(ask, surface, body_of(surface, BAD)), answer(body_of(surface, {"name": 7})))
    with dial(service) as client, pytest.raises(SchemaMismatchError, match=r"not Person.*\$") as raised:
        ask(client, "Who?", schema=Person, surface=surface)
    assert len(service.received) == 2
    last = raised.value.reply
    assert len(last.earlier) == 1
    assert raised.value.action
    assert "7" in json.dumps(last.raw)


@both
@pytest.mark.parametrize("surface", SURFACES)
def test_what_max_tokens_cut_is_not_asked_again(service: FakeService, ask: Ask, surface: str) -> None:
    whole = messages_body(GOOD, "max_tokens") if surface == "messages" else chat_body('{"name": "A', finish="length")
    service.play(first(ask, surface, whole))
    with (
        dial(service) as client,
        pytest.raises(SchemaMismatchError, match=r"cut off at 50 .*Raise max_") as raised,
    ):
        ask(client, "Who?", schema=Person, surface=surface, max_tokens=50)
    assert len(service.received) == 1
    assert raised.value.reply.stop_reason == "max_tokens"


def test_half_of_the_arguments_is_no_data(service: FakeService) -> None:
    service.play(messages_frames(messages_body(GOOD), '{"name": "Ada", "age": 3'), answer(messages_body(GOOD)))
    with dial(service) as client:
        reply = stream(client, "Who?", schema=Person)
    assert reply.value.age == 36
    assert "not one whole JSON object" in service.received[1].body.decode()


def test_text_in_place_of_the_tool_is_asked_again(service: FakeService) -> None:
    service.play(answer(messages_body(json.dumps(GOOD), "end_turn")), answer(messages_body(GOOD)))
    with dial(service) as client:
        assert client.send("Who?", schema=Person).value.age == 36
    assert isinstance(service.received[1].json["messages"][-1]["content"], str)


def test_an_answer_with_nothing_in_it_is_asked_again_as_it_was(service: FakeService) -> None:
    empty = {**messages_body(GOOD), "content": []}
    service.play(answer(empty), answer(messages_body(GOOD)))
    with dial(service) as client:
        assert client.send("Who?", schema=Person).value.age == 36
    assert service.received[0].json == service.received[1].json


@both
@pytest.mark.parametrize(
    "text",
    [json.dumps(GOOD), f"```json\n{json.dumps(GOOD)}\n```", f"Here you are: {json.dumps(GOOD)} Anything else?"],
)
def test_fences_and_words_around_are_tolerated(service: FakeService, ask: Ask, text: str) -> None:
    service.play(first(ask, "chat", chat_body(text)))
    with dial(service) as client:
        assert ask(client, "Who?", schema=Person, surface="chat").value.age == 36


@pytest.mark.parametrize("text", ["Ada is 36.", "", json.dumps([GOOD]), f"Here: [{json.dumps(GOOD)}]", "{'age': 36}"])
def test_anything_else_is_asked_again(service: FakeService, text: str) -> None:
    service.play(answer(chat_body(text)), answer(chat_body(json.dumps(GOOD))))
    with dial(service) as client:
        reply = client.send("Who?", schema=Person, surface="chat")
    assert reply.value.age == 36
    assert len(reply.earlier) == 1


def test_of_several_answers_each_must_fit_and_the_first_is_the_value(service: FakeService) -> None:
    other = {"name": "Bob", "age": 7}
    service.play(answer(chat_body(json.dumps(GOOD), json.dumps(other))))
    with dial(service, "cailag") as client:
        assert client.send("Who?", schema=Person, n=2).value.name == "Ada"
        service.play(answer(chat_body(json.dumps(GOOD), json.dumps(BAD))), answer(chat_body(json.dumps(other))))
        assert client.send("Who?", schema=Person, n=2).value.name == "Bob"


def test_a_repair_that_fails_keeps_the_first_answer(service: FakeService) -> None:
    service.play(answer(chat_body(json.dumps(BAD))), error(429, "rate_limit_error", headers={"Retry-After": "600"}))
    with dial(service, max_attempts=1) as client, pytest.raises(RateLimitError) as raised:
        client.send("Who?", schema=Person, surface="chat")
    assert json.loads(raised.value.reply.text) == BAD


def test_a_call_for_tools_is_not_the_data_yet(service: FakeService) -> None:
    call = {"id": "call_1", "type": "function", "function": {"name": "look", "arguments": "{}"}}
    body = chat_body("", finish="tool_calls")
    body["choices"][0]["message"]["tool_calls"] = [call]
    service.play(answer(body))
    tool = {"name": "look", "description": "Look.", "input_schema": {"type": "object", "properties": {}}}
    with dial(service) as client:
        reply = client.send("Who?", schema=Person, surface="chat", tools=[tool])
    assert reply.value is None
    assert reply.tool_uses[0].name == "look"


def test_a_wrong_schema_sends_nothing(service: FakeService) -> None:
    with dial(service) as client:
        for wrong in (True, "Person", {"name": "str"}, {"type": "objet"}, complex):
            with pytest.raises(ConfigurationError):
                client.send("Who?", schema=wrong)
    assert service.received == []


NAMES = st.sampled_from(["name", "total", "when", "count", "tags", "ok", "kind", "a b", "ünï"])
LEAVES = st.one_of(
    st.builds(lambda low: {"type": "integer", "minimum": low, "maximum": low + 9}, st.integers(-50, 50)),
    st.just({"type": "number"}),
    st.builds(lambda size: {"type": "string", "minLength": size, "maxLength": size + 20}, st.integers(0, 5)),
    st.sampled_from([{"type": "string", "format": name} for name in ("date", "date-time", "email", "uri")]),
    st.just({"type": "boolean"}),
    st.builds(lambda values: {"enum": values}, st.lists(st.sampled_from(["x", "y", 1, None]), min_size=1, unique=True)),
    st.just({"type": ["integer", "null"]}),
    st.just({"type": "string", "pattern": "^[A-Z]{2}[0-9]{3}$"}),
)


def objects(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    def build(named: dict[str, Any], closed: bool) -> dict[str, Any]:
        made = {"type": "object", "properties": named, "required": sorted(named)[: len(named) // 2 + 1]}
        return {**made, "additionalProperties": False} if closed else made

    return st.builds(build, st.dictionaries(NAMES, inner, min_size=1, max_size=3), st.booleans())


SCHEMAS = st.recursive(
    LEAVES,
    lambda inner: (
        objects(inner)
        | st.builds(lambda item, least: {"type": "array", "items": item, "minItems": least}, inner, st.integers(0, 2))
        | st.builds(lambda one, two: {"anyOf": [one, two]}, inner, inner)
    ),
    max_leaves=6,
)
PROMPTS = st.sampled_from(["Tea 2.80 on 2026-11-21, ada@example.org", "What is 6 * 7?", "Write about the sea.", "好"])


@settings(max_examples=suite(300), suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(SCHEMAS, PROMPTS, st.sampled_from(SURFACES), st.booleans())
def test_the_sandbox_satisfies_any_common_schema(
    sandbox: Sandbox, schema: dict[str, Any], prompt: str, surface: str, streamed: bool
) -> None:
    key = sandbox.mint_key()
    with connect(base=sandbox.base_url, key=key) as client:
        reply = (stream if streamed else send)(client, prompt, schema=schema, surface=surface, max_tokens=4096)
    sandbox.revoke_key(key)
    assert first_problem(reply.value, schema) is None
    assert reply.earlier == ()
