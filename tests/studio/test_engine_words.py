"""Names of the engine in the window's language: each one that a page shows comes from the catalog, and what no catalog
has, such as a name of a plug-in, is shown as it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
import studio_data
from past_results import result
from PySide6.QtCore import QAbstractItemModel, QModelIndex, Qt, QTranslator
from PySide6.QtWidgets import QAbstractItemView, QApplication, QComboBox, QWidget
from pytestqt.qtbot import QtBot

from engine import resources
from engine.architecture.structure import facts
from engine.checkpoints.checkpoint import read_header
from engine.contracts.events import Curve, Grid
from engine.contracts.metrics import METRICS, OF_LAYERS
from engine.contracts.rotation import PLACES
from engine.methods import work_words
from engine.methods.registry import methods
from engine.pipeline.document import Block, Pipeline
from engine.record.results import Records
from engine.run import progress, runner
from engine.words import short_words
from studio import engine_words
from studio.allresults.panel import ResultsPanel
from studio.canvas.palette import MethodPicker
from studio.compare.panel import ComparePanel
from studio.document.document import Document
from studio.document.settings import LanguageChoice
from studio.forms.form import SettingsForm
from studio.inspector.model import LayersModel
from studio.models.structureview import StructureView
from studio.plots.tile import PlotTile
from studio.shell import languages
from tests.studio.pseudo import said

NAMES = frozenset(short_words())


class Marked(QTranslator):
    """A catalog that has all names of the engine, each between guillemets; also where the window says one itself."""

    def translate(self, context: str, source: str, disambiguation: str | None = None, n: int = -1) -> str:
        return f"«{source}»" if source in NAMES else None  # type: ignore[return-value]

    def isEmpty(self) -> bool:
        return False


@pytest.fixture
def marked(qapp: QApplication) -> Iterator[None]:
    translator = Marked(qapp)
    qapp.installTranslator(translator)
    yield
    qapp.removeTranslator(translator)
    translator.deleteLater()


def texts(widget: QWidget) -> list[str]:
    """All that a widget shows, in items of lists and tables too."""
    found = [text for _, text in said(widget)]
    for view in widget.findChildren(QAbstractItemView):
        if view.model() is not None and not isinstance(view.parentWidget(), QComboBox):
            found += _cells(view.model(), QModelIndex())
    return found


def _cells(model: QAbstractItemModel, parent: QModelIndex) -> Iterator[str]:
    for row in range(model.rowCount(parent)):
        for column in range(model.columnCount(parent)):
            index = model.index(row, column, parent)
            yield str(index.data() or "")
            yield from _cells(model, index) if column == 0 else ()


def check(widget: QWidget, at_least: int) -> None:
    """Some names are marked, and none is shown as the engine says it."""
    shown = texts(widget)
    assert sum("«" in text for text in shown) >= at_least, shown
    assert not sorted({text for text in shown if text in NAMES})


def test_the_list_of_methods(marked: None, qtbot: QtBot) -> None:
    picker = MethodPicker()
    qtbot.addWidget(picker)
    picker.show()
    check(picker, at_least=len(methods()))


@pytest.mark.parametrize("method", [name for name, info in methods().items() if not info.origin])
def test_forms(method: str, marked: None, qtbot: QtBot, qapp: QApplication) -> None:
    document = Document(qapp)
    document.open(Pipeline(blocks=(Block(id="one", method=method),)), None)
    form = SettingsForm()
    qtbot.addWidget(form)
    form.show()
    form.show_selection(document, ["one"])
    for group in form.sections[0].groups:
        group.head.setChecked(True)
        group.more.setChecked(True)
    for row in form.sections[0].rows.values():
        row.show()
    check(form, at_least=len(form.sections[0].rows))


def test_the_form_of_a_pipeline(marked: None, qtbot: QtBot, qapp: QApplication) -> None:
    document = Document(qapp)
    document.open(Pipeline(), None)
    form = SettingsForm()
    qtbot.addWidget(form)
    form.show()
    form.show_selection(document)
    check(form, at_least=5)


def test_results(marked: None, qtbot: QtBot) -> None:
    panel = ResultsPanel(None)  # type: ignore[arg-type]
    qtbot.addWidget(panel)
    metrics = {metric.name: 2.0 for metric in METRICS}
    rows = [
        result("1", "model", 100e6, title="Model", method="model", metrics=metrics),
        result("1", "one", 30e6, title="Width pruning", method="width_pruning", metrics=metrics),
        result("2", "two", 30e6, title="Round to nearest · int4", method="round_to_nearest", metrics=metrics),
    ]
    panel.show_records(Records(rows))
    panel.show()
    panel.table.selectAll()
    check(panel, at_least=20)
    assert "«Round to nearest» · int4" in texts(panel)


def test_a_comparison(marked: None, qtbot: QtBot) -> None:
    panel = ComparePanel(None)  # type: ignore[arg-type]
    qtbot.addWidget(panel)
    metrics = {metric.name: 2.0 for metric in METRICS}
    first, *_, last = studio_data.variants()
    panel.set_variants([replace(first, title="Model", metrics=metrics), replace(last, title="SVD", metrics=metrics)])
    panel.show()
    panel.show_inspections([studio_data.inspection("int4"), studio_data.inspection("int8")])
    check(panel, at_least=len(METRICS))


def test_columns_of_the_inspector(marked: None, qapp: QApplication) -> None:
    model = LayersModel(qapp)
    model.show(studio_data.inspection())
    heads = [model.headerData(n, Qt.Orientation.Horizontal) for n in range(model.columnCount())]
    assert len([head for head in heads if str(head).startswith("«")]) >= len(OF_LAYERS) - 1
    assert not [head for head in heads if head in NAMES - {"Layer", "Format", "Name"}]


def test_facts_of_a_model(marked: None, qtbot: QtBot) -> None:
    header = read_header(resources.path("sample", "model"))
    view = StructureView()
    qtbot.addWidget(view)
    view.show_structure(header)
    view.show()
    assert len(facts(header)) > 10
    shown = texts(view._facts)
    assert shown[::2] == [f"«{name}»" for name, _ in facts(header)]
    assert {"«Hugging Face, safetensors»", "«yes»"} < set(shown[1::2])


def test_plots_that_methods_draw(marked: None, qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    tile = PlotTile(window)
    titles = {"x_title": "rank", "y_title": "share of the energy"}
    series, points = "layer 3, rank 8", (1.0, 2.0)
    chart = "Energy: down"
    curve = Curve(run="", block="svd", chart=chart, series=series, x=points, y=points, **titles)
    tile.show_plot(("svd", chart), "SVD", {series: curve})
    assert tile.curves.title.startswith("«Energy»: down")
    assert tile.curves.names() == ["«layer 3, rank 8»"]
    assert (tile.curves.bottom.labelText, tile.curves.left.labelText) == ("«rank»", "«share of the energy»")
    names = {"row_title": "layer", "column_title": "Place", "columns": tuple(PLACES.values())[:2]}
    grid = Grid(run="", block="spin", chart="Kurtosis", series="before", values=(points,), **names)
    tile.show_plot(("spin", "Kurtosis"), "SpinQuant", {"before": grid})
    ((name, sheet),) = tile.grids.sheets.items()
    assert (name, sheet.row_title, sheet.column_title) == ("«before»", "«layer»", "«Place»")
    assert sheet.columns == ("«Residual stream»", "«q, k, v input»")
    assert (sheet.row_name(0), grid.row_title) == ("0", "layer")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Measuring layer 4 of 30", "«Measuring layer 4 of 30»"),
        ("Storing lm_head", "«Storing lm_head»"),
        ("Loading the model", "«Loading the model»"),
        ("round 2: step 8 of 400", "«Round 2»: «step 8 of 400»"),
        ("healing: step 8 of 400", "healing: «step 8 of 400»"),
        ("Measuring the original: window 2 of 8", "«Measuring the original: window 2 of 8»"),
        ("Proposing a shape for 3 layers", "Proposing a shape for 3 layers"),
        ("", ""),
    ],
)
def test_what_is_being_done(text: str, shown: str, marked: None) -> None:
    assert engine_words.work_words(text).casefold() == shown.casefold()


@pytest.mark.parametrize(
    ("text", "shown"),
    [("1 min 2 s left", "«1 min 2 s left»"), ("more than 7 s left", "«more than 7 s left»"), ("", ""), ("7 s", "7 s")],
)
def test_the_time_left(text: str, shown: str, marked: None) -> None:
    assert engine_words.remaining_time(text) == shown


def test_steps_of_parts_and_phases_are_among_the_words() -> None:
    verbs = {*runner.VERBS.values(), "Working on", "Calibrating", "Storing"}
    assert verbs <= set(work_words.VERBS) and set(progress.WORDS.values()) <= work_words.WORDS
    assert {f"{verb} layer {{0}} of {{1}}" for verb in work_words.VERBS} <= NAMES


@pytest.mark.parametrize("text", ["layers.3.q_proj", "NF4", "layer 3 and 4", "Energy of q: down", "1 − cos", "a {0} 3"])
def test_words_that_no_method_draws_stay(text: str, marked: None) -> None:
    assert engine_words.plot_word(text) == text


@pytest.mark.parametrize(
    ("part", "shown"), [("train", "«train»"), ("hidden_target", "«hidden», «target»"), ("kl", "kl"), ("", "")]
)
def test_curves_of_metrics(part: str, shown: str, marked: None) -> None:
    assert engine_words.series_word(part) == shown
    assert engine_words.metric_chart_name("round 2: loss") == "«Round 2»: «Loss»"


@pytest.mark.parametrize(
    ("language", "shown"), [("de", "Breiten-Pruning"), ("zh_CN", "宽度剪枝"), ("en", "Width pruning")]
)
def test_the_language_decides_and_the_engine_stays_english(
    language: LanguageChoice, shown: str, qapp: QApplication, qtbot: QtBot
) -> None:
    made = languages.install(qapp, language)
    block = Block(id="one", method="width_pruning")
    try:
        assert engine_words.block_name(block) == shown
        assert engine_words.result_name("Width pruning · half") == f"{shown} · half"
        picker = MethodPicker()
        qtbot.addWidget(picker)
        picker.search.setText(shown.lower())
        assert picker.current() == "width_pruning"
        picker.search.setText("width pruning")
        assert picker.current() == "width_pruning"
    finally:
        for translator in made:
            qapp.removeTranslator(translator)
            translator.deleteLater()
    assert block.name == "Width pruning" and methods()["width_pruning"].title == "Width pruning"


def test_names_of_persons_and_of_plug_ins_stay(marked: None, toys: None) -> None:
    assert engine_words.block_name(Block(id="one", method="svd", title="Model")) == "Model"
    assert engine_words.result_name("My own · Loss") == "My own · Loss"
    assert engine_words.block_name(Block(id="one", method="toy_pair")) == "Toy pair"
    (style,) = [field for field in engine_words.window_fields(methods()["toy"].settings) if field.name == "style"]
    assert style.title == "Style" and style.choices[0][1] == "a rather long choice"
