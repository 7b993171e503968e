"""Texts held against each other."""

from __future__ import annotations

import pytest

from engine.base.human import first_difference, natural


@pytest.mark.parametrize(
    ("one", "other", "place"),
    [
        ("a cat sat", "a cat sat", None),
        ("a cat sat", "a cat ran", 6),
        ("a cat", "a cathedral", 2),
        ("a cat", "a cat sat", 5),
        ("dog", "cat", 0),
        ("", "word", 0),
    ],
)
def test_where_texts_differ_begins_a_word(one: str, other: str, place: int | None) -> None:
    assert first_difference(one, other) == first_difference(other, one) == place


def test_numbers_in_names_are_sorted_as_numbers() -> None:
    assert sorted(("layer 10", "layer 2", "Layer 1"), key=natural) == ["Layer 1", "layer 2", "layer 10"]
