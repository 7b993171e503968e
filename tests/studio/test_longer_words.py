"""The window in a language whose words are 40 % longer: nothing is cut, and every text is translated."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fake_engine import FakeEngine, finish_run
from PySide6.QtCore import QCoreApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from engine.version import __version__
from studio.kit.plaintext import as_plain
from studio.kit.widgets import button, label
from studio.shell.assembly import Studio
from tests.looks import faults
from tests.studio.pseudo import Pseudo, longer, said, untranslated

WIDTH, HEIGHT = 1280, 720
PAGES = ("home", "build", "watch", "run", "charts", "inspector", "compare", "results", "export", "tryit")
OWN = {"Compression Studio", f"Compression Studio {__version__}", "English", "Deutsch", "简体中文", "A", "B"}
DIALOGS = (
    "edit.preferences", "run.survey", "run.queue", "run.machines", "run.history", "file.fit", "file.card",
    "help.shortcuts", "help.palette", "help.updates",
)  # fmt: skip


@pytest.fixture
def pseudo(qapp: QApplication) -> Iterator[None]:
    """The longer words, as long as a test lasts."""
    translator = Pseudo(qapp)
    qapp.installTranslator(translator)
    yield
    qapp.removeTranslator(translator)
    translator.deleteLater()


@pytest.fixture
def show(pseudo: None, studio: Studio, engine: FakeEngine, tmp_path: Path) -> Callable[[str], QWidget]:
    """Shows a page of a small window, with a finished run."""
    studio.window.resize(WIDTH, HEIGHT)
    studio.window.workspace.resize(WIDTH, HEIGHT)
    studio.window.workspace.arrange()
    studio.window.workspace.make_panels()
    finish_run(studio, engine, tmp_path)

    def page(name: str) -> QWidget:
        space = studio.window.workspace
        if name == "home":
            studio.window.show_welcome()
        else:
            studio.window.show_workspace()
            space.lay_out("build" if name == "build" else "watch")
            if name not in ("build", "watch"):
                space.bring(name)
        studio.canvas.fit()
        QTest.qWait(100)
        return studio.window

    return page


def test_nothing_is_cut_or_covered(show: Callable[[str], QWidget]) -> None:
    found = []
    for name in PAGES:
        window = show(name)
        assert window.width() == WIDTH and window.minimumSizeHint().width() <= WIDTH, name
        found += [f"{name}: {what}" for what in faults(window)]
    assert not found, "\n".join(found)


def test_every_text_is_translated(show: Callable[[str], QWidget], studio: Studio, tmp_path: Path) -> None:
    """What is not comes from the engine, or from a person: names, places, numbers."""
    found: dict[str, str] = {}
    for name in PAGES:
        texts = list(said(show(name)))
        assert sum("[" in text for _, text in texts) > 100, name
        blocks = studio.document.pipeline.blocks
        curves = {f"Curve of {block.id.replace('_', ' ')}" for block in blocks}
        paths = [str(tmp_path / block.id) for block in blocks]
        data = {*OWN, *curves, *(block.name for block in blocks), *paths, *map(as_plain, paths)}
        found |= dict.fromkeys(untranslated(iter(texts), data), name)
    assert not found, "\n".join(f"{name}: {what}" for what, name in found.items())


@pytest.mark.parametrize("name", DIALOGS)
def test_dialogs_hold_longer_words(name: str, show: Callable[[str], QWidget], studio: Studio) -> None:
    show("build")
    before = set(QApplication.topLevelWidgets())
    studio.window.table[name].trigger()
    QTest.qWait(200)
    opened = [each for each in QApplication.topLevelWidgets() if each.isVisible() and each not in before]
    assert opened
    found = [what for dialog in opened for what in (*faults(dialog), *untranslated(said(dialog), OWN))]
    for dialog in opened:
        dialog.close()
    assert not found, "\n".join(found)


def test_what_is_cut_or_not_translated_is_found(pseudo: None, qtbot: QtBot) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    words = QCoreApplication.translate("ComparePanel", "Compare layers")
    first, second = button(words, parent), label("Results of no one", parent)
    second.move(0, 40)
    first.setFixedWidth(first.fontMetrics().horizontalAdvance("Compare layers") + 10)
    parent.show()
    assert first.text() == longer("Compare layers") and len(first.text()) - 2 >= 1.4 * len("Compare layers")
    assert any("its text needs" in what for what in faults(parent))
    assert untranslated(said(parent), set()) == ["PlainLabel: 'Results of no one'"]
