"""The window in German: nothing that the catalog has is shown in English, in a label, a header, a cell or a tooltip."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import studio_data
from fake_engine import FakeEngine, finish_run
from PySide6.QtCore import QAbstractItemModel, QModelIndex
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractItemView, QApplication, QComboBox, QWidget
from pytestqt.qtbot import QtBot

from engine import resources
from engine.checkpoints.checkpoint import read_header
from studio import catalogs
from studio.models.dialog import ModelDialog
from studio.plots.board import Board
from studio.plots.contents import Key
from studio.plots.tile import PlotTile
from studio.shell import languages
from studio.shell.assembly import Studio
from tests.studio.pseudo import said

PAGES = ("run", "charts", "inspector", "compare", "fit", "results", "export", "tryit")
DIALOGS = (
    "edit.preferences", "run.survey", "run.queue", "run.machines", "run.history", "file.fit", "file.open_model",
    "file.card", "help.shortcuts", "help.palette", "help.updates", "help.about", "help.responsiveness",
)  # fmt: skip
DATA = {"Sample"}
"""Names that the tests or the desktop gave, in whichever language."""


@pytest.fixture
def german(qapp: QApplication) -> Iterator[None]:
    made = languages.install(qapp, "de")
    yield
    for translator in made:
        qapp.removeTranslator(translator)
        translator.deleteLater()


@pytest.fixture(scope="module")
def english() -> set[str]:
    """Texts that read otherwise in German, wherever they stand."""
    plain: dict[str, set[str]] = {}
    for text in catalogs.texts(catalogs.FOLDER / "de.ts"):
        plain.setdefault(_letters(text.source), set()).update(map(_letters, text.translation))
    return {source for source, german in plain.items() if source not in german and re.search("[a-z]{3}", source)}


def _letters(text: str) -> str:
    return text.replace("&&", "\0").replace("&", "").replace("\0", "&").strip()


def shown(window: QWidget) -> Iterator[str]:
    """All that a window says, cells of lists and tables too."""
    for _, text in said(window):
        yield from (line for line in (text, *re.split(r"<[^>]*>|\n", text)))
    for view in window.findChildren(QAbstractItemView):
        if view.isVisible() and view.model() is not None and not isinstance(view.parentWidget(), QComboBox):
            yield from _cells(view.model(), QModelIndex())


def _cells(model: QAbstractItemModel, parent: QModelIndex) -> Iterator[str]:
    try:
        columns = model.columnCount(parent)
    except TypeError:  # a list keeps it to itself
        columns = 0 if parent.isValid() else 1
    for row in range(model.rowCount(parent) if columns else 0):
        for column in range(columns):
            index = model.index(row, column, parent)
            yield str(index.data() or "")
            if column == 0:
                yield from _cells(model, index)


def found(window: QWidget, english: set[str]) -> list[str]:
    return sorted({text for text in shown(window) if _letters(text) in english - DATA})


def test_no_page_shows_english(
    german: None, studio: Studio, engine: FakeEngine, tmp_path: Path, english: set[str]
) -> None:
    window, space = studio.window, studio.window.workspace
    space.make_panels()
    finish_run(studio, engine, tmp_path)
    assert len(english) > 1500
    window.show_welcome()
    seen = {"home": found(window, english)}
    window.show_workspace()
    studio.canvas.select(["round_to_nearest_1"])
    for name in PAGES:
        space.lay_out("watch")
        space.bring(name)
        QTest.qWait(50)
        seen[name] = found(window, english)
        assert sum(1 for _ in shown(window)) > 300, name
    assert {name: texts for name, texts in seen.items() if texts} == {}


@pytest.mark.parametrize("name", DIALOGS)
def test_no_dialog_shows_english(german: None, name: str, studio: Studio, english: set[str]) -> None:
    studio.files.open_sample()
    before = set(QApplication.topLevelWidgets())
    studio.window.table[name].trigger()
    QTest.qWait(200)
    opened = [each for each in QApplication.topLevelWidgets() if each.isVisible() and each not in before]
    assert opened
    for dialog in opened:
        if isinstance(dialog, ModelDialog):
            dialog._on_structure(read_header(resources.path("sample", "model")))
            QTest.qWait(50)
            assert "Architektur" in set(shown(dialog))
    texts = [text for dialog in opened for text in found(dialog, english)]
    for dialog in opened:
        dialog.close()
    assert not texts


def test_no_plot_of_a_method_shows_english(german: None, qtbot: QtBot, english: set[str]) -> None:
    """Curves, grids and their axes."""
    board = Board(None)  # type: ignore[arg-type]
    qtbot.addWidget(board)
    board.resize(1100, 600)
    board.set_titles({"svd_1": "SVD", "spinquant_1": "SpinQuant"})
    board.clear("run")
    board.show()
    board.add_events([*studio_data.spectra(), *studio_data.kurtosis_grids()])
    board.flush()
    words: set[str] = set()
    for name, block in (("Singular values", "svd_1"), ("Kurtosis", "spinquant_1")):
        board.contents.pick([Key("plot", name, block)])
        (tile,) = board._shown
        assert isinstance(tile, PlotTile)
        chart = tile.curves if tile.curves.isVisible() else tile.grids
        words |= {chart.title, chart.left.labelText, chart.bottom.labelText, *tile.grids.sheets, *shown(board)}
    assert {"Singulärwerte von SVD", "Singulärwert", "Nummer", "Schicht", "davor", "danach"} <= words
    assert not {word for word in words if _letters(word) in english}
