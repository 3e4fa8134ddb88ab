"""The dry run: exactly what would be posted, the service's count, and no figure that comes from nowhere."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from caicaini_nb import Client, connect
from caicaini_nb.models import catalogue
from caicaini_nb.request import Message
from tests.fake_service import KEY, SECRET, FakeService, answer, dial, error
from tests.wire.replies import CHAT_PLAIN, MESSAGES_PLAIN

SURFACES = ["messages", "chat"]
PICTURE = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "iVBOR" * 1000}}


@pytest.mark.parametrize("stream", [False, True], ids=["send", "stream"])
@pytest.mark.parametrize("surface", SURFACES)
def test_the_body_is_what_is_posted_then(service: FakeService, surface: str, stream: bool) -> None:
    asked: dict[str, Any] = {"surface": surface, "system": "Brief.", "temperature": 0.5, "extra": {"seed": 7}}
    service.play(answer({"input_tokens": 9}), error(400))
    with dial(service) as client:
        shown = client.preview("你好 hi", stream=stream, **asked)
        (counting,) = service.received
        assert counting.path == "/v1/messages/count_tokens"
        with pytest.raises(Exception, match="no"):
            (client.stream if stream else client.send)("你好 hi", **asked)
    posted = service.received[1]
    assert shown.body == posted.json
    assert msgspec.json.decode(shown.json) == posted.json
    assert posted.json.get("stream", False) is stream
    assert shown.url == f"{service.origin}{posted.path}"
    assert shown.input_tokens == 9


def test_only_the_count_is_sent(client: Client) -> None:
    before = client.account().credits
    shown = client.preview("What is 1 + 1?", model="caicaini/haiku", max_tokens=30)
    assert client.account().credits == before
    assert [row.surface for row in client.ledger] == ["account", "count_tokens", "account"]
    assert shown.input_tokens == client.send("What is 1 + 1?", model="caicaini/haiku").usage.input_tokens
    assert shown.estimate is None
    assert "| cost | unknown |" in shown._repr_markdown_()


def test_the_estimate_is_the_ledgers_own_measure(service: FakeService) -> None:
    usage = {"input_tokens": 10, "output_tokens": 10, "credits_consumed": 5}
    service.play(answer({**MESSAGES_PLAIN, "usage": usage}), answer({"input_tokens": 70}))
    with dial(service) as client:
        client.send("hi", model="caicaini/opus")
        shown = client.preview("hi", model="caicaini/opus", max_tokens=31)
        other = client.preview("hi", model="caicaini/haiku")
    assert shown.estimate is not None
    assert shown.estimate.amount == 26  # a quarter of 101, rounded up
    assert "up to 26 credits (by the highest your ledger has measured for caicaini/opus, hosted" in repr(shown)
    assert other.estimate is None


def test_cailag_counts_nothing_and_has_prices(service: FakeService) -> None:
    service.play(answer(CHAT_PLAIN))
    unpriced = next(name for name, model in catalogue().items() if model.provider == "cailag" and not model.input_price)
    with dial(service, "cailag") as client:
        shown = client.preview("hi", model="deepseek-chat", max_tokens=1000)
        other = client.preview("hi", model=unpriced)
    assert service.received == []
    assert (shown.input_tokens, other.estimate) == (None, None)
    assert shown.estimate is not None
    assert shown.estimate.amount == (shown.bound.input_tokens * Decimal("0.81") + 1000 * Decimal("1.62")) / 1_000_000
    assert "unknown: cailag does not count tokens" in repr(shown)
    assert "by the published price" in repr(shown)


def test_on_the_cailag_sandbox(sandbox: Any) -> None:
    with connect("cailag", base=sandbox.cailag_base_url, key=sandbox.mint_key()) as client:
        assert client.preview("hi").origin == "sandbox"
        assert len(client.ledger) == 0


@pytest.mark.parametrize("fault", [error(401, "authentication_error", "bad key"), error(400, message="bad block")])
def test_without_a_count_the_body_is_shown_all_the_same(service: FakeService, fault: Any) -> None:
    service.play(fault)
    with dial(service) as client:
        shown = client.preview("hi")
    assert shown.input_tokens is None
    assert "unknown: bad" in repr(shown)
    assert shown.body["messages"] == [{"role": "user", "content": "hi"}]


def test_what_only_chat_has_is_not_counted(client: Client) -> None:
    shown = client.preview("hi", surface="chat", n=2)
    assert shown.input_tokens is None
    assert "no n" in repr(shown)
    assert shown.bound.output_tokens == 2 * 1024


def test_a_picture_is_short_on_the_screen_and_whole_in_the_body(service: FakeService) -> None:
    service.play(answer({"input_tokens": 9}))
    prompt = "Q" * 1000
    with dial(service) as client:
        shown = client.preview([Message("user", [PICTURE, {"type": "text", "text": prompt}])])
    assert shown.body["messages"][0]["content"][0] == PICTURE
    assert "iVBOR" * 6 not in shown.json
    assert "(5,000 characters)" in shown.json
    assert prompt in shown.json


def test_a_data_link_is_short_too(service: FakeService) -> None:
    service.play(answer({"input_tokens": 9}))
    part = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{'iVBOR' * 1000}"}}
    with dial(service) as client:
        shown = client.preview([Message("user", [part])], surface="chat")
    assert "data:image/png;base64,iVBOR" in shown.json
    assert "iVBOR" * 6 not in shown.json


def test_no_key_and_nothing_that_acts(service: FakeService) -> None:
    service.play(answer({"input_tokens": 9}))
    with dial(service) as client:
        shown = client.preview("```\n<img src=x>\n\u202eback")
    for text in (repr(shown), shown._repr_markdown_(), str(shown.body)):
        assert KEY not in text
        assert SECRET[4:10] not in text
    inside = shown._repr_markdown_().partition("```json\n")[2]
    assert inside.count("\n```") == 1  # the block ends where it should
    assert "\u202e" not in inside
    assert msgspec.json.decode(shown.json) == shown.body
