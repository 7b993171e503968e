"""Fields of settings as forms and pages see them: order, words for values, what is shown, what is gone."""

from __future__ import annotations

import math
from typing import Any, ClassVar, Literal

import pydantic
import pytest

from engine.base.errors import BadInput
from engine.contracts.settings import (
    OF_LAYERS,
    RESULT,
    FieldInfo,
    Kind,
    Settings,
    field_of,
    fields,
    range_words,
    setting,
)


class Many(Settings):
    GONE: ClassVar = {"fast": "There is no other way any more.", "slow": "It is always slow."}
    last: str = setting("x", title="Last", help="", section=RESULT)
    size: int = setting(64, title="Group size", help="", unit="weights", step=8, ge=8, lt=1 << 20)
    rate: float = setting(0.5, title="Rate", help="", gt=0, le=2)
    part: float = setting(0.5, title="Part", help="", share=True, section="More")
    style: Literal["one", "two"] = setting("one", title="Style", help="", choices={"one": "One, once"})
    order: bool = setting(True, title="Act order", help="", section="More")
    limit: int | None = setting(None, title="Limit", help="")
    text: str = setting("sample", title="Text", help="", kind="dataset", shown_if=("style", ("two",)))
    model: str = setting("", title="Model", help="", kind="model")
    exceptions: tuple[str, ...] = setting((), title="Exceptions", help="", kind="layer_values", exceptions_from="style")


def field(name: str) -> FieldInfo:
    found = field_of(Many, name)
    assert found is not None and found.name == name
    return found


def test_fields_come_by_section_those_of_the_result_last() -> None:
    names = [each.name for each in fields(Many)]
    assert names == ["size", "rate", "style", "limit", "text", "model", "exceptions", "part", "order", "last"]
    assert field_of(Many, "nothing") is None


def test_a_field_knows_its_range_and_its_step() -> None:
    size, rate = field("size"), field("rate")
    assert (size.minimum, size.exclusive_minimum, size.maximum, size.exclusive_maximum) == (8, False, 1 << 20, True)
    assert (rate.minimum, rate.exclusive_minimum, rate.maximum, rate.exclusive_maximum) == (0, True, 2, False)
    assert (size.step, rate.step) == (8, None)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("size", "at least 8, less than 1048576 weights"),
        ("rate", "more than 0, at most 2"),
        ("part", ""),
        ("kept", "at least 0 %"),
        ("count", ""),
        ("text", ""),
    ],
)
def test_a_range_in_words(name: str, words: str) -> None:
    class More(Many):
        kept: float = setting(0.5, title="Kept", help="", ge=0, share=True)
        count: int = setting(0, title="Count", help="", unit="tokens")

    (found,) = (each for each in fields(More) if each.name == name)
    assert range_words(found) == words


@pytest.mark.parametrize(("value", "shown"), [("half", "'half'"), ([0.5], "[0.5]"), (math.inf, "inf %")])
def test_a_share_that_is_refused_is_shown_as_it_was_typed(value: Any, shown: str) -> None:
    assert Many.problems({"part": value})["part"].startswith(f"Part can't be {shown}: ")


@pytest.mark.parametrize(
    ("name", "value", "text", "said"),
    [
        ("size", 128, "128 weights", "group size 128 weights"),
        ("rate", 0.25, "0.25", "rate 0.25"),
        ("part", 0.125, "12.5 %", "part 12.5 %"),
        ("style", "one", "one", "One, once"),
        ("style", "two", "two", "two"),
        ("order", True, "True", "act order"),
        ("order", False, "False", "no act order"),
        ("limit", 3, "3", "limit 3"),
        ("limit", None, "None", ""),
        ("model", "/models/of mine/tiny/", "/models/of mine/tiny/", "tiny"),
        ("model", "C:\\models\\tiny", "C:\\models\\tiny", "tiny"),
        ("model", "tiny", "tiny", "tiny"),
        ("exceptions", ("a=two",), "('a=two',)", ""),
    ],
)
def test_values_in_words(name: str, value: Any, text: str, said: str) -> None:
    assert (field(name).text(value), field(name).said(value)) == (text, said)


@pytest.mark.parametrize("kind", ["strings", "text", *sorted(OF_LAYERS)])
def test_lists_over_layers_are_picked_from_their_tree(kind: Kind) -> None:
    class One(Settings):
        names: tuple[str, ...] = setting((), title="Names", help="", kind=kind)

    assert fields(One)[0].is_of_layers == (kind in ("linears", "layers", "tensor_types", "layer_values"))


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        ({"style": "two"}, True),
        ({"style": "one"}, False),
        ({"style": "one", "exceptions": ["*.k_proj = two"]}, True),
        ({"style": "one", "exceptions": ["*.k_proj=one"]}, False),
        ({"style": "one", "exceptions": "half typed"}, False),
        ({}, False),
    ],
)
def test_a_setting_is_shown_where_it_means_something(values: dict[str, Any], shown: bool) -> None:
    assert field("text").is_shown(values) is shown and field("size").is_shown(values)


def test_exceptions_have_the_choices_of_what_they_are_exceptions_from() -> None:
    assert field("exceptions").value_choices == field("style").choices == (("one", "One, once"), ("two", "two"))
    assert field("text").exceptions == ("exceptions",) and field("size").value_choices == ()


def test_texts_that_are_read_are_those_that_are_shown() -> None:
    settings = Many(model="tiny")
    assert settings.texts() == {} and settings.files() == {"text": "sample", "model": "tiny"}
    assert Many(style="two").texts() == Many(exceptions=("*.k_proj = two",)).texts() == {"text": "sample"}


def test_a_setting_that_is_gone_is_noticed_where_it_had_a_value() -> None:
    assert Many.notes({"fast": True, "slow": False, "size": 8}) == ["There is no other way any more."]
    assert Many.parse({"fast": True, "size": 8}) == Many(size=8)
    with pytest.raises(BadInput, match="no setting 'faster'"):
        Many.parse({"faster": True})


@pytest.mark.parametrize(
    ("values", "sentences"),
    [
        ({"named": "a\ud800", "size": 8}, {"named": "named holds half of a character."}),
        ({"named": ["\udfff"]}, {"": "A setting holds half of a character."}),
        ({"named": "a"}, {"named": "Named can't be 'a': write a as name = text"}),
    ],
)
def test_half_of_a_character_is_told_of_its_setting(values: dict[str, Any], sentences: dict[str, str]) -> None:
    """pydantic can't hold a reason with one in it."""

    class Strict(Many):
        named: Any = setting("", title="Named", help="")

        @pydantic.field_validator("named")
        @classmethod
        def _named(cls, value: Any) -> Any:
            raise ValueError(f"write {''.join(value)} as name = text")

    assert Strict.problems(values) == sentences
