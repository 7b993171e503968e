"""Pictures of all pages and dialogs of the window, and what a careful eye finds in them.

    python tests/benchmarks/screens.py FOLDER [--size 1280x720] [--scale 2] [--theme light] [--points 14] [--golden F]
                                       [--only watch,charts,inspector]

A real run of a branched pipeline on the sample model is shown in every view, then exported. Each is saved and searched
for cut texts, widgets over each other and areas too low to scroll in (`tests/looks.py`); with --golden each is compared
with the picture of the same name that the same machine made before. Exit status 1: something was found or differs.
COMPRESSION_STUDIO_LANGUAGE=de shows them in German, --longer in words that are 40 % longer than the English ones.
With --only, those whose names begin with one of the words are taken, under the numbers that they always have.
COMPRESSION_STUDIO_HOME is kept between calls, so that the blocks are computed once.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
TILE = 16
"""Pixels of the squares whose mean colors are compared: what moves by a pixel does not count, what is gone does."""
FAR = 16
"""Of 255: squares that differ by more are different."""
DIALOGS = (
    "run.survey", "run.claims", "run.queue", "run.machines", "run.history", "edit.preferences", "file.open_model",
    "help.updates", "help.palette", "help.shortcuts", "help.guide", "help.news", "help.methods", "help.responsiveness",
    "help.about",
)  # fmt: skip
"""Actions that open a window."""
CHOSEN = {"text": "text", "layers": "ignore", "formats": "layer_formats"}
"""Name of a picture -> the setting of GPTQ that its dialog is for."""
USUAL = 9
"""Points of texts where nobody chose another size."""
ALLOWED = 0.02
"""Share of different squares in a picture that counts as the same: times and dates differ from run to run."""


def pipeline() -> Any:
    """Two ways to make the sample small: cut, healed and rounded; rounded with GPTQ at once."""
    from engine.base import extras
    from engine.pipeline.document import Block, Evaluation, Link, Pipeline

    few: dict[str, object] = {"num_samples": 8, "sequence_length": 128}
    fit = {**few, "fisher_samples": 4, "predict_speed": extras.is_installed("llama")}
    blocks = (
        Block(id="model", method="model"),
        Block(id="prune", method="one_shot_pruning", settings={"sparsity": 0.5, **few}, x=304.0),
        Block(id="heal", method="lora", settings={"steps": 24, "batch_size": 2, "sequence_length": 128}, x=608.0),
        Block(id="gptq", method="gptq", settings=few, x=304.0, y=200.0),
        Block(id="int3", method="round_to_nearest", settings={"format": "int3"}, x=304.0, y=400.0),
        Block(id="fit", method="fit_to_budget", settings=fit, x=304.0, y=600.0),
    )
    pairs = (("model", "prune"), ("prune", "heal"), ("model", "gptq"), ("model", "int3"), ("model", "fit"))
    return Pipeline(
        name="Two ways to make the sample small",
        blocks=blocks,
        links=tuple(Link(source=a, target=b) for a, b in pairs),
        evaluation=Evaluation(window_size=128, num_windows=4),
    )


class Screens:
    """Leads the window from view to view."""

    def __init__(self, folder: Path, golden: Path | None, only: tuple[str, ...] = ()) -> None:
        from engine.service.process import EngineProcess
        from studio.bridge import Bridge
        from studio.shell.assembly import Studio

        self.s = Studio(Bridge(process=EngineProcess()))
        self.folder, self.golden, self.only = folder, golden, only
        self.found: list[str] = []
        self.count = 0

    def wait(self, holds: Callable[[], object], seconds: float = 1200.0) -> None:
        """Until it is so."""
        from PySide6.QtTest import QTest

        end = time.monotonic() + seconds
        while not holds():
            if time.monotonic() > end:
                raise TimeoutError("what should have come did not")
            QTest.qWait(20)

    def wants(self, *names: str) -> bool:
        """True if any of these screens is to be taken."""
        return not self.only or any(name.startswith(self.only) for name in names)

    def look(self, name: str, window: Any = None) -> None:
        """Save the picture of the window, or of one beside it; say what is wrong with it."""
        from PySide6.QtTest import QTest

        from tests.looks import faults

        self.count += 1
        if not self.wants(name):
            return
        QTest.qWait(400)
        picture = self.folder / f"{self.count:02d}-{name}.png"
        window = window or self.s.window
        window.grab().save(str(picture))
        found = faults(window)
        if self.golden is not None:
            found += differences(picture, self.golden / picture.name)
        self.found += [f"{name}: {what}" for what in found]
        print(f"{self.count:2d}  {name}" + "".join(f"\n      {what}" for what in found), flush=True)

    def walk(self) -> None:
        """All screens."""
        from PySide6.QtTest import QTest

        from studio.shell.workspace import TASKS

        s, window, space = self.s, self.s.window, self.s.window.workspace
        window.show()
        QTest.qWaitForWindowExposed(window)
        s.start()
        space.make_panels()
        self.look("home")
        s.document.open(pipeline(), None)
        window.show_workspace()
        QTest.qWait(200)
        s.canvas.fit()
        self.look("build")
        s.canvas.select(["gptq"])
        self.look("form")
        space.bring("run")
        s.runs.check()
        self.wait(lambda: s.runs.phase == "idle")
        self.look("checked")
        s.runs.start()
        self.wait(lambda: s.runs.is_active)
        self.look("watch")
        self.wait(lambda: s.runs.run is not None and s.runs.run.is_over)
        self.look("done")
        charts = space.panel("charts")
        for key in (listed := charts.contents.listed())[1:]:
            charts.contents.pick([key])
            self.look(f"charts-{key.name.lower().replace(' ', '-')}")
        charts.contents.pick(listed[:1])
        space.lay_out("build")
        s.canvas.fit()
        self.look("build-done")
        s.canvas.select(["gptq"])
        space.lay_out("watch")
        for name in ("inspector", "compare", "fit", "results", "export", "tryit"):
            space.bring(name)
            QTest.qWait(1500 if name in ("inspector", "compare") else 300)
            self.look(name)
            if name == "fit":
                self._speed()
        for step in self._inner_pages():
            self.look(step)
        self._read_and_write()
        for task in TASKS:
            window.table[f"layout.task.{task}"].trigger()
            self.look(f"layout-{task}")
        space.lay_out("build")
        space.bring("run")
        self.look("run")
        if self.wants(*(name.replace(".", "-") for name in DIALOGS)):
            self._dialogs()
        window.show_welcome()
        self.look("home-after")
        if self.wants(*(f"choose-{name}" for name in CHOSEN)):
            self._choosers()

    def _speed(self) -> None:
        """The plan of a speed in the middle, where speeds were predicted."""
        from PySide6.QtTest import QTest

        from studio.fit.panel import FitPanel

        (panel,) = self.s.window.findChildren(FitPanel)
        bar = panel.bar
        if bar.of.choose("speed"):
            bar.of.activated.emit(bar.of.currentIndex())
            bar.slider.setValue(bar.slider.maximum() // 2)
            QTest.qWait(600)
            self.look("fit-speed")
            bar.show_size(bar.budget)
            bar.chosen.emit()

    def _read_and_write(self) -> None:
        """Layers and an export, as far as they are wanted; numbers of pictures stay."""
        for step, count, names in (
            (self._inspect, 2, ("inspector-read", "compare-read")),
            (self._export, 4, ("exported", "card", "push")),
        ):
            if self.wants(*names):
                step()
            else:
                self.count += count

    def _inspect(self) -> None:
        """The layers of a result, and of two that are compared."""
        from PySide6.QtWidgets import QPushButton, QTabBar

        from studio.inquiry import InquiryPages

        space = self.s.window.workspace
        for name in ("inspector", "compare"):
            space.bring(name)
            panel = space.panel(name)
            panel.findChildren(QTabBar)[0].setCurrentIndex(0 if name == "inspector" else 1)
            go = next(each for each in panel.findChildren(QPushButton) if each.isVisible() and each.text())
            go.click()
            pages = next(each for each in panel.findChildren(InquiryPages) if each.isVisible())
            self.wait(lambda pages=pages: pages.shown not in (pages.ask, pages.waiting))
            self.look(f"{name}-read")

    def _export(self) -> None:
        """Written and verified; its model card; the dialog that pushes it."""
        from studio.export.push import PushDialog

        space, folder = self.s.window.workspace, self.folder / f"export-{self.count}"
        space.bring("export")
        panel = space.panel("export")
        self.wait(lambda: panel._go.isEnabled())
        panel._folder.setText(str(folder))
        panel.export()
        self.wait(lambda: not panel._job.is_open)
        self.look("exported")
        self.s.window.table["file.card"].trigger()
        card = self.s.cards
        self.look("card-empty", card)
        card.open_for(str(folder))
        self.wait(lambda: not card._reading.is_open)
        self.look("card", card)
        card.close()
        push = PushDialog(self.s.bridge, self.s.window)
        push.show()
        self.look("push", push)
        push.close()

    def _dialogs(self) -> None:
        """All that open beside the window."""
        from PySide6.QtTest import QTest
        from PySide6.QtWidgets import QApplication

        from engine.machines.records import MachineRecord, add_machine, remove_machine
        from engine.record.home import Home

        s, home = self.s, Home.default()
        s.queue.hold(True)
        for _ in range(2):
            s.queue.add()
        add_machine(home, MachineRecord(name="box", destination="me@box.invalid"))
        for name in DIALOGS:
            before = set(QApplication.topLevelWidgets())
            s.window.table[name].trigger()
            QTest.qWait(1500 if name in ("help.updates", "run.machines") else 300)
            if name == "run.claims":
                self.wait(lambda: s.claims is not None and not s.claims._reading.is_open)
            if name == "run.survey":
                self.wait(lambda: not s.surveys._estimates.is_open)
            for opened in [w for w in QApplication.topLevelWidgets() if w.isVisible() and w not in before]:
                self.look(name.replace(".", "-"), opened)
                opened.close()
        remove_machine(home, "box")
        for entry in s.queue.waiting:
            s.queue.remove(entry.id)

    def _choosers(self) -> None:
        """The dialogs in which settings of a block are picked."""
        from engine.contracts.settings import field_of
        from engine.methods.registry import method
        from studio.choosers.pick_request import Choice

        choosers = self.s.choosers
        block = self.s.document.pipeline.block("gptq")
        for name, setting in CHOSEN.items():
            choosers.dialog, info = None, field_of(method(block.method).settings, setting)
            assert info is not None
            choosers.open(Choice(block.id, info, block.settings.get(setting), lambda picked: None))
            self.wait(lambda: choosers.dialog is not None)
            self.look(f"choose-{name}", choosers.dialog)
            choosers.dialog.close()

    def _inner_pages(self) -> Iterator[str]:
        """The other pages of Inspector, Compare and Results."""
        from PySide6.QtWidgets import QTabBar, QTabWidget

        space = self.s.window.workspace
        for name in ("inspector", "compare", "results"):
            space.bring(name)
            for tabs in space.panel(name).findChildren(QTabBar):
                if isinstance(tabs.parentWidget(), QTabWidget) or tabs.isVisible():
                    for index in filter(tabs.isTabVisible, range(1, tabs.count())):
                        tabs.setCurrentIndex(index)
                        yield f"{name}-{tabs.tabText(index).lower().replace(' ', '-')}"


def differences(picture: Path, golden: Path) -> list[str]:
    """Where two pictures differ, by squares."""
    import numpy as np
    from PySide6.QtGui import QImage

    if not golden.exists():
        return [f"no picture {golden.name} to compare with"]
    means = []
    for path in (picture, golden):
        image = QImage(str(path)).convertToFormat(QImage.Format.Format_RGB888)
        pixels = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
        pixels = pixels[:, : 3 * image.width()].reshape(image.height(), image.width(), 3)
        pixels = pixels[: image.height() // TILE * TILE, : image.width() // TILE * TILE]
        tiles = pixels.reshape(pixels.shape[0] // TILE, TILE, pixels.shape[1] // TILE, TILE, 3)
        means.append(tiles.mean(axis=(1, 3)))
    if means[0].shape != means[1].shape:
        return ["the pictures have different sizes"]
    share = float((np.abs(means[0] - means[1]).max(axis=2) > FAR).mean())
    return [f"{share:.1%} of the picture differs from {golden}"] if share > ALLOWED else []


def _screen(folder: Path, width: int, height: int, scale: float) -> Path:
    """The description of a screen of that size in units of the window: the first window fits it."""
    pixels = {"width": round(width * scale), "height": round(height * scale)}
    screen = {"name": "screen", "x": 0, "y": 0, **pixels, "dpr": 1}
    path = folder / "screen.json"
    path.write_text(json.dumps({"screens": [{**screen, "logicalDpi": 96, "logicalBaseDpi": 96}]}))
    return path


def main() -> int:
    """Take all pictures, say what is wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--size", default="1280x720")
    parser.add_argument("--scale", default="1")
    parser.add_argument("--theme", choices=("dark", "light", "contrast"), default="dark")
    parser.add_argument("--points", type=int, default=9, help="size of texts")
    parser.add_argument("--longer", action="store_true", help="texts in brackets, 40 %% longer")
    parser.add_argument("--golden", type=Path)
    parser.add_argument("--only", default="", help="beginnings of names of screens, with commas between them")
    arguments = parser.parse_args()
    width, height = map(int, arguments.size.split("x"))
    arguments.folder.mkdir(parents=True, exist_ok=True)
    screen = _screen(arguments.folder, width, height, float(arguments.scale))
    os.environ.setdefault("QT_QPA_PLATFORM", f"offscreen:configfile={screen}")
    os.environ["QT_SCALE_FACTOR"] = arguments.scale
    from PySide6.QtWidgets import QApplication

    from studio.kit.theme import theme
    from studio.shell import languages

    app = QApplication([])
    languages.install(app, "en")
    if arguments.longer:
        from tests.studio.pseudo import Pseudo

        app.installTranslator(Pseudo(app))
    only = tuple(filter(None, arguments.only.split(",")))
    screens = Screens(arguments.folder, arguments.golden, only)
    theme().choose(arguments.theme)
    theme().enlarge(arguments.points - USUAL)
    screens.s.window.resize(width, height)
    screens.s.window.workspace.resize(width, height)
    screens.s.window.workspace.arrange()
    try:
        screens.walk()
    finally:
        screens.s.document.undo_stack.setClean()
        if not screens.s.runs.is_active:
            screens.s.window.close()
        screens.s.bridge.interrupt()
        app.processEvents()
    print(f"{screens.count} screens, {len(screens.found)} found")
    return 1 if screens.found else 0


if __name__ == "__main__":
    raise SystemExit(main())
