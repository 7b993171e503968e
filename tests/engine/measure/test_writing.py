"""Properties of written text."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.measure import writing


def test_a_text_that_repeats_its_end_is_a_loop() -> None:
    prose = list(range(40))
    assert writing.period(prose) == 0 and writing.repetition(prose) == 0.0
    assert writing.period([*prose, *[7, 8, 9] * 8]) == 3
    assert writing.period([*prose, *[5] * 16]) == 1
    assert writing.period([*prose, *[5] * 8]) == 0, "eight times one token: a row of dots, no loop"
    assert writing.repetition([1, 2, 3, 4] * 10) == pytest.approx(1 - 4 / 37)
    assert writing.repetition([1, 2, 3]) == 0.0


def test_loops_are_seen_in_tokens_and_in_characters() -> None:
    tokens = list(range(60))
    assert not writing.is_loop(tokens, "The quick brown fox jumps over the lazy dog and goes home to its two cubs.")
    assert writing.is_loop(tokens, "again and again " * 30), "other tokens each time, the same text"
    assert writing.is_loop([1, 2, 3, 4, 5] * 12, "")
    assert not writing.is_loop([1] * 8, "no no no"), "too short to say"


def test_numbers_that_count_on_are_no_loop() -> None:
    text = ", ".join(map(str, range(19, 45)))
    assert not writing.is_loop([ord(letter) for letter in text[:64]], text)


def test_a_profile_is_nearest_to_its_own_language() -> None:
    english = writing.trigrams("the old man went to the sea and the boat was there with the fish that he wanted")
    german = writing.trigrams("der alte Mann ging zum Meer und das Boot war dort mit dem Fisch, den er wollte")
    sentence = writing.trigrams("the woman was there and she went with the other man to the boat")
    assert writing.similarity(sentence, english) > 2 * writing.similarity(sentence, german)
    assert writing.similarity(sentence, Counter()) == 0.0
    assert writing.similarity(english, english) == pytest.approx(1.0)


def test_letters_of_other_scripts_and_lost_bytes_are_foreign() -> None:
    assert writing.foreign_share("un été à la mer", "Il était une fois") == 0.0
    assert writing.foreign_share("мир", "peace") == 1.0
    assert writing.foreign_share("ab\ufffd\x07", "word") == 0.5
    assert writing.foreign_share("12, 13", "word") == 0.0


@pytest.mark.parametrize(
    ("text", "sound"),
    [
        ("f(x[0], {1: 2})", True),
        ("f(x[0", True),
        ("f(x]", False),
        (")", False),
        ('print("a smile :)")', True),
        ('print("\\")")', True),
        ("", True),
    ],
)
def test_brackets_fit_or_do_not(text: str, sound: bool) -> None:
    assert writing.has_sound_brackets(text) == sound


def test_lines_of_json_count_but_for_one_that_is_cut_off() -> None:
    assert writing.valid_json_share('{"a": 1}\n{"b": [2]}\n{"c": ') == 1.0
    assert writing.valid_json_share('{"a": 1}\n{b: 2}\n') == 0.5
    assert writing.valid_json_share('{"a": 1, "b": [2') == 1.0
    assert writing.valid_json_share('"a": 1') == writing.valid_json_share("") == 0.0
    assert writing.valid_json_share("[1]\n[2]\n") == 0.0, "no objects"


@given(st.lists(st.integers(0, 3), max_size=12), st.lists(st.integers(0, 3), max_size=12))
def test_the_edit_distance_is_one(one: list[int], other: list[int]) -> None:
    distance = writing.edit_distance(one, other)
    assert distance == writing.edit_distance(other, one)
    assert (distance == 0) == (one == other) and distance <= 1
    longest = max(len(one), len(other), 1)
    assert distance * longest >= abs(len(one) - len(other)) - 1e-9


def test_one_edit_is_one_edit() -> None:
    words = [random.Random(0).randrange(9) for _ in range(20)]
    assert writing.edit_distance(words, [*words[:7], *words[8:]]) == pytest.approx(1 / 20)
    assert writing.edit_distance(words, [*words[:7], 99, *words[8:]]) == pytest.approx(1 / 20)
    assert writing.common_prefix(words, [*words[:7], 99, *words[8:]]) == 7
