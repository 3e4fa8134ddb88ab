"""A request as LiteLLM logs it: its `StandardLoggingPayload`, which its callbacks, its proxy and its exports write.

It takes what is counted and timed, never a prompt, an answer, an error's text or a key. Its costs in dollars are left:
they come from a price list, and credits are what the service said it deducted. LiteLLM writes 0 tokens where it knows
none, as after a stream without usage; here they are unknown.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from .line import Line, amount, inner, name, seconds, span_ms

__all__ = ["is_litellm", "read_litellm"]

HOSTS = {"caicaini.com": "caicaini", "cailag.xin": "cailag"}
SURFACES = {
    "completion": "chat", "text_completion": "chat", "responses": "chat", "generate_content": "chat",
    "generate_content_stream": "chat", "anthropic_messages": "messages", "embedding": "embeddings",
}  # fmt: skip
# After these nobody can say whether the call ran.
IN_DOUBT = {"APIConnectionError", "Timeout"}
REQUEST_IDS = ("x-request-id", "request-id", "llm_provider-x-request-id", "llm_provider-request-id")
TOKENS = ("prompt_tokens", "completion_tokens")


def is_litellm(line: Mapping[str, Any]) -> bool:
    return "call_type" in line and "startTime" in line


def read_litellm(line: Mapping[str, Any]) -> Line:
    """Raises `ValueError`, in words, where it tells of no request."""
    if str(line.get("cache_hit")).lower() == "true":
        raise ValueError("LiteLLM answered it from its own cache, so no request went out")
    began, ended = seconds(line.get("startTime")), seconds(line.get("endTime"))
    if began is None:
        raise ValueError("startTime is no time")
    is_ok = line.get("status") in ("success", None, "")
    call, answer, error = _call(line), inner(line.get("response")), inner(line.get("error_information"))
    provider = _provider(line)
    fields = {
        "started_ms": int(began * 1000),
        "provider": provider,
        "surface": _surface(line.get("call_type")),
        "operation": name(line.get("litellm_call_id")) or call or f"{began}",
        "model": name(line.get("model")),
        "model_answered": name(answer.get("model")),
        "first_event_ms": span_ms(began, seconds(line.get("completionStartTime"))) if line.get("stream") else None,
        "total_ms": span_ms(began, ended),
        "request_id": _request_id(line) or name(error.get("error_provider_request_id")),
        "message_id": call if is_ok else None,
        **({"outcome": "ok"} if is_ok else _failure(error)),
        **_amounts(line, provider),
    }
    return Line(fields, ("litellm", fields["operation"], call, line.get("startTime"), line.get("status")))


def _call(line: Mapping[str, Any]) -> str | None:
    return name(line.get("id")) or name(line.get("request_id"))


def _surface(call_type: object) -> str:
    """The asynchronous twin of a call has an *a* before its name."""
    kind = name(call_type) or "completion"
    return SURFACES.get(kind) or SURFACES.get(kind.removeprefix("a")) or kind


def _provider(line: Mapping[str, Any]) -> str:
    """Ours by the model's name or the host, else the one LiteLLM spoke to."""
    if str(line.get("model")).startswith("caicaini/"):
        return "caicaini"
    try:
        host = urlsplit(str(line.get("api_base"))).hostname or ""
    except ValueError:
        host = ""
    return HOSTS.get(host) or name(line.get("custom_llm_provider")) or "unknown"


def _request_id(line: Mapping[str, Any]) -> str | None:
    headers = inner(inner(line.get("hidden_params")).get("additional_headers"))
    return next(filter(None, (name(headers.get(header)) for header in REQUEST_IDS)), None)


def _failure(error: Mapping[str, Any]) -> dict[str, Any]:
    kind, code = name(error.get("error_class")), str(error.get("error_code"))
    is_status = code.isascii() and code.isdigit() and len(code) == 3 and kind not in IN_DOUBT
    outcome = "unknown" if kind in IN_DOUBT else "error"
    return {"outcome": outcome, "error": kind, "status": int(code) if is_status else None}


def _amounts(line: Mapping[str, Any], provider: str) -> dict[str, int | None]:
    usage = (
        inner(inner(line.get("metadata")).get("usage_object"))
        or inner(inner(line.get("response")).get("usage"))
        or line
    )
    into, out = (amount(usage.get(kind)) for kind in TOKENS)
    details = inner(usage.get("prompt_tokens_details"))
    created, read = (
        amount(usage.get(f"cache_{what}_input_tokens", details.get(detail)))
        for what, detail in (("creation", "cache_creation_tokens"), ("read", "cached_tokens"))
    )
    if not into and not out:
        into = out = created = read = None
    return {
        "input_tokens": into,
        "output_tokens": out,
        "cache_creation_input_tokens": created,
        "cache_read_input_tokens": read,
        "credits": amount(usage.get("credits_consumed")) if provider == "caicaini" else None,
    }
