"""Numbers as text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from engine.contracts.settings import fields
from engine.methods.registry import method
from studio.forms.numberbox import NumberBox, number_to_text, parse_number


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_float_keeps_every_bit(value: float) -> None:
    assert parse_number(number_to_text(value), whole=False) == value


@given(st.integers())
def test_an_integer_is_kept(value: int) -> None:
    assert parse_number(number_to_text(value), whole=True) == value


@pytest.mark.parametrize(
    ("text", "whole", "value"),
    [
        ("1e-5", False, 1e-5),
        ("1e3", True, 1000),
        ("2.5", True, 2.5),
        ("1_000", True, 1000),
        ("", True, ""),
        ("x", False, "x"),
    ],
)
def test_what_people_type(text: str, whole: bool, value: object) -> None:
    assert parse_number(text, whole) == value
    assert type(parse_number(text, whole)) is type(value)


def test_short_text() -> None:
    assert [number_to_text(v) for v in (1e-5, 1.0, 0.25, 64, None)] == ["1e-5", "1", "0.25", "64", ""]


def test_a_share_is_typed_in_percent_and_kept_as_a_fraction(qtbot: QtBot) -> None:
    info = next(field for field in fields(method("one_shot_pruning").settings) if field.name == "sparsity")
    parent = QWidget()
    qtbot.addWidget(parent)
    box = NumberBox(info, parent)
    box.set_value(0.07)
    assert (box.lineEdit().text(), box.value()) == ("7", 0.07)
    box.stepBy(1)
    assert (box.lineEdit().text(), box.value()) == ("12", 0.12)
    box.lineEdit().setText("62.5 %")
    assert box.value() == 0.625
    box.lineEdit().setText("half")
    assert box.value() == "half"
