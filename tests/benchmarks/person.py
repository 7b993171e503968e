"""A person at the window, with mouse and keys only: sample → 4 bits → export → A and B → results.

    python tests/benchmarks/person.py [--size 1280x720] [--scale 2] [--theme light] [--pictures FOLDER]

Every step presses what can be seen and waits for what should come of it; exit status 1 names the step that failed.
The engine is the real one, in its own process. With --pictures the window is grabbed after every step. With
QT_QPA_PLATFORM=xcb (under Xvfb, say) the same is done on a real screen.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
WAIT_SECONDS = 600.0


class StuckError(Exception):
    """What should have come did not."""


class Person:
    """Sees the window and nothing behind it."""

    def __init__(self, pictures: Path | None) -> None:
        from studio.assembly import assemble

        self.studio = assemble()
        self.window = self.studio.window
        self._pictures = pictures
        self._step = 0

    def wait(self, what: str, holds: Callable[[], bool]) -> None:
        """Until it is so."""
        from PySide6.QtTest import QTest

        end = time.monotonic() + WAIT_SECONDS
        while not holds():
            if time.monotonic() > end:
                raise StuckError(what)
            QTest.qWait(20)

    def look(self, name: str) -> None:
        """A picture of how it is now."""
        from PySide6.QtTest import QTest

        QTest.qWait(150)
        self._step += 1
        if self._pictures is not None:
            self.window.grab().save(str(self._pictures / f"{self._step:02d}-{name}.png"))
        print(f"{self._step:2d}  {name}", flush=True)

    def click(self, widget: object) -> None:
        """With the left button, in its middle; it has to be seen."""
        from PySide6.QtCore import Qt
        from PySide6.QtTest import QTest
        from PySide6.QtWidgets import QWidget

        assert isinstance(widget, QWidget)
        self.wait(f"{widget.accessibleName() or widget} can be seen", lambda: not widget.visibleRegion().isEmpty())
        place = widget.visibleRegion().boundingRect().center()
        QTest.mouseClick(widget, Qt.MouseButton.LeftButton, pos=place)

    def press(self, key: str) -> None:
        """A key or a shortcut, where the focus is."""
        from PySide6.QtGui import QKeySequence
        from PySide6.QtTest import QTest
        from PySide6.QtWidgets import QApplication

        QTest.keySequence(QApplication.focusWidget() or self.window, QKeySequence(key))

    def work(self, folder: Path) -> None:
        """The whole way."""
        from PySide6.QtTest import QTest

        from studio.welcome.tiles import Tile

        studio, window = self.studio, self.window
        window.show()
        QTest.qWaitForWindowExposed(window)
        self.look("home")
        self.click(window.welcome.findChildren(Tile)[0])
        self.wait("the sample is open", lambda: not window.on_welcome and len(studio.document.pipeline.blocks) == 2)
        self.look("build")
        studio.canvas.setFocus()
        self.press("F5")
        self.wait("the run begins", lambda: studio.runs.is_active)
        self.wait("the layout for watching", lambda: window.workspace.mode == "watch")
        self.look("watch")
        self.wait("the run ends", lambda: studio.runs.run is not None and studio.runs.run.is_over)
        if studio.runs.run is None or studio.runs.run.state != "done":
            raise StuckError("the run is done")
        self.wait("both results", lambda: len(studio.session.results()) == 2)
        self.look("done")
        studio.canvas.setFocus()
        before = studio.session.pair
        self.press("Tab")
        self.wait("A and B are swapped", lambda: studio.session.pair == before[::-1])
        self.press("Tab")
        self.press("F4")
        self.wait("the layout for building", lambda: window.workspace.mode == "build")
        self.look("build again")
        self.press("Alt+A")
        results = window.workspace.panel("results")
        self.wait("the table of results", lambda: results.model.rowCount() == 2)  # type: ignore[attr-defined]
        self.look("results")
        self.press("Ctrl+E")
        panel = studio.export_panel
        self.wait("a format is offered", lambda: panel.format is not None and panel._go.isEnabled())
        self.click(panel._folder)
        panel._folder.selectAll()
        QTest.keyClicks(panel._folder, str(folder / "exported"))
        self.look("export")
        self.click(panel._go)
        self.wait("the export begins", lambda: panel._job is not None)
        self.wait("the export ends", lambda: panel._job is None)
        self.look("exported")
        if "verified" not in panel.result._title.text():
            raise StuckError(f"the export is verified: {panel.banner.text()}")

    def leave(self) -> None:
        """Close the window as one does."""
        self.studio.document.undo_stack.setClean()
        self.window.close()


def main() -> int:
    """Do all steps, print them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", default="1280x720")
    parser.add_argument("--scale", default="1")
    parser.add_argument("--theme", choices=("dark", "light"), default="dark")
    parser.add_argument("--pictures", type=Path)
    arguments = parser.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ["QT_SCALE_FACTOR"] = arguments.scale
    with tempfile.TemporaryDirectory() as folder:
        os.environ["COMPRESSION_STUDIO_HOME"] = str(Path(folder) / "home")
        from PySide6.QtWidgets import QApplication

        from studio.theme import theme

        app = QApplication([])
        if arguments.pictures is not None:
            arguments.pictures.mkdir(parents=True, exist_ok=True)
        begun = time.monotonic()
        person = Person(arguments.pictures)
        theme().choose(arguments.theme)
        person.window.resize(*map(int, arguments.size.split("x")))
        try:
            person.work(Path(folder))
        except StuckError as stuck:
            person.look("stuck")
            print(f"stuck: {stuck}")
            return 1
        finally:
            person.leave()
            app.processEvents()
        print(f"all steps in {time.monotonic() - begun:.0f} s")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
