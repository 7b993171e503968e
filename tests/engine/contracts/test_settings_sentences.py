"""What is said of settings that are not valid."""

from __future__ import annotations

from typing import Any

import pytest

from engine.contracts.errors import BadInput
from engine.contracts.settings import Settings, setting, with_default
from engine.methods.registry import method


@pytest.mark.parametrize(
    ("method_id", "values", "sentence"),
    [
        ("depth_pruning", {"criterion": "manual"}, "(depth_pruning): name the layers that go, e.g. 20, 21, 25-27."),
        ("fine_tuning", {"domains": ["a"]}, "(fine_tuning): domains = ['a']: write 'a' as name = text."),
        ("fine_tuning", {"steps": 0}, "(fine_tuning): steps = 0: input should be greater than or equal to 1."),
    ],
)
def test_sentences_name_the_setting_and_the_reason_alone(method_id: str, values: dict[str, Any], sentence: str) -> None:
    with pytest.raises(BadInput) as caught:
        method(method_id).settings.parse(values, where=method_id)
    assert sentence in str(caught.value)


def test_another_default_is_all_that_changes() -> None:
    class Base(Settings):
        share: float = setting(0.5, title="Share", help="Of the whole.", ge=0, lt=1)

    class Below(Base):
        share: float = with_default(Base, "share", 0.25)

    assert (Base().share, Below().share) == (0.5, 0.25)
    assert Below.problems({"share": 1}) == Base.problems({"share": 1}) != {}
    assert Below.model_fields["share"].title == "Share"
