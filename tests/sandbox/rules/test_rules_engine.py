"""The rules engine as a whole: what it computes, what it declines, tools, thinking, and that nothing stops it."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime

import pytest

from caicaini_nb.sandbox import tokens
from caicaini_nb.sandbox.engine import (
    Engine,
    Piece,
    Question,
    Text,
    Thinking,
    ToolSpec,
    Turn,
)
from caicaini_nb.sandbox.rules import RulesEngine

ENGINE: Engine = RulesEngine()
NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
PLACE = {"type": "object", "properties": {"location": {"type": "string"}}, "required": ["location"]}
WEATHER = ToolSpec("get_weather", "Get the current weather in a given location", PLACE)


def ask(*texts: str, system: str = "", **options: object) -> list[Piece]:
    turns = tuple(Turn("user", text) for text in texts)
    return list(ENGINE.answer(Question(system, turns, now=NOW, **options)))  # type: ignore[arg-type]


def said(*texts: str, system: str = "", **options: object) -> str:
    return "".join(piece.text for piece in ask(*texts, system=system, **options) if isinstance(piece, Text))


COMPUTED = {
    "What is 17 * 23?": "17 * 23 = 391",
    "12% of 340": "12% of 340 = 40.8",
    "(3+4)^2": "(3+4)^2 = 49",
    "sqrt 144": "sqrt 144 = 12",
    "what's seventeen times twenty-three": "seventeen times twenty-three = 391",
    "What is 0.1 + 0.2?": "0.1 + 0.2 = 0.3",
    "2/3+1/6": "2/3+1/6 = 5/6 ≈ 0.833333333333",
    "1/0": "1/0: division by zero has no value",
    "三加五等于多少": "三加五 = 8",
    "2的10次方是多少？": "(2)^(10) = 1024",
    "Solve for x: 3x - 5 = 10": "x = 5",
    "What is the sum of 3, 4 and 5?": "The sum of 3, 4, 5 is 12.",
    "Which is bigger: 9.11 or 9.9?": "The largest of 9.11, 9.9 is 9.9.",
    "Is 91 a prime number?": "No, 91 = 7 × 13.",
    "Is 2024 a leap year?": "Yes, 2024 has 366 days.",
    "How many r's are in strawberry?": "The letter “r” occurs 3 times in “strawberry”.",
    'How many words are in "the quick brown fox"?': "The text has 4 words.",
    "How many letters are in the word banana?": "The text has 6 letters.",
    "How many tokens are in 'hello world'?": "The text has 2 tokens.",
    'How often does the word "the" appear in: the cat and the dog': "“the” occurs 2 times in “the cat and the dog”.",
    "“今天天气很好”有几个字？": "共 6 个字。",
    "Count to 5": "1, 2, 3, 4, 5",
    "Count down from 3": "3, 2, 1",
    "数到 3": "1, 2, 3",
    "List the first 5 primes": "2, 3, 5, 7, 11",
    "Write the first 6 Fibonacci numbers.": "0, 1, 1, 2, 3, 5",
    "List the even numbers between 1 and 9": "2, 4, 6, 8",
    "Make a Markdown table of the numbers 1 to 2 and their squares": (
        "| number | square |\n| ---: | ---: |\n| 1 | 1 |\n| 2 | 4 |"
    ),
    'Reverse the word "hello"': "olleh",
    "Convert to uppercase: hello world": "HELLO WORLD",
    "Sort these numbers in descending order: 3, 10, 7": "10, 7, 3",
    "Remove duplicates: a, b, a, c": "a, b, c",
    'Spell "tea"': "T-E-A",
    "Say this is a test": "this is a test",
    "Reply with exactly: pong": "pong",
    "Repeat the word 'data' 3 times": "data data data",
    "Classify as positive, negative or neutral: I love this phone.": "positive",
    "Is this review positive, negative or neutral: The soup was cold and the waiter was rude.": "negative",
    "Is the following review positive or negative? I loved it!": "positive",
    'Is this review positive or negative? "Not good at all, very slow"': "negative",
    "Answer with one of: billing, bug, feature\n\nI was charged twice this month": "billing",
    "Classify the ticket as one of:\n- billing: invoices\n- bug: broken\n\nTicket: It crashes": "bug",
    "把下面的评论分类为正面、负面或中性：这家店的服务非常好，很喜欢": "正面",
    "Extract all email addresses: ada@example.com or bob@example.org.": "- ada@example.com\n- bob@example.org",
    "Extract the dates and amounts: $1,250.00 is due on 2025-04-02.": "- Dates: 2025-04-02\n- Amounts: $1,250.00",
    "提取日期和金额：2025年3月4日支付了1,200元。": "- 日期: 2025年3月4日\n- 金额: 1,200元",
    "Extract the dates: no such thing": "There are no dates in the text.",
    "Convert 10 km to m": "10 km = 10000 m",
    "100 F in C": "100 °F ≈ 37.7777777778 °C",
    "What is today's date?": "By the sandbox's clock, today is Saturday, 21 November 2026.",
    "What day of the week was 2024-02-29?": "2024-02-29 is a Thursday.",
    "How many days between 2024-01-01 and 2024-03-01?": "There are 60 days between 2024-01-01 and 2024-03-01.",
    "How many credits do I get for $50?": "$50 buys 380,000 credits (7,600 credits a dollar).",
}


@pytest.mark.parametrize("prompt", COMPUTED)
def test_computed_answers(prompt: str) -> None:
    assert said(prompt) == COMPUTED[prompt]
    assert said(prompt) == said(prompt)


@pytest.mark.parametrize(
    "prompt",
    [
        "What is the capital of France?",
        "Write a haiku about the sea",
        "Write a Python function to add 2 and 3",
        'Translate "2 + 2" to French',
        "what is a 24/7 service",
        "Explain streaming",
        "If I have 3 apples and eat 1, how many are left?",
        "Convert 100 USD to EUR",
        "",
    ],
)
def test_what_is_not_computed_gets_one_honest_sentence(prompt: str) -> None:
    answer = said(prompt)
    assert answer.startswith("The sandbox's rules engine does not ")
    assert "hosted model with your own key" in answer
    assert answer.count(".") == 1
    assert "\n" not in answer


def test_the_honest_sentence_is_in_the_prompts_language() -> None:
    assert said("写一首关于春天的诗").startswith("沙盒的规则引擎不会写诗")


def test_who_it_is() -> None:
    assert "not a language model" in said("Who are you?")


def test_facts_are_recalled_from_this_conversation_only() -> None:
    assert said("My name is Ada and I live in London.", "What is my name?") == "Your name is Ada."
    assert said("My name is Ada and I live in London.", "Where do I live?") == "You told me that you live in London."
    assert said("Remember the launch code is 4217.", "What is the launch code?") == "The launch code is 4217."
    assert said("我叫小明", "我叫什么名字？") == "你叫小明。"
    assert said("What is my name?") == "You have not told me your name in this conversation."


def test_summary_holds_only_sentences_of_the_text() -> None:
    text = "Solar power grew fast. Solar panels are cheap now. My cat sleeps. Cheap solar panels made solar power grow."
    answer = said(f"Summarise in two sentences: {text}")
    assert answer == "Solar panels are cheap now. Cheap solar panels made solar power grow."


@pytest.mark.parametrize("status", ["400", "401", "402", "403", "404", "413", "429", "500", "502", "503", "504", "529"])
def test_every_status_of_the_contract_is_explained(status: str) -> None:
    assert said(f"What does a {status} error mean?").startswith(f"**{status}** `")


def test_brief_answers_and_capitals_follow_the_system_prompt() -> None:
    assert said("What is 2+2?", system="Answer with the number only.") == "4"
    assert said("Say hello", system="Always reply in upper case.") == "HELLO"


def test_a_label_set_in_the_system_prompt_is_obeyed() -> None:
    system = "You are a support classifier. Answer with one of: billing, bug, feature. Nothing else."
    assert said("The app crashes when I open settings", system=system) == "bug"


def test_several_questions_get_an_answer_each() -> None:
    first, second = said("What is 2+2? What is the capital of France?").split("\n")
    assert first == "2+2 = 4"
    assert "does not write prose" in second


def test_json_without_a_schema_is_an_object_with_the_keys_named() -> None:
    prompt = "Return a JSON object with the keys name, age and city: Ada is 36 and lives in London."
    assert json.loads(said(prompt)) == {"name": "Ada", "age": 36, "city": "London"}
    assert json.loads(said("What is 6*7?", json_object=True)) == {"answer": 42}
    assert json.loads(said("What is the capital of France?", system="JSON with keys capital", json_object=True)) == {
        "capital": None
    }


def test_thinking_comes_first_and_keeps_to_its_budget() -> None:
    thinking, text = ask("What is 17 * 23?", thinking_budget=1024)
    assert isinstance(thinking, Thinking)
    assert "arithmetic" in thinking.text
    assert "391" in thinking.text
    assert text == Text("17 * 23 = 391")
    cut = ask("What is 17 * 23?", thinking_budget=5)[0]
    assert isinstance(cut, Thinking)
    assert 0 < tokens.count(cut.text) <= 5


LONG = 1_000_000
BODIES = (
    "a",
    " ",
    "1",
    "\n",
    '"',
    "(",
    "a@",
    "1-",
    "$1,",
    "天气",
    "<text>",
    "```\n",
    '{"a":',
    "The quick fox jumped. ",
    "1 May ",
)
INSTRUCTIONS = (
    "{}",
    "Summarise in 2 sentences: {}",
    "Extract the dates, names, amounts, emails, urls, phone numbers and numbers: {}",
    "Classify as positive or negative: {}",
    "Return JSON with keys name, age and city: {}",
    "Sort: {}",
)


@pytest.mark.parametrize("body", BODIES)
def test_a_megabyte_of_anything_is_answered_soon(body: str) -> None:
    tokens.ready()
    text = body * (LONG // len(body))
    for instruction in INSTRUCTIONS:
        question = Question("", (Turn("user", instruction.format(text)),), tools=(WEATHER,), now=NOW)
        began = time.process_time()
        assert next(iter(ENGINE.answer(question)))
        assert time.process_time() - began < 2.0, instruction
