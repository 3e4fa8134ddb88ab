"""Arguments taken from a prompt: places with their region, quoted names, and a guess only where a call is demanded."""

from __future__ import annotations

import json

import pytest

from caicaini_nb.sandbox.engine import Question, Text, ToolSpec, ToolUse, Turn
from caicaini_nb.sandbox.rules import RulesEngine
from caicaini_nb.sandbox.rules.json_answers import named_keys

ENGINE = RulesEngine()


def text_tool(name: str, description: str, *parameters: str) -> ToolSpec:
    """A tool whose parameters are all required texts."""
    properties = {parameter: {"type": "string"} for parameter in parameters}
    return ToolSpec(name, description, {"type": "object", "properties": properties, "required": list(parameters)})


WEATHER = text_tool("get_weather", "Get weather at a location.", "location")
GREETING = text_tool("greeting_generator", "Generate a greeting in a particular style of speaking.", "answer_style")
CUSTOMER = text_tool("add_customer", "Add a customer by name.", "customer_name")


def calls(prompt: str, tool: ToolSpec, choice: str = "auto") -> list[dict[str, object]]:
    """The arguments of the calls that an answer makes."""
    question = Question("", (Turn("user", prompt),), tools=(tool,), tool_choice=choice)
    return [piece.arguments for piece in ENGINE.answer(question) if isinstance(piece, ToolUse)]


@pytest.mark.parametrize(
    ("prompt", "places"),
    [
        ("What is the weather in San Francisco, CA?", ["San Francisco, CA"]),
        ("What is the weather in Paris, France and Rome, Italy?", ["Paris, France", "Rome, Italy"]),
        ("What is the weather in Paris, Rome and Oslo?", ["Paris", "Rome", "Oslo"]),
        ("What is the weather in France, Italy and Spain?", ["France", "Italy", "Spain"]),
        ("What is the weather in Paris and France?", ["Paris", "France"]),
    ],
)
def test_a_region_belongs_to_its_place(prompt: str, places: list[str]) -> None:
    assert calls(prompt, WEATHER) == [{"location": place} for place in places]


@pytest.mark.parametrize("quotes", ["''", '""', "“”", "「」"])
@pytest.mark.parametrize("name", ["こんにちは株式会社", "你好啊集团", "Ünïcode & Söhne"])
def test_a_quoted_name_is_taken_as_written(name: str, quotes: str) -> None:
    prompt = f"Add a customer named {quotes[0]}{name}{quotes[1]} (Hello Group), please"
    assert calls(prompt, CUSTOMER, "any") == [{"customer_name": name}]


def test_a_demanded_call_guesses_from_what_is_said_beyond_the_tool() -> None:
    assert calls("Using the tool, generate a Pirate greeting.", GREETING, "any") == [{"answer_style": "Pirate"}]
    assert calls("Using the tool, generate a greeting.", GREETING, "any") == [{"answer_style": ""}]
    assert calls("Generate a Pirate greeting.", GREETING) == []


def test_a_place_is_never_guessed() -> None:
    assert calls("Hello there, stranger!", WEATHER, "any") == [{"location": ""}]


@pytest.mark.parametrize("broken", [{"properties": []}, {"properties": None}, {"required": None}, {"required": "x"}])
def test_a_schema_that_is_none_still_gets_an_answer(broken: dict[str, object]) -> None:
    tool = ToolSpec("find_way", "Find a way.", {"type": "object", "properties": {"way": {"type": "string"}}} | broken)
    assert len(calls("Find the blue way", tool, "any")) == 1


@pytest.mark.parametrize(
    ("prompt", "keys"),
    [
        ("Answer as JSON with 'setup' and 'punchline' keys. Nothing else.", ["setup", "punchline"]),
        ('Return JSON with the "a", "b", and "c" fields', ["a", "b", "c"]),
        ("Return JSON with the keys name and age", ["name", "age"]),
        ("Return JSON with keys.", []),
    ],
)
def test_keys_are_named_before_or_after_the_word(prompt: str, keys: list[str]) -> None:
    assert list(named_keys(prompt)) == keys


def test_prose_under_named_keys_is_the_honest_sentence_and_a_fact_is_null() -> None:
    joke = "Tell me a joke about cats. Return it as JSON with 'setup' and 'punchline' keys."
    fact = "What is the capital of France? Return it as JSON with a 'capital' key."
    for prompt, known in ((joke, True), (fact, False)):
        (piece,) = ENGINE.answer(Question("", (Turn("user", prompt),), json_object=True))
        assert isinstance(piece, Text)
        values = json.loads(piece.text).values()
        assert all("rules engine does not" in value if known else value is None for value in values)


def tool(text: str, /, **properties: str) -> ToolSpec:
    """A tool from `name: description` and the JSON types of its required parameters."""
    name, _, description = text.partition(": ")
    parts = {key: {"type": kind} for key, kind in properties.items()}
    return ToolSpec(name, description, {"type": "object", "properties": parts, "required": list(parts)})


FORECAST = tool("weather: The weather in a city right now.", city="string")
CONVERT = tool("to_fahrenheit: Celsius as Fahrenheit.", celsius="number")
MAIL = tool("send_mail: Send an e-mail.", to="string", subject="string")
LETTER = tool("send_letter: Send a letter.", to="string", subject="string", body="string")
NOTE = tool("read_note: Read one of your notes by its name.", name="string")
TITLED = tool("read_note: Read one of your notes by its title.", title="string")
PAGE = tool("remove_page: Remove a page.", title="string")
MONEY = tool("convert: Convert money from one currency to another.", amount="number", source="string", target="string")
EVENT = tool("create_event: Put an event into the calendar.", title="string", day="string", place="string")
NOTES = tool("search_notes: Search your notes.", query="string")
TRANSLATE = tool("translate: Translate a text into a language.", text="string", language="string")
STOCK = tool("stock: How many of a product are in stock.", product="string")
BALANCE = tool("balance: The balance of an account.", account="string")
MESSAGE = tool("send_message: Send a message to a person.", to="string", text="string")
FILE = tool("delete_file: Delete a file.", path="string")
DISTANCE = tool("distance: The distance between two cities.", origin="string", destination="string")
LIGHTS = tool("lights: Switch the lights of a room on or off.", room="string", on="boolean")

CALLED: dict[str, list[tuple[ToolSpec, dict[str, object]]]] = {
    "What is 24 degrees Celsius in Fahrenheit?": [(CONVERT, {"celsius": 24})],
    "What is the weather in Oslo, and what is 24 degrees Celsius in Fahrenheit?": [
        (FORECAST, {"city": "Oslo"}),
        (CONVERT, {"celsius": 24}),
    ],
    "Is it raining in Bergen?": [(FORECAST, {"city": "Bergen"})],
    "Send an e-mail to ana@example.org with the subject Hello.": [
        (MAIL, {"to": "ana@example.org", "subject": "Hello"})
    ],
    "Send a letter to bo@example.org with the subject Lunch on Friday and the body See you at noon.": [
        (LETTER, {"to": "bo@example.org", "subject": "Lunch on Friday", "body": "See you at noon"})
    ],
    "Read the note called shopping.": [(NOTE, {"name": "shopping"})],
    'Read the note "shopping".': [(TITLED, {"title": "shopping"})],
    'Remove the page "Tea".': [(PAGE, {"title": "Tea"})],
    "Convert 250 USD to EUR.": [(MONEY, {"amount": 250, "source": "USD", "target": "EUR"})],
    "Put the book club into my calendar for 2026-12-10 in Porto.": [
        (EVENT, {"title": "book club", "day": "2026-12-10", "place": "Porto"})
    ],
    "Search my notes for the recipe of lentil soup.": [(NOTES, {"query": "the recipe of lentil soup"})],
    'Translate "good morning" into Portuguese.': [(TRANSLATE, {"text": "good morning", "language": "Portuguese"})],
    "How many kettles are in stock?": [(STOCK, {"product": "kettles"})],
    "What is the balance of the account savings?": [(BALANCE, {"account": "savings"})],
    'Send Bob the message "Running late".': [(MESSAGE, {"to": "Bob", "text": "Running late"})],
    "Delete the file notes/old.txt.": [(FILE, {"path": "notes/old.txt"})],
    "How far is it from Ghent to Lille?": [(DISTANCE, {"origin": "Ghent", "destination": "Lille"})],
    "What is the distance between Ghent and Lille?": [(DISTANCE, {"origin": "Ghent", "destination": "Lille"})],
    "Switch off the lights in the kitchen.": [(LIGHTS, {"room": "kitchen", "on": False})],
    "Hi there, how are you?": [],
}


@pytest.mark.parametrize("prompt", CALLED)
def test_the_fitting_tool_alone_gets_what_the_text_says(prompt: str) -> None:
    """Beside it stand two others that share a word with some of these prompts."""
    offered = {spec.name: spec for spec in (FORECAST, CONVERT, *(spec for spec, _ in CALLED[prompt]))}
    question = Question("", (Turn("user", prompt),), tools=tuple(offered.values()))
    uses = [piece for piece in ENGINE.answer(question) if isinstance(piece, ToolUse)]
    assert uses == [ToolUse(spec.name, values) for spec, values in CALLED[prompt]]


@pytest.mark.parametrize(
    ("prompt", "values"),
    [
        ("What is the value of magic_function(3)? Use the tool.", {"input": 3}),
        ('Run magic_function(-7, note="a, b").', {"input": -7, "note": "a, b"}),
        ("Call magic_function(note='x', input=12) for me", {"input": 12, "note": "x"}),
        ("magic_function(exit, 'x')", {"note": "x"}),
        ("magic_function('three')", {}),
    ],
)
def test_a_call_that_is_written_out_is_read_and_never_run(prompt: str, values: dict[str, object]) -> None:
    schema = {
        "type": "object",
        "properties": {"input": {"type": "integer"}, "note": {"type": "string"}},
        "required": ["input", "note"],
    }
    [made] = calls(prompt, ToolSpec("magic_function", "Apply a magic function.", schema), "any")
    assert {name: made[name] for name in values} == values
