"""What is said of settings that are not valid."""

from __future__ import annotations

from typing import Any, Literal

import pytest

from engine.base.errors import BadInput
from engine.contracts.settings import Settings, setting, with_default
from engine.methods.registry import method


@pytest.mark.parametrize(
    ("method_id", "values", "sentence"),
    [
        ("depth_pruning", {"criterion": "manual"}, "(depth_pruning): name the layers that go, e.g. 20, 21, 25-27."),
        ("fine_tuning", {"domains": ["a"]}, "(fine_tuning): domains = ['a']: write 'a' as name = text."),
        ("fine_tuning", {"steps": 0}, "(fine_tuning): steps = 0: it must be at least 1, at most 10000000 steps."),
    ],
)
def test_sentences_name_the_setting_and_the_reason_alone(method_id: str, values: dict[str, Any], sentence: str) -> None:
    with pytest.raises(BadInput) as caught:
        method(method_id).settings.parse(values, where=method_id)
    assert sentence in str(caught.value)


class _Toy(Settings):
    size: int = setting(64, title="Group size", help="g", unit="weights", ge=8, le=256)
    ratio: float = setting(0.5, title="Share removed", help="r", gt=0, lt=1, share=True)
    style: Literal["one", "two"] = setting("one", title="Style", help="s")
    on: bool = setting(True, title="Symmetric", help="o")


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"size": -5}, "Group size can't be -5: it must be at least 8, at most 256 weights"),
        ({"size": "abc"}, "Group size can't be 'abc': it must be a whole number, at least 8, at most 256 weights"),
        ({"size": 9.5}, "Group size can't be 9.5: it must be a whole number, at least 8, at most 256 weights"),
        ({"ratio": 1.5}, "Share removed can't be 150 %: it must be more than 0 %, less than 100 %"),
        ({"style": "tow"}, "Style can't be 'tow': it is not one of the choices"),
        ({"on": "perhaps"}, "Symmetric can't be 'perhaps': it must be true or false"),
    ],
)
def test_in_a_form_a_setting_goes_by_its_title_and_its_range_is_said(values: dict[str, Any], sentence: str) -> None:
    (told,) = _Toy.problems(values).values()
    assert told.startswith(sentence) and next(iter(values)) + " =" not in told
    with pytest.raises(BadInput) as caught:
        _Toy.parse(values)
    assert f"{next(iter(values))} = " in str(caught.value)


def test_another_default_is_all_that_changes() -> None:
    class Base(Settings):
        share: float = setting(0.5, title="Share", help="Of the whole.", ge=0, lt=1)

    class Below(Base):
        share: float = with_default(Base, "share", 0.25)

    assert (Base().share, Below().share) == (0.5, 0.25)
    assert Below.problems({"share": 1}) == Base.problems({"share": 1}) != {}
    assert Below.model_fields["share"].title == "Share"
