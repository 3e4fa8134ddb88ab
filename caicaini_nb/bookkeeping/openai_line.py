"""A request as OpenAI's API tells of it: an answer that somebody kept, or a line of a batch's output.

Answers have the whole second in which they were made, and no durations. A usage export sums up many requests in a
line; a ledger row is one request, so it is refused unless it tells of one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .line import Line, amount, inner, name, seconds

__all__ = ["read_openai"]

# When each kind of answer says that it was made.
MADE = {"chat.completion": "created", "text_completion": "created", "response": "created_at"}
REQUESTS = ("num_model_requests", "n_requests")


def read_openai(line: Mapping[str, Any]) -> Line:
    """Raises `ValueError`, in words, where it tells of no request, of several, or not when."""
    if line.get("object") in ("bucket", "page") or any(kind in line for kind in REQUESTS):
        return _usage(line)
    response = inner(line.get("response"))
    bodies = (line, response, inner(response.get("body")), inner(line.get("body")))
    body = next((body for body in bodies if body.get("object") in MADE), None)
    if body is None and response.get("status_code") is not None:
        raise ValueError("the request failed, and a failed one does not say when")
    if body is None:
        raise ValueError("it is neither LiteLLM's nor OpenAI's account of a request")
    made = seconds(body.get(MADE[body["object"]]))
    if made is None:
        raise ValueError(f"{MADE[body['object']]} is no time")
    identity = name(body.get("id")) or name(line.get("id"))
    failed = body.get("status") in ("failed", "cancelled")
    row = _row(made, identity, name(body.get("model")))
    fields = {
        **row,
        "outcome": "error" if failed else "ok",
        "error": name(inner(body.get("error")).get("code")),
        "status": amount(response.get("status_code")),
        "request_id": name(response.get("request_id")),
        "message_id": identity,
        **_amounts(inner(body.get("usage")), row["provider"]),
    }
    return Line(fields, ("openai", identity, made, name(line.get("custom_id"))))


def _row(made: float, identity: str | None, model: str | None) -> dict[str, Any]:
    provider = "caicaini" if (model or "").startswith("caicaini/") else "openai"
    return {
        "started_ms": int(made * 1000),
        "provider": provider,
        "surface": "chat",
        "operation": identity or f"{made}",
        "model_answered": model,
    }


def _amounts(usage: Mapping[str, Any], provider: str) -> dict[str, int | None]:
    """Of both conventions; the tokens read from the cache are among those that went in."""
    details = inner(usage.get("prompt_tokens_details")) or inner(usage.get("input_tokens_details"))
    return {
        "input_tokens": amount(usage.get("prompt_tokens", usage.get("input_tokens"))),
        "output_tokens": amount(usage.get("completion_tokens", usage.get("output_tokens"))),
        "cache_read_input_tokens": amount(details.get("cached_tokens")),
        "credits": amount(usage.get("credits_consumed")) if provider == "caicaini" else None,
    }


def _usage(line: Mapping[str, Any]) -> Line:
    requests = next((amount(line[kind]) for kind in REQUESTS if kind in line), None)
    made = seconds(line.get("start_time", line.get("aggregation_timestamp")))
    if requests != 1 or made is None:
        many = "several requests" if requests is None else f"{requests:,} requests"
        raise ValueError(f"it sums up {many}, and a ledger row is one")
    model = name(line.get("model")) or name(line.get("snapshot_id"))
    into, out = "n_context_tokens_total", "n_generated_tokens_total"
    fields = {
        **_row(made, None, model),
        "outcome": "ok",
        "input_tokens": amount(line.get("input_tokens", line.get(into))),
        "output_tokens": amount(line.get("output_tokens", line.get(out))),
        "cache_read_input_tokens": amount(line.get("input_cached_tokens")),
    }
    return Line(fields, ("openai usage", *sorted((key, repr(value)) for key, value in line.items())))
