"""Receipts: what they say, what they call unknown, and that the service's text in them is inert."""

from __future__ import annotations

from caicaini_nb.display.receipt import Receipt
from caicaini_nb.reply import Choice, Reply, TextBlock, Timing
from caicaini_nb.usage import RateLimit, Usage

HOSTED = Reply(
    choices=(Choice(0, (TextBlock("hi"),), "end_turn"),),
    usage=Usage(1234, 56, 0, 0, 7),
    id="msg_1",
    model="caicaini/sonnet",
    provider="caicaini",
    surface="messages",
    origin="hosted",
    attempts=2,
    timing=Timing(20.0, 99.9, 31.4),
    rate_limit=RateLimit("pay_as_you_go", 60, 59, 12.0),
)


def test_says_everything_once() -> None:
    assert Receipt(HOSTED).text() == (
        "[hosted · caicaini/sonnet · 1,234 tokens in, 56 out · 7 credits · first token 31 ms · 2 attempts · "
        "59 requests left, reset in 12 s · msg_1]"
    )


def test_steady_receipt_has_only_what_every_run_repeats() -> None:
    assert Receipt(HOSTED).text(steady=True) == "[hosted · caicaini/sonnet · 1,234 tokens in, 56 out · 7 credits]"


def test_unknown_is_said_and_zero_is_zero() -> None:
    assert "unknown tokens in, unknown out · credits unknown" in Receipt(Reply(provider="caicaini")).text()
    assert "0 credits" in Receipt(Reply(provider="caicaini", usage=Usage(credits=0))).text()


def test_cailag_is_priced_by_the_published_table() -> None:
    priced = Reply(provider="cailag", model="deepseek-chat", usage=Usage(1000, 500))
    assert "¥0.00162 by the price table" in Receipt(priced).text()
    assert Receipt(priced).metadata()["cny"] in ("0.00162", "0.001620")
    unpriced = Reply(provider="cailag", model="glm-4-flash", usage=Usage(1000, 500))
    assert "cost unknown" in Receipt(unpriced).text()
    assert Receipt(unpriced).metadata()["cny"] is None


def test_a_hostile_model_name_shows_and_does_nothing() -> None:
    hostile = Reply(model="<img src=x>\n# [a](http://b) " + "x" * 500, id="![i](http://c)", provider="caicaini")
    line = Receipt(hostile).markdown()
    assert "\n" not in line
    assert "<img" not in line.replace(r"\<img", "")
    assert r"\[a\](http" in line
    assert len(line) < 600


def test_metadata_holds_the_numbers() -> None:
    metadata = Receipt(HOSTED).metadata()
    assert metadata["usage"]["credits"] == 7
    assert metadata["rate_limit"]["remaining"] == 59
    assert metadata["complete"] is True
