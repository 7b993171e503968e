"""Two variants side by side: differences, ratios, words, protocols; the layers of both."""

from __future__ import annotations

import csv
import dataclasses
import io
from functools import partial

import pytest
import studio_data
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from engine.base.human import bytes_text
from engine.contracts.generation import GENERATION, AnswerPair, GenerationCheck
from engine.record.comparison import Variant, differing, rows, to_table
from studio.compare.panel import ANSWERS, ComparePanel
from studio.kit.theme import color, theme


@pytest.fixture
def panel(qtbot: QtBot) -> ComparePanel:
    panel = ComparePanel(None)  # type: ignore[arg-type]
    qtbot.addWidget(panel)
    panel.resize(1100, 700)
    panel.set_variants(studio_data.variants())
    panel.show()
    return panel


def cells(panel: ComparePanel, row: int) -> list[str]:
    return [panel.table.item(row, column).text() for column in range(6)]


def test_table_shows_both_and_what_they_were_measured_with(panel: ComparePanel) -> None:
    source, small = studio_data.variants()[0], studio_data.variants()[-1]
    assert panel.pair() == (source, small)
    first = cells(panel, 0)
    assert first[0] == "Perplexity" and first[1] == f"{source.metrics['perplexity']:.2f}"
    assert first[3].startswith("+") and first[5] == "▲ worse"
    assert cells(panel, 2)[:3] == ["Size on disk", "3.07 kB", "384 B"]
    assert cells(panel, 2)[4:] == ["× 0.125", "▼ better"]
    assert [cells(panel, i)[0] for i in range(4, 8)] == [
        f"Evaluated with: {w}" for w in ("text", "window", "windows", "dtype")
    ]


def test_other_protocols_are_a_warning(panel: ComparePanel) -> None:
    variants = studio_data.variants()
    assert panel.banner.text() == ""
    variants[2] = dataclasses.replace(variants[2], protocol={**variants[2].protocol, "windows": 4})
    panel.set_variants(variants)
    panel.choose("float32", "int4")
    assert "windows: 128 / 4" in panel.banner.text()
    panel.choose("float32", "int8")
    assert panel.banner.text() == ""
    assert differing(variants[0], dataclasses.replace(variants[0], protocol={})) == []


def test_choice_and_swap(panel: ComparePanel) -> None:
    panel.choose("int8", "int4")
    panel._on_swap()
    pair = panel.pair()
    assert pair is not None and (pair[0].id, pair[1].id) == ("int4", "int8")
    panel.set_variants([*studio_data.variants(), Variant("more", "More", {"perplexity": 2.0})])
    pair = panel.pair()
    assert pair is not None and (pair[0].id, pair[1].id) == ("int4", "int8")


def test_csv_has_all_digits(panel: ComparePanel) -> None:
    left, right = studio_data.variants()[0], studio_data.variants()[-1]
    found = list(csv.DictReader(io.StringIO(panel.shown_table().to_csv())))
    by_name = {row["metric"]: row for row in found}
    assert float(by_name["loss"]["difference"]) == right.metrics["loss"] - left.metrics["loss"]
    assert by_name["loss"]["verdict"] == "worse" and by_name["protocol: window"]["verdict"] == "same"
    assert to_table(left, left).to_csv().count("same") == len(rows(left, left)) + len(left.protocol)


def test_scatter_has_every_variant_with_its_label(panel: ComparePanel) -> None:
    variants = studio_data.variants()
    x, y = panel.scatter.points()
    assert x.tolist() == [v.metrics["size_bytes"] for v in variants]
    assert y.tolist() == [v.metrics["perplexity"] for v in variants]
    assert [label.toPlainText() for label in panel.scatter._labels] == [v.title for v in variants]
    panel.scatter.clicked(x[2], y[2])
    pair = panel.pair()
    assert pair is not None and pair[1].id == "int4"


@pytest.mark.parametrize("size", [(1264, 250), (1264, 420), (900, 300)])
def test_labels_of_the_scatter_are_whole_in_a_panel_that_was_smaller(qtbot: QtBot, size: tuple[int, int]) -> None:
    panel = ComparePanel(None)  # type: ignore[arg-type]
    qtbot.addWidget(panel)
    panel.resize(400, 300)
    panel.show()
    protocol = studio_data.variants()[0].protocol
    of = {"Model": (7.35, 8.28), "One-shot pruning": (5.06, 8.43), "LoRA": (5.06, 8.41), "GPTQ": (3.51, 8.27)}
    of["Round to nearest"] = (3.18, 8.38)
    panel.set_variants(
        [Variant(title, title, {"perplexity": q, "size_bytes": mb * 1e6}, protocol) for title, (mb, q) in of.items()]
    )
    qtbot.wait(30)
    panel.resize(*size)
    qtbot.wait(30)
    view = panel.scatter.plot.getViewBox().sceneBoundingRect().adjusted(-1, -1, 1, 1)
    for label in panel.scatter._labels:
        assert view.contains(label.textItem.sceneBoundingRect()), label.toPlainText()


@pytest.mark.parametrize("points", [0, 5])
@pytest.mark.parametrize(
    "of",
    [
        {"Model": (7.35, 8.28), "One-shot pruning": (5.06, 8.48), "LoRA": (5.06, 8.45), "Fit to budget": (2.79, 8.30)},
        {"Fit to budget": (3.0, 8.30), "Round to nearest": (3.1, 8.31)},
        {"One": (3.0, 8.30), "Two": (3.0, 8.30), "Three": (6.0, 9.0)},
    ],
)
def test_labels_of_a_and_b_do_not_touch(
    points: int, of: dict[str, tuple[float, float]], qtbot: QtBot, request: pytest.FixtureRequest
) -> None:
    request.addfinalizer(partial(theme().enlarge, 0))
    theme().enlarge(points)
    panel = ComparePanel(None)  # type: ignore[arg-type]
    qtbot.addWidget(panel)
    panel.show()
    protocol = studio_data.variants()[0].protocol
    panel.set_variants(
        [Variant(title, title, {"perplexity": q, "size_bytes": mb * 1e6}, protocol) for title, (mb, q) in of.items()]
    )
    for size in ((1264, 300), (1100, 420), (900, 360)):
        panel.resize(*size)
        qtbot.wait(20)
        items = [label.textItem for label in panel.scatter._labels if label.isVisible()]
        areas = [item.sceneBoundingRect().adjusted(4, 4, -4, -4) for item in items]  # without the margins of the text
        assert len(areas) >= 2
        assert not any(one.intersects(other) for n, one in enumerate(areas) for other in areas[:n]), size


@pytest.mark.parametrize("points", [0, 5])
def test_numbers_are_whole_and_tiny_ones_can_be_read(points: int, qtbot: QtBot, request: pytest.FixtureRequest) -> None:
    """The unit stands once, beside the name of the metric; zero is not 0.00000."""
    request.addfinalizer(partial(theme().enlarge, 0))
    theme().enlarge(points)
    panel = ComparePanel(None)  # type: ignore[arg-type]
    qtbot.addWidget(panel)
    panel.resize(1264, 420)
    panel.show()
    metrics = [
        {"loss": 2.114, "kl_divergence": 0.0, "perplexity": 8.28},
        {"loss": 2.1157, "kl_divergence": 3.2e-9, "perplexity": 8.3},
    ]
    text = {"text": "A text with a name that is longer than any number, of which the first words say enough"}
    panel.set_variants([Variant(name, name, each, text) for name, each in zip("ab", metrics, strict=True)])
    qtbot.wait(20)
    table = panel.table
    cells = [[table.item(row, column).text() for column in range(4)] for row in range(table.rowCount())]
    assert ["Loss (nats/token)", "2.1140", "2.1157", "+0.0017"] in cells
    assert ["KL divergence (nats/token)", "0", "3.200e-09", "+3.20e-09"] in cells
    for row in range(table.rowCount() - 1):
        for column in range(1, 4):
            index = table.model().index(row, column)
            assert table.sizeHintForIndex(index).width() <= table.columnWidth(column), index.data()


def test_variants_that_come_one_by_one(panel: ComparePanel) -> None:
    variants = studio_data.variants()
    panel.set_variants([])
    assert panel.pair() is None and panel._pages.currentIndex() == 0
    for count in range(1, len(variants) + 1):
        panel.set_variants(variants[:count])
    assert panel.pair() == (variants[0], variants[-1])


def test_layers_of_both(panel: ComparePanel, qtbot: QtBot) -> None:
    with qtbot.waitSignal(panel.inspect_requested) as asked:
        panel._inspect.click()
    assert [each.artifact for each in asked.args[0]] == ["artifacts/float32", "artifacts/int2"]
    left, right = studio_data.inspection("int4"), studio_data.inspection("int2")
    panel.show_inspections([left, right])
    model = panel.layers.model
    assert model.metric == "sqnr_db"
    assert [model.values(i) for i in range(3)] == [(left.layers[i].sqnr_db, right.layers[i].sqnr_db) for i in range(3)]
    assert {model.row(i).verdict for i in range(model.rowCount())} == {"worse"}
    text = model.index(0, 3).data()
    assert text.startswith("▼") and text.endswith("worse")
    panel.layers.pick_layer(left.layers[5].name)
    names = [name for name, _ in panel.layers.distribution.shown()]
    assert names == ["Original", "Source", "Round to nearest int2"]
    panel.layers.choose("bits_per_weight")
    assert {model.row(i).verdict for i in range(model.rowCount())} == {"better"}
    assert len(panel.layers.chart.curves()) == 2


def test_layers_that_only_one_has(panel: ComparePanel) -> None:
    left, right = studio_data.inspection("int4"), studio_data.inspection("int2")
    panel.show_inspections(
        [dataclasses.replace(left, layers=left.layers[1:]), dataclasses.replace(right, layers=right.layers[:-1])]
    )
    model = panel.layers.model
    assert model.rowCount() == 42
    assert [model.index(41, column).data() for column in (1, 2, 3)] == ["–", f"{right.layers[0].sqnr_db:.1f} dB", "–"]
    panel.layers.pick_layer(right.layers[0].name)
    assert len(panel.layers.distribution.shown()) == 2


def test_another_choice_asks_anew(panel: ComparePanel) -> None:
    panel.show_inspections([studio_data.inspection("int4"), studio_data.inspection("int2")])
    panel.choose("int8", "int4")
    assert panel.layer_pages.shown is panel.layer_pages.ask


LOST = {"collapsed": "collapsed: a perplexity of 9e+04 is worse than guessing among the 4096 words it knows"}


def collapsed(variant: Variant) -> Variant:
    metrics = {**variant.metrics, "perplexity": 91234.5}
    return dataclasses.replace(variant, metrics=metrics, protocol={**variant.protocol, **LOST})


def test_a_collapsed_variant_is_not_ranked(panel: ComparePanel) -> None:
    first, *others = studio_data.variants()
    panel.set_variants([first, *map(collapsed, others)])
    assert cells(panel, 0)[1:] == [f"{first.metrics['perplexity']:.2f}", "collapsed", "", "", "collapsed"]
    assert panel.banner.text() == ""  # the sentence is no way to measure
    assert not any("collapsed" in panel.table.item(row, 0).text() for row in range(panel.table.rowCount()))
    panel.choose(others[0].id, others[-1].id)
    assert cells(panel, 0)[1:] == ["collapsed", "collapsed", "", "", "both collapsed"]
    panel.choose(others[0].id, first.id)
    assert cells(panel, 0)[5] == "left collapsed"


def test_an_original_agrees_with_itself_by_definition(panel: ComparePanel) -> None:
    first, second = studio_data.variants()[:2]
    original = dataclasses.replace(first, is_original=True)
    other = dataclasses.replace(second, metrics={**second.metrics, "hidden_cosine": 0.95})
    panel.set_variants([original, other])
    row = next(row for row in range(panel.table.rowCount()) if cells(panel, row)[0] == "Hidden cosine")
    assert cells(panel, row)[1:] == ["1.0000", "0.9500", "−0.0500", "× 0.950", "▼ worse"]
    assert "original" in panel.table.item(row, 1).toolTip()
    panel.set_variants([first, other])  # what is no original was not measured
    assert cells(panel, row)[1:3] == ["–", "0.9500"]


def test_encoders_are_drawn_by_their_cosine(panel: ComparePanel) -> None:
    metrics = ({"masked_loss": 2.0}, {"hidden_cosine": 0.99, "masked_loss": 2.1}, {"hidden_cosine": 0.9})
    variants = [Variant(str(i), f"v{i}", {"size_bytes": 1e6 + i, **found}) for i, found in enumerate(metrics)]
    panel.scatter.show_variants(variants, "1", "2")
    assert panel.scatter.left.labelText == "Hidden cosine"
    assert tuple(panel.scatter.table().header) == ("variant", "size_bytes", "hidden_cosine")
    assert [row[2] for row in panel.scatter.table().rows] == [0.99, 0.9]


def test_the_scatter_plot_names_collapsed_variants_and_does_not_draw_them(panel: ComparePanel) -> None:
    first, second, *others = studio_data.variants()
    panel.set_variants([first, collapsed(second), *others])
    assert len(panel.scatter.points()[0]) == 1 + len(others)
    assert second.title in panel.scatter._note.whole() and not panel.scatter._note.isHidden()
    written = list(csv.DictReader(io.StringIO(panel.scatter.table().to_csv())))
    assert {row["variant"]: row["perplexity"] for row in written}[second.title] == "collapsed"
    panel.set_variants([first, second, *others])
    assert panel.scatter._note.isHidden()


def test_more_than_two_stand_side_by_side(panel: ComparePanel, qtbot: QtBot) -> None:
    variants = studio_data.variants()  # float32, int8, int4, …, int2
    menu = panel._add.menu()
    menu.aboutToShow.emit()
    assert [action.text() for action in menu.actions()] == [each.title for each in variants[1:-1]]
    for action in menu.actions()[:2]:
        action.trigger()
    assert [each.id for each in panel.compared()] == ["float32", "int2", "int8", "int4"] and "2" in panel._add.text()
    heads = [panel.table.horizontalHeaderItem(n).text() for n in range(panel.table.columnCount())]
    assert heads == ["Metric", *(f"{a} · {v.title}" for a, v in zip("ABCD", panel.compared(), strict=True))]
    first = [panel.table.item(0, n) for n in range(5)]
    assert [item.text() for item in first[1:]] == [f"{v.metrics['perplexity']:.2f}" for v in panel.compared()]
    assert first[2].foreground().color() == color("warning") and "worse" in first[2].toolTip()
    assert first[1].foreground().style() == Qt.BrushStyle.NoBrush, "the others are held against it"
    with qtbot.waitSignal(panel.inspect_requested) as asked:
        panel._inspect.click()
    assert len(asked.args[0]) == 4
    found = [studio_data.inspection(form) for form in ("int8", "int2", "int8", "int4")]
    panel.show_inspections(found)
    model = panel.layers.model
    assert model.columnCount() == 5 and model.values(0) == tuple(each.layers[0].sqnr_db for each in found)
    assert [model.row(0, side).verdict for side in (1, 2, 3)] == ["worse", "same", "worse"]
    assert model.index(0, 2).data(Qt.ItemDataRole.ForegroundRole) == color("error")
    assert len(panel.layers.chart.curves()) == 4 and len(panel.layers.distribution.shown()) == 5
    panel.layers.choose("size_bytes")
    layer = found[1].layers[0]
    assert model.values(0)[1] == layer.parameters * layer.bits_per_weight / 8
    assert model.index(0, 2).data() == bytes_text(model.values(0)[1])
    written = panel.shown_table()
    assert len(written.header) == 5 and written.rows[0][1:] == tuple(v.metrics["perplexity"] for v in panel.compared())
    menu.aboutToShow.emit()
    menu.actions()[0].trigger()
    assert [each.id for each in panel.compared()] == ["float32", "int2", "int4"]


def test_results_of_other_runs_are_guests_until_another_run_is_shown(panel: ComparePanel) -> None:
    own = studio_data.variants()
    guests = [Variant(f"old:{n}", f"Old {n}", {"perplexity": 20.0 + n}, {}, f"artifacts/old{n}") for n in range(2)]
    panel.invite([guests[0], dataclasses.replace(own[2], id="old:int4"), guests[1]])
    assert [each.id for each in panel.compared()] == ["old:0", "int4", "old:1"], "none is there twice"
    panel.set_variants(own)
    assert [each.id for each in panel.compared()] == ["old:0", "int4", "old:1"] and panel.has_guests
    panel.clear()
    panel.set_variants(own)
    assert [each.id for each in panel.compared()] == [own[0].id, own[-1].id] and not panel.has_guests


def test_answers_stand_side_by_side_where_they_were_checked(panel: ComparePanel) -> None:
    assert not panel._tabs.isTabVisible(ANSWERS)
    variants = studio_data.variants()
    same = AnswerPair(name="sea", domain="prose", prompt="The sea", original="is <b>blue</b>", result="is <b>blue</b>")
    loop = AnswerPair(
        name="old",
        domain="prose",
        prompt="An old",
        original="man",
        result="old old old",
        same_tokens=0,
        remarks=("loops",),
    )
    check = GenerationCheck(verdict="damaged", reasons=("it repeats itself",), answers=(same, loop))
    variants[-1] = dataclasses.replace(variants[-1], details={GENERATION: check.model_dump(mode="json")})
    panel.set_variants(variants)
    assert panel._tabs.isTabVisible(ANSWERS) and panel._tabs.tabText(ANSWERS) == "Answers"
    shown = [[panel.answers.table.item(row, column).text() for column in range(3)] for row in range(2)]
    assert shown == [["sea\nThe sea", "is <b>blue</b>", "the same"], ["old\nAn old", "man", "old old old\nloops"]]
    assert "does not write" in panel.answers.verdicts.text() and "it repeats itself" in panel.answers.verdicts.text()
    panel.choose("float32", "int8")
    assert not panel._tabs.isTabVisible(ANSWERS)
