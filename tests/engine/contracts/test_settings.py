"""Settings: earlier names, shares."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import pytest

from engine.base.errors import BadInput
from engine.cli.listing import _range_text
from engine.cli.words import coerced
from engine.contracts.settings import LISTS, Kind, Settings, fields, setting, with_default


class Base(Settings):
    length: int = setting(512, title="Length", help="", aliases=("seq_len", "size"))
    loss: Literal["kl", "cross_entropy"] = setting(
        "kl", title="Loss", help="", value_aliases={"labels": "cross_entropy"}
    )


class Derived(Base):
    length: int = setting(64, title="Length", help="")
    size: int = setting(1, title="Size", help="")
    kept: float = setting(0.5, title="Kept", help="", share=True)


def test_a_name_of_an_earlier_release_is_read_and_never_written() -> None:
    found = Base.parse({"seq_len": 8, "loss": "labels"})
    assert found.model_dump() == {"length": 8, "loss": "cross_entropy"}
    assert Base(seq_len=9).length == 9  # type: ignore[call-arg]
    assert found.replace(seq_len=7).length == 7


def test_a_copy_changes_only_settings_that_there_are() -> None:
    """pydantic takes any name: once, a renamed setting was left as it is without a word."""
    assert Base().model_copy(update={"length": 7}).length == 7
    with pytest.raises(TypeError, match="Base has no field seq_len"):
        Base().model_copy(update={"seq_len": 7})


@pytest.mark.parametrize("values", [{"loss": "\ud800"}, {"loss": ["\udfff"]}, {"\ud800": 1}, {"length": "\ud800"}])
def test_half_of_a_character_is_refused(values: dict[str, Any]) -> None:
    """A lone surrogate, as a damaged pipeline file holds it."""
    with pytest.raises(BadInput) as refused:
        Base.parse(values)
    str(refused.value).encode()
    assert all(sentence.encode() for sentence in Base.problems(values).values()) and Base.problems(values)


def test_earlier_names_hold_in_derived_classes_unless_they_mean_something_else_there() -> None:
    found = Derived.parse({"seq_len": 8, "size": 3})
    assert (found.length, found.size) == (8, 3)


@pytest.mark.parametrize(
    "values", [{"seq_len": 8, "length": 9}, {"length": 9, "seq_len": 8}, {"size": 1, "seq_len": 2}]
)
def test_a_setting_by_its_old_and_its_new_name_is_refused(values: dict[str, int]) -> None:
    with pytest.raises(BadInput, match="length is given twice, also by its old name"):
        Base.parse(values)


def test_a_share_is_a_fraction_in_files_and_percent_where_it_is_shown() -> None:
    kept = next(field for field in fields(Derived) if field.name == "kept")
    assert (kept.unit, kept.text(0.125), kept.text(1.0), kept.text(0.001)) == ("%", "12.5 %", "100 %", "0.1 %")
    assert Derived.parse({"kept": 0.25}).model_dump()["kept"] == 0.25


class Lists(Settings):
    names: tuple[str, ...] = setting((), title="Names", help="")
    numbers: tuple[int, ...] | None = setting(None, title="Numbers", help="")
    shares: tuple[float, ...] = setting((), title="Shares", help="")
    text: str = setting("", title="Text", help="")


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"names": "a, b,,c "}, {"names": ("a", "b", "c")}),
        ({"names": ""}, {"names": ()}),
        ({"names": ["a,b"]}, {"names": ("a,b",)}),
        ({"numbers": "3,1"}, {"numbers": (3, 1)}),
        ({"shares": "0.5"}, {"shares": (0.5,)}),
        ({"text": "a, b"}, {"text": "a, b"}),
    ],
)
def test_a_list_may_be_one_word_with_commas(values: dict[str, Any], expected: dict[str, Any]) -> None:
    found = Lists.parse(values)
    assert {name: getattr(found, name) for name in expected} == expected


def test_a_word_in_a_list_that_fits_no_number_is_named() -> None:
    with pytest.raises(BadInput, match="numbers"):
        Lists.parse({"numbers": "3,x"})


def test_a_field_with_another_default_keeps_everything_else() -> None:
    class Other(Base):
        length: int = with_default(Base, "length", 7, help="In words.", shown_if=("loss", ("kl",)))

    (before,), (after,) = ([field for field in fields(cls) if field.name == "length"] for cls in (Base, Other))
    assert (after.default, after.help, after.shown_if) == (7, "In words.", ("loss", ("kl",)))
    assert (after.title, after.minimum, after.maximum, after.aliases) == (
        before.title,
        before.minimum,
        before.maximum,
        before.aliases,
    )
    assert before.default != 7 and Other.parse({"seq_len": 9}).length == 9


@pytest.mark.parametrize("kind", sorted(LISTS))
def test_every_kind_of_list_is_read_and_listed_as_one(kind: Kind) -> None:
    """The command line and the pages of methods know the same kinds."""

    class Listed(Settings):
        names: tuple[str, ...] | None = setting(None, title="Names", help="", kind=kind)

    (field,) = fields(Listed)
    assert coerced(Listed, {"names": "a=1, b=2"}) == {"names": ["a=1", "b=2"]}
    assert _range_text(field) == "list with commas"


class Kinds(Settings):
    choice: Literal["a", "b"] = setting("a", title="Choice", help="Of two.")
    switch: bool = setting(False, title="Switch", help="On or off.")
    whole: int = setting(1, title="Whole", help="A number.")
    share: float = setting(0.5, title="Share", help="A number.")
    limit: int | None = setting(None, title="Limit", help="A number or none.")
    text: str = setting("", title="Text", help="A word.")
    words: tuple[str, ...] = setting((), title="Words", help="Several.")


def test_a_setting_is_edited_by_the_type_of_its_values() -> None:
    expected = {
        "choice": ("choice", False),
        "switch": ("bool", False),
        "whole": ("int", False),
        "share": ("float", False),
        "limit": ("int", True),
        "text": ("text", False),
        "words": ("strings", False),
    }
    assert {info.name: (info.kind, info.optional) for info in fields(Kinds)} == expected


class Preset(Base):
    PRESETS: ClassVar = {"Quick": {"length": 16}, "Long": {"length": 4096, "loss": "cross_entropy"}}
    symmetric: bool = setting(True, title="Symmetric", help="")


def test_what_is_a_default_need_not_be_stored() -> None:
    stored = Preset.with_value({}, "length", 7)
    assert stored == {"length": 7} and Preset.with_value(stored, "length", 512) == {}
    assert Preset.with_value({}, "symmetric", 1) == {"symmetric": 1}, "a number is no truth value: it is refused later"
    assert Preset.with_value({}, "nothing", 3) == {"nothing": 3}


def test_a_preset_takes_the_place_of_another_and_leaves_the_rest() -> None:
    stored = Preset.with_preset({"symmetric": False}, "Long")
    assert stored == {"symmetric": False, "length": 4096, "loss": "cross_entropy"}
    assert Preset.with_preset(stored, "Quick") == {"symmetric": False, "length": 16}


def test_a_summary_is_the_first_choice_and_what_is_not_as_usual() -> None:
    assert Preset().summary() == "kl"
    assert Preset(length=8, symmetric=False).summary() == "length 8 · kl · no symmetric"


@pytest.mark.parametrize("kind", ["file", "dataset", "folder", "model"])
def test_all_that_is_named_is_made_absolute(kind: Kind) -> None:
    """A relative data set was read from another folder by whoever took up the run there."""

    class Reads(Settings):
        named: str = setting("mine", title="Named", help="", kind=kind)
        plain: str = setting("mine", title="Plain", help="")

    found = Reads().anchored(lambda name, of: f"/{of}/{name}")
    assert (found.named, found.plain) == (f"/{kind}/mine", "mine")
