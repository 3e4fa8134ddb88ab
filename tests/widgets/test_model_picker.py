"""The model picker: the service's list, its filters, the choice."""

from __future__ import annotations

import pytest

from caicaini_nb import Client, ConfigurationError, connect
from caicaini_nb.sandbox import Sandbox
from caicaini_nb.widgets import ModelPicker
from tests.fake_service import FakeService, answer, dial
from tests.widgets.front import plain_text, tags


def test_it_lists_what_the_service_offers(client: Client) -> None:
    picker = ModelPicker(client)
    assert picker.value == "caicaini/auto"
    text = repr(picker)
    for model in client.models():
        assert model.id in text
    assert "1,000,000" in text


def test_a_choice_in_the_list_is_the_value(client: Client) -> None:
    picker = ModelPicker(client)
    told: list[str | None] = []
    stop = picker.on_change(told.append)
    assert picker.widget is not None
    picker._controls["chosen"].value = "caicaini/opus"
    assert picker.value == "caicaini/opus"
    assert picker.model is not None
    assert picker.model.max_output_tokens == 32_768
    assert "32,768" in plain_text(picker._controls["facts"].value)
    picker.value = "caicaini/kimi"
    assert picker._controls["chosen"].value == "caicaini/kimi"
    stop()
    picker.value = "caicaini/auto"
    assert told == ["caicaini/opus", "caicaini/kimi"]


def test_a_feature_leaves_only_models_that_have_it(client: Client) -> None:
    picker = ModelPicker(client, value="caicaini/haiku")
    assert picker.widget is not None
    picker._need("thinking", True)
    assert "caicaini/haiku" not in picker._controls["chosen"].options
    assert picker.value == "caicaini/auto", "what does not fit is not left chosen"
    picker._need("thinking", False)
    assert "caicaini/haiku" in picker._controls["chosen"].options
    assert [model.id for model in ModelPicker(client, needs=["thinking"]).models] == [m.id for m in picker.models]


def test_a_search_that_finds_nothing_leaves_nothing_chosen(client: Client) -> None:
    picker = ModelPicker(client)
    assert picker.widget is not None
    picker._filter(search="no such model")
    assert (picker.value, picker.model) == (None, None)
    assert picker._controls["chosen"].options == ()
    assert "No model fits" in repr(picker)
    picker._filter(search="OPUS")
    assert picker.value == "caicaini/opus"


def test_what_the_service_does_not_say_is_unknown_and_cannot_be_filtered_by(service: FakeService) -> None:
    service.play(answer({"data": [{"id": "caicaini/new"}, {"id": "<b>odd</b>"}]}))
    with dial(service) as client:
        picker = ModelPicker(client)
        assert picker.widget is not None
        assert repr(picker).count("unknown") == 10
        boxes = picker.widget.children[1].children[1:]
        assert [box.disabled for box in boxes] == [True, True, True]
        assert "b" not in {tag for tag, _ in tags(picker.twin().html())}


def test_a_model_that_is_not_offered_is_refused_with_near_ones(client: Client) -> None:
    with pytest.raises(ConfigurationError, match="caicaini/sonnet"):
        ModelPicker(client, value="caicaini/sonet")
    with pytest.raises(ConfigurationError, match="vision, tools, thinking"):
        ModelPicker(client, needs=["smell"])


def test_cailag_has_prices_where_they_are_published(sandbox: Sandbox) -> None:
    with connect("cailag", base=sandbox.cailag_base_url, key=sandbox.mint_key()) as client:
        text = repr(ModelPicker(client, value="deepseek-chat"))
    lines = {line.split()[0]: line for line in text.splitlines() if line}
    assert "¥0.81 in, ¥1.62 out a million tokens" in lines["deepseek-chat"]
    assert "not published" in lines["glm-4-flash"]
    assert "Chosen: deepseek-chat." in text
