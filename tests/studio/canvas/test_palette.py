"""The list of methods: search, keys, what a drag carries."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QMimeData, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from engine.methods.registry import methods
from engine.methods.search import rank
from studio.canvas.palette import MIME, Palette, drag_picture, method_mime, method_of
from studio.kit.theme import theme


@pytest.fixture
def palette(qtbot: QtBot, toys: None) -> Palette:
    palette = Palette()
    qtbot.addWidget(palette)
    palette.show()
    return palette


def test_all_methods_are_there_once(palette: Palette) -> None:
    assert sorted(palette.visible_methods()) == sorted(methods())
    for item in palette.tree.method_items():
        assert not item.icon(0).isNull() and item.toolTip(0)


def test_search_by_title_keyword_and_family(palette: Palette) -> None:
    for text, found in (("toy pa", ["toy_pair"]), ("MARBLES", ["toy", "toy_pair"])):
        palette.search.setText(text)
        assert sorted(palette.visible_methods()) == found
    palette.search.setText("distill")
    assert "toy_pair" in palette.visible_methods() and "toy" not in palette.visible_methods()
    palette.search.setText("no such thing")
    assert palette.visible_methods() == [] and palette.current() is None
    assert palette._none.isVisible()


@pytest.mark.parametrize("text", ["4-bit", "4 bit"])
def test_bits_find_the_methods_that_offer_them(palette: Palette, text: str) -> None:
    palette.search.setText(text)
    assert {"gptq", "round_to_nearest", "nf4", "qlora"} <= set(palette.visible_methods())
    assert "svd" not in palette.visible_methods()


def test_the_best_fit_is_first(palette: Palette) -> None:
    info = methods()["toy"]
    assert rank(info, "toy") < rank(info, "quantization")
    assert rank(info, "pair") == -1
    palette.search.setText("toy")
    assert palette.current() == "toy"


def test_keys_choose(palette: Palette, qtbot: QtBot) -> None:
    QTest.keyClicks(palette.search, "marbles")
    QTest.keyClick(palette.search, Qt.Key.Key_Down)
    with qtbot.waitSignal(palette.chosen) as told:
        QTest.keyClick(palette.search, Qt.Key.Key_Return)
    assert told.args == ["toy_pair"]


def test_enter_without_a_search_chooses_nothing(palette: Palette) -> None:
    chosen: list[str] = []
    palette.chosen.connect(chosen.append)
    QTest.keyClick(palette.search, Qt.Key.Key_Return)
    assert chosen == []


def test_a_drag_carries_the_id(palette: Palette) -> None:
    assert method_of(method_mime("toy")) == "toy"
    broken = QMimeData()
    broken.setData(MIME, b"\xff\xfe")
    assert method_of(broken) is None
    assert not drag_picture("Toy", "quantization", "text", 2.0).isNull()


def test_a_change_of_theme_keeps_the_search(palette: Palette) -> None:
    palette.search.setText("marbles")
    theme().apply("light")
    assert sorted(palette.visible_methods()) == ["toy", "toy_pair"]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("4-bit", {"gptq", "awq", "round_to_nearest", "nf4"}),
        ("awq", {"awq"}),
        ("k-quant", {"model"}),
        ("prune", {"one_shot_pruning", "width_pruning", "depth_pruning", "sheared_llama"}),
        ("mixture of experts", {"expert_pruning"}),
        ("pruned", {"one_shot_pruning"}),
        ("quantise", {"gptq", "awq"}),
        ("finetune", {"fine_tuning", "lora"}),
    ],
)
def test_words_that_people_type_find_what_they_mean(text, wanted):
    assert wanted <= {info.id for info in methods().values() if rank(info, text) >= 0}
