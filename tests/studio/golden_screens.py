"""Twenty screens of the window, as small pictures and as lists of what is seen: for `test_golden.py`.

    python tests/studio/golden_screens.py FOLDER

Runs in a process of its own, with the letters of `box_font`, a stopped clock and an engine that says always the same:
what a screen looks like depends on the program and on Qt alone. Of each screen ``NAME.png`` holds the mean colors of
squares of `TILE` pixels, ``NAME.txt`` a line for each thing that is seen: its place, what it is, what it says.
"""

from __future__ import annotations

import dataclasses
import json
import os
import re
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = Path(__file__).resolve().with_name("golden")
WIDTH, HEIGHT = 1280, 720
TILE = 16
DIALOGS = (
    "run.survey", "edit.preferences", "run.history", "file.open_model", "help.palette", "help.shortcuts", "help.guide",
)  # fmt: skip
"""Actions that open a window."""
VARYING = re.compile(r"\d+ MB · .*|\b[0-9a-f]{12,}\b|\d+(\.\d+)? GB")
"""What differs from machine to machine."""
NOW = 1_772_373_780.0
"""1 March 2026, 14:03 UTC."""


def _prepare(folder: Path) -> None:
    """The surroundings, before Qt is there."""
    sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "tests" / "studio")]
    screen = {"name": "screen", "x": 0, "y": 0, "width": WIDTH, "height": HEIGHT, "dpr": 1}
    described = folder / "screen.json"
    described.write_text(json.dumps({"screens": [{**screen, "logicalDpi": 96, "logicalBaseDpi": 96}]}))
    for name in [name for name in os.environ if name.startswith("QT_")]:
        del os.environ[name]
    os.environ |= {"QT_QPA_PLATFORM": f"offscreen:configfile={described}", "QT_FONT_DPI": "96", "LANG": "C.UTF-8"}
    os.environ |= {"TZ": "UTC", "COMPRESSION_STUDIO_HOME": str(folder / "home"), "HF_HUB_OFFLINE": "1"}
    time.tzset()
    time.time = lambda: NOW
    os.cpu_count = lambda: 2


UNANSWERED = 20
"""Looks without a change after which a question to the scripted engine counts as one that it does not answer."""


class Screens:
    """The window, led from screen to screen."""

    def __init__(self, into: Path, folder: Path) -> None:
        from fake_engine import FakeEngine

        from studio.bridge import Bridge
        from studio.shell.assembly import Studio

        self.into, self.folder = into, folder
        self.engine = FakeEngine()
        self.s = Studio(Bridge(make=lambda lane: self.engine))
        self.s.window.resize(WIDTH, HEIGHT)
        self.s.window.workspace.resize(WIDTH, HEIGHT)
        self.s.window.workspace.arrange()
        self.s.window.show()
        self.s.window.workspace.make_panels()
        status = self.s.window.status
        status._timer.stop()
        status._memory.setText("209 MB")

    def look(self, name: str, window: Any = None) -> None:
        """Keep what is seen now."""
        from PySide6.QtTest import QTest

        window = window or self.s.window
        self.s.window.status.clear_message()  # it goes by itself, sooner or later
        if (focused := window.focusWidget()) is not None:
            focused.clearFocus()  # no cursor blinks
        before: list[str] | None = None
        kept = seen(window, str(self.folder))
        alike = 0
        for _ in range(600):  # until nothing is read any more and what it leaves is laid out
            if alike and (alike > UNANSWERED or not any("Reading" in line for line in kept)):
                break
            QTest.qWait(150)
            before, kept = kept, seen(window, str(self.folder))
            alike = alike + 1 if kept == before else 0
        (self.into / f"{name}.txt").write_text("\n".join(kept) + "\n", encoding="utf-8", newline="\n")
        small(window, str(self.folder)).save(str(self.into / f"{name}.png"))

    def walk(self) -> None:
        """All screens, and three more that are not as they should be."""
        from fake_engine import PIPELINE, finish_run

        from studio.kit.theme import theme

        s, space = self.s, self.s.window.workspace
        self.look("home")
        s.document.open(PIPELINE, None)
        s.window.show_workspace()
        s.canvas.fit()
        self.look("build")
        s.canvas.select(["round_to_nearest_1"])
        self.look("form")
        s.canvas.select(["model_1", "round_to_nearest_1"])
        self.look("form-of-two")
        s.canvas.select([])
        finish_run(s, self.engine, self.folder)
        space.lay_out("build")
        s.canvas.fit()
        self.look("build-done")
        self._wrong()
        theme().choose("light")
        self.look("build-done-light")
        theme().choose("contrast")
        self.look("build-done-contrast")
        theme().choose("dark")
        space.lay_out("watch")
        for name in ("run", "inspector", "compare", "results", "export", "tryit"):
            space.bring(name)
            self.look(name)
        s.window.show_welcome()
        self.look("home-after")
        s.window.show_workspace()
        space.lay_out("build")
        for name, dialog in self._dialogs():
            self.look(name, dialog)
            dialog.close()

    def _dialogs(self) -> Iterator[tuple[str, Any]]:
        """What opens beside the window."""
        from PySide6.QtWidgets import QApplication

        for name in DIALOGS:
            before = set(QApplication.topLevelWidgets())
            self.s.window.table[name].trigger()
            (opened,) = [w for w in QApplication.topLevelWidgets() if w.isVisible() and w not in before]
            yield name.replace(".", "-"), opened

    def _wrong(self) -> None:
        """The screen “build-done” with a thing less, another word, another color: each has to be found."""
        from PySide6.QtWidgets import QApplication

        from studio.kit.stylesheet import style_sheet
        from studio.kit.theme import theme

        s = self.s
        s.palette.hide()
        self.look("wrong-less")
        s.palette.show()
        s.window.table["run.start"].setIconText("Start")
        self.look("wrong-word")
        s.window.table["run.start"].setIconText("Run")
        QApplication.instance().setStyleSheet(style_sheet(dataclasses.replace(theme().tokens, accent="#c04040")))
        self.look("wrong-color")
        QApplication.instance().setStyleSheet(style_sheet(theme().tokens))


def seen(window: Any, folder: str) -> list[str]:
    """A line for each visible thing that says something or can be used: place in pixels, kind, words."""
    from PySide6.QtCore import QPoint
    from PySide6.QtWidgets import QWidget

    found = []
    for widget in window.findChildren(QWidget):
        if not widget.isVisible() or widget.visibleRegion().isEmpty() or _is_masked(widget):
            continue
        words = _words(widget)
        if words is None:
            continue
        corner = widget.mapTo(window, QPoint(0, 0))
        kind = next(each.__name__ for each in type(widget).__mro__ if each.__module__.startswith("PySide6"))
        said = VARYING.sub("#", words.replace(folder, "#").replace("\n", " "))
        found.append(f"{corner.x()},{corner.y()} {widget.width()}x{widget.height()} {kind} {said}".rstrip())
    return found


def _words(widget: Any) -> str | None:
    """What it says; None for what only holds others."""
    from PySide6.QtWidgets import (
        QAbstractButton,
        QAbstractItemView,
        QAbstractSpinBox,
        QComboBox,
        QGraphicsView,
        QLabel,
        QLineEdit,
        QMenuBar,
        QPlainTextEdit,
        QProgressBar,
        QTabBar,
        QTextEdit,
    )

    name = widget.accessibleName()
    if isinstance(widget, QLabel):
        return widget.text() or None
    if isinstance(widget, QAbstractButton):
        state = " (on)" if widget.isChecked() else ""
        said = widget.text().replace("&", "").removesuffix("…") or name  # versions of Qt differ in the dots
        return said + state + ("" if widget.isEnabled() else " (off)")
    if isinstance(widget, QTabBar):
        return " | ".join(widget.tabText(n) for n in range(widget.count()) if widget.isTabVisible(n))
    if isinstance(widget, QMenuBar):
        return " | ".join(action.text().replace("&", "") for action in widget.actions())
    if isinstance(widget, QAbstractItemView):
        return f"{name}: " + " | ".join(_cells(widget))
    if isinstance(widget, QComboBox):
        return f"{name}: {widget.currentText()}"
    if isinstance(widget, QLineEdit | QAbstractSpinBox):
        return f"{name}: {widget.text()}"
    if isinstance(widget, QPlainTextEdit | QTextEdit):
        return f"{name}: {widget.toPlainText()[:80]}"
    return name if isinstance(widget, QGraphicsView | QProgressBar) else None


def _cells(view: Any) -> Iterator[str]:
    """Texts of the cells that are in view, row by row."""
    model, waiting = view.model(), [view.rootIndex()]
    if model is None:
        return
    header = view.header() if hasattr(view, "header") else getattr(view, "horizontalHeader", lambda: None)()
    columns = header.count() if header is not None else 1
    while waiting:
        parent = waiting.pop(0)
        for row in range(min(model.rowCount(parent), 60)):
            first = model.index(row, 0, parent)
            for column in range(columns):
                index = model.index(row, column, parent)
                if view.visualRect(index).intersects(view.viewport().rect()) and index.data() is not None:
                    yield str(index.data())
            waiting.append(first)


def _is_masked(widget: Any) -> bool:
    """Charts, which have tests of their own and numbers that differ."""
    while widget is not None and not widget.isWindow():
        if type(widget).__module__.startswith("studio.charts."):
            return True
        widget = widget.parentWidget()
    return False


def small(window: Any, folder: str) -> Any:
    """The mean colors of its squares, as an image; charts and what says a folder are left out."""
    import numpy as np
    from PySide6.QtCore import QPoint, QRect
    from PySide6.QtGui import QImage, QPainter
    from PySide6.QtWidgets import QComboBox, QLabel, QLineEdit, QWidget

    picture = window.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
    painter = QPainter(picture)
    for widget in window.findChildren(QWidget):
        said = _words(widget) if isinstance(widget, QLabel | QLineEdit | QComboBox) else ""
        if widget.isVisible() and (_is_masked(widget) or folder in (said or "")):
            painter.fillRect(QRect(widget.mapTo(window, QPoint(0, 0)), widget.size()), 0)
    painter.end()
    pixels = np.frombuffer(picture.constBits(), np.uint8).reshape(picture.height(), picture.bytesPerLine())
    rows, columns = picture.height() // TILE, picture.width() // TILE
    pixels = pixels[: rows * TILE, : 3 * columns * TILE].reshape(rows, TILE, columns, TILE, 3)
    means = np.ascontiguousarray(pixels.mean(axis=(1, 3)).round().astype(np.uint8))
    return QImage(means.tobytes(), columns, rows, 3 * columns, QImage.Format.Format_RGB888).copy()


def main() -> int:
    """Take all of them."""
    into = Path(sys.argv[1]).resolve()
    into.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _prepare(folder)
        from box_font import FAMILY, box_font
        from PySide6.QtCore import QByteArray
        from PySide6.QtGui import QFont, QFontDatabase
        from PySide6.QtWidgets import QApplication

        from studio.shell import languages

        app = QApplication([])
        languages.install(app, "en")
        for bold in (False, True):
            QFontDatabase.addApplicationFontFromData(QByteArray(box_font(bold=bold)))
        letters = QFont(FAMILY, 9)
        letters.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
        app.setFont(letters)
        QFont.insertSubstitution("DejaVu Sans Mono", FAMILY)
        screens = Screens(into, folder)
        try:
            screens.walk()
        finally:
            screens.s.document.undo_stack.setClean()
            screens.s.window.close()
            app.processEvents()
    if into == GOLDEN:
        for path in into.glob("wrong-*"):
            path.unlink()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
