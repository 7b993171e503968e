"""Lists of numbers as short text."""

from __future__ import annotations

import pytest

from engine.base.ranges import count_of, numbers_of, ranges_of, ranges_text


@pytest.mark.parametrize(
    ("numbers", "text"), [([], ""), ([4], "4"), ([0, 1, 2, 3, 7], "0-3 7"), ([1, 3, 4], "1 3-4"), ([8, 9], "8-9")]
)
def test_numbers_come_back_from_their_text(numbers: list[int], text: str) -> None:
    assert ranges_text(numbers) == text
    assert numbers_of(ranges_of(text), 10) == numbers and count_of(ranges_of(text)) == len(numbers)
    assert ranges_of(text.replace(" ", ", ")) == ranges_of(text)


@pytest.mark.parametrize("text", ["3 3", "3-1", "1-3 2", "-1", "1-", "x", "1.5", "²", "9999999999"])
def test_other_texts_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"rise|neither"):
        ranges_of(text)


def test_a_long_range_is_refused_before_it_takes_memory() -> None:
    ranges = ranges_of("0-999999999")
    assert count_of(ranges) == 10**9
    with pytest.raises(ValueError, match="there are 96, counted from 0"):
        numbers_of(ranges, 96)
