"""Logs of other programs: a real one of LiteLLM's, OpenAI's answers and batches, and lines that are none."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from caicaini_nb import Ledger
from caicaini_nb.bookkeeping.imported import Imported, Refused
from caicaini_nb.errors import ConfigurationError
from tests.conftest import suite

# Written by LiteLLM 1.106's callbacks: calls to a sandbox, plain, streamed, asynchronous and refused, and mocked ones.
LITELLM = Path(__file__).with_name("litellm.jsonl")
CHAT = {
    "id": "chatcmpl-1", "object": "chat.completion", "created": 1_724_858_089, "model": "gpt-4o-mini-2024-07-18",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "SECRET ANSWER"}, "finish_reason": "stop"}],
    "usage": {
        "prompt_tokens": 24, "completion_tokens": 8, "total_tokens": 32, "prompt_tokens_details": {"cached_tokens": 16},
    },
}  # fmt: skip
RESPONSE = {
    "id": "resp_1", "object": "response", "created_at": 1_741_476_542.5, "status": "completed", "model": "gpt-4.1",
    "usage": {"input_tokens": 36, "input_tokens_details": {"cached_tokens": 0}, "output_tokens": 87},
}  # fmt: skip
BATCH = {
    "id": "batch_req_1", "custom_id": "request-1", "error": None,
    "response": {"status_code": 200, "request_id": "af0bac0d", "body": {**CHAT, "id": "chatcmpl-2"}},
}  # fmt: skip
LITE = {
    "id": "chatcmpl-9", "litellm_call_id": "c9", "call_type": "acompletion", "startTime": 1_700_000_000.25,
    "endTime": 1_700_000_001.5, "completionStartTime": 1_700_000_000.5, "stream": True, "status": "success",
    "model": "gpt-4o", "custom_llm_provider": "azure", "prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7,
    "response_cost": 0.25,
}  # fmt: skip


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    ledger = Ledger(tmp_path / "ledger.db")
    yield ledger
    ledger.close()


def written(ledger: Ledger, *lines: object, name: str = "log.jsonl") -> Path:
    path = ledger.path.with_name(name)
    path.write_text("".join(f"{line if isinstance(line, str) else json.dumps(line)}\n" for line in lines), "utf-8")
    return path


def only(ledger: Ledger, line: object) -> Any:
    assert ledger.import_jsonl(written(ledger, line)) == Imported(1, 0, ())
    (entry,) = ledger
    return entry


def test_a_real_log_of_litellm(ledger: Ledger) -> None:
    """Figures as the log has them; where LiteLLM wrote 0 for what it did not know, unknown."""
    assert ledger.import_jsonl(LITELLM) == Imported(15, 0, ())
    assert ledger.import_jsonl(LITELLM) == Imported(0, 15, ())
    rows = list(ledger)
    assert {row.origin for row in rows} == {"imported"}
    assert [(row.provider, row.surface) for row in rows].count(("caicaini", "chat")) == 12
    assert [row.credits for row in rows] == [6, 2, 2, 6, *[None] * 7, 5, 5, 5, None]
    assert [row.input_tokens for row in rows] == [12, 12, 12, 12, 10, None, None, None, 5, 10, 8, 9, 9, 9, 10]
    assert [row.output_tokens for row in rows] == [7, 7, 7, 7, 26, None, None, None, 28, 20, 5, 19, 19, 19, 0]
    refused, unauthorized = rows[6:8]
    assert (refused.outcome, refused.status, refused.error) == ("error", 400, "BadRequestError")
    assert (unauthorized.outcome, unauthorized.status, unauthorized.error) == ("error", 401, "AuthenticationError")
    assert (refused.request_id, refused.message_id) == ("req_2fe344f39c4e7f691e640831", None)
    auto, streamed, plain = rows[2], rows[4], rows[0]
    assert (auto.model, auto.model_answered) == ("caicaini/auto", "caicaini/haiku")
    assert (streamed.first_event_ms, streamed.total_ms) == (254.8, 479.0)
    assert (plain.first_event_ms, plain.total_ms) == (None, 1757.3)
    assert plain.message_id == "chatcmpl_76b7f1fec35402d63f28573f"
    assert ledger.daily(("calls", "credits"), by=("provider",)) == {
        "provider": ["anthropic", "caicaini", "openai"], "calls": [1, 12, 2], "credits": [None, 31, None],
    }  # fmt: skip


def test_nothing_of_a_prompt_or_an_answer_is_kept(ledger: Ledger) -> None:
    ledger.import_jsonl(LITELLM)
    ledger.import_jsonl(written(ledger, CHAT, {**LITE, "messages": [{"content": "SECRET PROMPT"}]}))
    ledger.close()
    for file in ledger.path.parent.glob("ledger.db*"):
        data = file.read_bytes()
        assert all(word not in data for word in (b"SECRET", b"What is 0 + 40", b"short story", b"is not valid here"))


def test_openai(ledger: Ledger) -> None:
    assert ledger.import_jsonl(written(ledger, CHAT, RESPONSE, BATCH)) == Imported(3, 0, ())
    chat, response, batch = ledger
    assert (chat.started_ms, chat.provider, chat.surface) == (1_724_858_089_000, "openai", "chat")
    assert (chat.input_tokens, chat.output_tokens, chat.cache_read_input_tokens) == (24, 8, 16)
    assert (chat.model, chat.model_answered, chat.status) == (None, "gpt-4o-mini-2024-07-18", None)
    assert (chat.total_ms, chat.credits, chat.outcome) == (None, None, "ok")
    assert (response.started_ms, response.input_tokens, response.output_tokens) == (1_741_476_542_500, 36, 87)
    assert response.cache_read_input_tokens == 0
    assert (batch.status, batch.request_id, batch.message_id) == (200, "af0bac0d", "chatcmpl-2")


def test_credits_are_never_dollars(ledger: Ledger) -> None:
    usage = {"prompt_tokens": 3, "completion_tokens": 4, "cost": 0.25, "credits_consumed": 9}
    assert only(ledger, {**LITE, "response": {"usage": usage}}).credits is None  # somebody else's credits


def test_caicaini_tells_its_credits_through_litellm_too(ledger: Ledger) -> None:
    usage = {"prompt_tokens": 3, "completion_tokens": 4, "credits_consumed": 0}
    line = {**LITE, "api_base": "https://caicaini.com/v1", "metadata": {"usage_object": usage}}
    entry = only(ledger, line)
    assert (entry.provider, entry.credits) == ("caicaini", 0)


TIMEOUT = {"status": "failure", "error_information": {"error_class": "Timeout", "error_code": "408"}}


@pytest.mark.parametrize(
    ("change", "field", "value"),
    [
        ({}, "provider", "azure"),
        ({"api_base": "https://cailag.xin/v1"}, "provider", "cailag"),
        ({"api_base": "https://caicaini.com.example.org/v1"}, "provider", "azure"),
        ({"api_base": "http://[broken"}, "provider", "azure"),
        ({"model": "caicaini/opus"}, "provider", "caicaini"),
        ({"custom_llm_provider": None}, "provider", "unknown"),
        ({"call_type": "anthropic_messages"}, "surface", "messages"),
        ({"call_type": "aresponses"}, "surface", "chat"),
        ({"call_type": "aembedding"}, "surface", "embeddings"),
        ({"startTime": "2026-11-21T16:29:04.605574+00:00"}, "started_ms", 1_795_278_544_605),
        ({"startTime": "2026-11-21 16:29:04"}, "started_ms", 1_795_278_544_000),
        ({"endTime": 1}, "total_ms", None),  # the clock went back
        ({"endTime": None}, "total_ms", None),
        ({"stream": False}, "first_event_ms", None),
        ({"total_tokens": 0, "prompt_tokens": 0, "completion_tokens": 0}, "input_tokens", None),
        ({"prompt_tokens": -1}, "input_tokens", None),
        ({"prompt_tokens": True}, "input_tokens", None),
        ({"prompt_tokens": 10**30}, "input_tokens", None),
        ({"prompt_tokens": "3"}, "input_tokens", None),
        ({"model": "m" * 5000}, "model", None),
        ({"model": ["m"]}, "model", None),
        (TIMEOUT, "outcome", "unknown"),
        (TIMEOUT, "status", None),
        ({"status": "failure", "error_information": None}, "outcome", "error"),
        ({"status": "failure", "error_information": {"error_code": "12³"}}, "status", None),
        ({"metadata": "none", "response": "redacted-by-litellm", "hidden_params": []}, "outcome", "ok"),
    ],
)  # fmt: skip
def test_what_litellm_tells(ledger: Ledger, change: dict[str, Any], field: str, value: object) -> None:
    assert getattr(only(ledger, {**LITE, **change}), field) == value


def test_a_callback_may_write_all_it_was_given(ledger: Ledger) -> None:
    assert only(ledger, {"model": "x", "standard_logging_object": LITE}).operation == "c9"


BAD = {
    "{": "not JSON", "[1]": "not a JSON object", "7": "not a JSON object", "null": "not a JSON object",
    "{}": "neither LiteLLM's nor OpenAI's", '{"a": ' * 3000: "not JSON", '{"message": "up"}': "neither",
    json.dumps({**LITE, "startTime": None}): "startTime is no time",
    json.dumps({**LITE, "startTime": 1e30}): "startTime is no time",
    json.dumps({**LITE, "startTime": "soon"}): "startTime is no time",
    json.dumps({**LITE, "cache_hit": True}): "its own cache",
    json.dumps({**CHAT, "created": -5}): "created is no time",
    json.dumps({"id": "b", "response": {"status_code": 400, "body": {"error": {}}}}): "does not say when",
    json.dumps({"object": "bucket", "start_time": 1, "results": []}): "sums up several requests",
    json.dumps({"n_requests": 1200, "aggregation_timestamp": 1_700_000_000}): "sums up 1,200 requests",
}  # fmt: skip


def test_a_line_that_is_none_is_named_and_loses_nothing(ledger: Ledger) -> None:
    path = written(ledger, CHAT, *BAD, "", RESPONSE)
    with path.open("ab") as file:
        file.write(b'\xff\xfe{"a": 1}\n' + json.dumps(LITE).encode())  # the last line has no end
    imported = ledger.import_jsonl(path)
    assert imported.added == len(ledger) == 3
    assert [refused.line for refused in imported.refused] == [*range(2, len(BAD) + 2), len(BAD) + 4]
    for refused, reason in zip(imported.refused, BAD.values(), strict=False):
        assert reason in refused.reason
    assert str(imported).startswith(f"3 rows added, 0 known already, {len(BAD) + 1} lines refused (line 2: it is not J")
    assert str(imported).endswith(f"; and {len(BAD) - 4} more)")


def test_a_usage_export_of_single_requests(ledger: Ledger) -> None:
    line = {
        "n_requests": 1, "aggregation_timestamp": 1_700_000_000, "snapshot_id": "gpt-4o",
        "n_context_tokens_total": 5, "n_generated_tokens_total": 0,
    }  # fmt: skip
    entry = only(ledger, line)
    assert (entry.model_answered, entry.input_tokens, entry.output_tokens) == ("gpt-4o", 5, 0)


def test_twice_in_one_file_and_in_two(ledger: Ledger) -> None:
    first = written(ledger, CHAT, CHAT, LITE, {**LITE, "startTime": LITE["startTime"] + 1}, "\ufeff", name="a.jsonl")  # type: ignore[operator]
    assert ledger.import_jsonl(first) == Imported(3, 1, ())
    second = written(ledger, LITE, RESPONSE, name="b.jsonl")
    assert ledger.import_jsonl(second) == Imported(1, 1, ())
    assert Ledger(ledger.path).import_jsonl(first) == Imported(0, 4, ())


def test_a_long_log_in_parts(ledger: Ledger, seed: int) -> None:
    """More than one transaction; what was refused between does not shift what is known."""
    choose = random.Random(seed)
    lines: list[object] = [{**CHAT, "id": f"chatcmpl-{number}"} for number in range(suite(20_000))]
    for place in sorted(choose.sample(range(len(lines)), 50)):
        lines.insert(place, "no")
    path = written(ledger, *lines)
    imported = ledger.import_jsonl(path)
    assert (imported.added, len(imported.refused)) == (suite(20_000), 50)
    assert [one.line for one in imported.refused] == [at for at, line in enumerate(lines, 1) if line == "no"]
    assert ledger.daily(("input_tokens",), by=()) == {"input_tokens": [24 * suite(20_000)]}
    assert ledger.import_jsonl(path).added == 0


def test_imported_rows_are_apart(ledger: Ledger) -> None:
    ledger.finish(ledger.begin(provider="caicaini", origin="hosted", surface="chat", operation="o"), "ok", credits=1)
    ledger.import_jsonl(LITELLM)
    assert ledger.totals(origin="hosted").credits == 1
    assert len(ledger.columns(("credits",), origin="imported")["credits"]) == 15
    assert Refused(1, "x") in Imported(0, 0, (Refused(1, "x"),)).refused


def test_a_file_that_is_not_there(ledger: Ledger, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"none\.jsonl cannot be read: No such file"):
        ledger.import_jsonl(tmp_path / "none.jsonl")
    with pytest.raises(ConfigurationError, match="Is a directory"):
        ledger.import_jsonl(tmp_path)
