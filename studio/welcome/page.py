"""Home: the sample, a model, the runs and files of before, and a template for each method."""

from __future__ import annotations

import os
import time
from pathlib import Path

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from engine.base.errors import StudioError
from engine.methods.base import FAMILY_TITLES, Family
from engine.pipeline.document import Pipeline
from engine.pipeline.templates import SAMPLE, Template, templates
from engine.record.folder import RunFolder
from engine.record.state import RunState
from engine.record.thumbnails import of_run
from studio.canvas.describe import icon_name
from studio.canvas.sketch import Sketch
from studio.document.home import forget_recent, recents
from studio.engine_words import engine_word
from studio.kit.layouts import FlowLayout, clear_layout, hbox, vbox
from studio.kit.theme import SPACING
from studio.kit.widgets import IconLabel, label, search_line, set_look
from studio.runs.recent_runs import RunEntry, present_words, recent_runs
from studio.runs.thumbnails import Thumbnails
from studio.welcome.tiles import Row, Tile

WIDTH = 1080
SHOWN_RECENTS = 6
LIVE_SECONDS = 1.0
"""Between two pictures of the run that goes on."""
SEARCHED = 6
"""More templates than this can be searched."""


class WelcomePage(QScrollArea):
    """Emits what was chosen; opens nothing itself."""

    pipeline_chosen = Signal(Path)
    template_chosen = Signal(Path)
    sample_chosen = Signal()
    open_model_chosen = Signal()
    fit_chosen = Signal()
    """Say the size that a model may have."""
    new_chosen = Signal()
    back_chosen = Signal()
    """Back to the pipeline that is open beside this page."""
    run_chosen = Signal(object)
    """Show the results of the run in this `RunFolder`."""
    resume_chosen = Signal(object)
    """Take it up where it stopped."""

    def __init__(self, parent: QWidget | None = None, *, template_folder: Path | None = None) -> None:
        super().__init__(parent)
        self._template_folder = template_folder
        self._run = ""
        self._name = ""
        self._going: Row | None = None
        self._drawn = 0.0
        self._thumbnails = Thumbnails(self)
        self._thumbnails.read.connect(self._on_thumbnail)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        page = QWidget(self)
        self.setWidget(page)
        self._column = QWidget(page)
        self._column.setMaximumWidth(WIDTH)
        margins = (4 * SPACING, 5 * SPACING, 4 * SPACING, 4 * SPACING)
        page.setLayout(hbox(None, (self._column, 1000), None, margins=margins))
        parts = (self._title(), self._tiles(), (self._lists(), 1), self._hint())
        self._column.setLayout(vbox(*parts, margins=0, gap=3 * SPACING))
        self.refresh()

    def show_run(self, run: RunState | None) -> None:
        """The run that goes on, on top of all others; None: there is none."""
        going = run is not None and not run.is_over
        now = (run.id, run.pipeline.name) if run is not None and going else ("", "")
        if going != (self._going is not None) or now != (self._run, self._name):
            self._run, self._name = now
            self._fill_going(run if going else None)
        elif run is not None and self._going is not None:
            self._going.show_text(present_words(run))
            if time.monotonic() >= self._drawn + LIVE_SECONDS and self.isVisible():
                self._drawn = time.monotonic()
                self._going.show_thumbnail(of_run(run))

    def _fill_going(self, run: RunState | None) -> None:
        clear_layout(self._now)
        self._going = None
        if run is not None:
            picture = Sketch.of_pipeline(run.pipeline)
            self._going = Row(picture, run.pipeline.name, present_words(run), "", self._column)
            self._going.setToolTip(self.tr("Back to the current run"))
            self._going.clicked.connect(self.back_chosen)
            self._now.addWidget(self._heading(self.tr("Running")))
            self._now.addWidget(self._going)

    def refresh(self) -> None:
        """Read the recent pipelines and runs anew."""
        self._fill_runs()
        clear_layout(self._recent)
        paths = [Path(name) for name in recents("pipelines")][:SHOWN_RECENTS]
        for path in paths:
            row = Row(_sketch_of(path), path.stem, str(path.parent), _ago(path), self._column)
            row.setProperty("path", str(path))
            row.clicked.connect(self._on_recent)
            self._recent.addWidget(row)
        if not paths:
            text = self.tr("Saved pipelines appear here.")
            empty = label(text, self._column, look="muted")
            empty.setContentsMargins(0, SPACING, SPACING, SPACING)
            self._recent.addWidget(empty)
        self._recent.addStretch(1)

    def _fill_runs(self) -> None:
        clear_layout(self._runs)
        entries = recent_runs(apart=self._run)
        for entry in entries:
            tip = self.tr("Resume where it stopped") if entry.resumable else self.tr("Show results")
            picture = Sketch.of_pipeline(entry.pipeline)
            row = Row(picture, entry.name, entry.text, entry.when, self._column, tip=tip)
            row.setProperty("entry", entry)
            row.show_thumbnail(self._thumbnails.of(entry.past.folder))
            row.clicked.connect(self._on_run)
            self._runs.addWidget(row)
        self._runs_title.setVisible(bool(entries))

    def _on_thumbnail(self, folder: Path) -> None:
        rows = [item.widget() for n in range(self._runs.count()) if (item := self._runs.itemAt(n)) is not None]
        for row in rows:
            if isinstance(row, Row) and row.property("entry").past.folder == folder:
                row.show_thumbnail(self._thumbnails.of(folder))

    def _on_run(self) -> None:
        entry: RunEntry = self.sender().property("entry")
        chosen = self.resume_chosen if entry.resumable or entry.state == "running" else self.run_chosen
        chosen.emit(RunFolder(entry.past.folder))

    def _title(self) -> QVBoxLayout:
        name = label(self.tr("Compression Studio"), self._column, size=13, bold=True)
        text = self.tr("Load a language model, build a pipeline of compression methods, run it, and export the result.")
        return vbox(name, label(text, self._column, size=2, look="muted"), gap=SPACING // 2)

    def _tiles(self) -> QBoxLayout:
        sample = self.tr("A small model and a 4-bit quantization, ready to run. It works offline and takes seconds.")
        fit = self.tr("Say how large the file may be, such as 60 MB: every layer gets the format that loses least.")
        model = self.tr("A folder, a GGUF file or a model on the hub. Weights are loaded only when needed.")
        new = self.tr("An empty canvas and all methods.")
        tiles = (
            ("sample", self.tr("Try the sample"), sample, self.sample_chosen),
            ("budget", self.tr("Fit a model to a size"), fit, self.fit_chosen),
            ("model", self.tr("Open a model"), model, self.open_model_chosen),
            ("new", self.tr("New pipeline"), new, self.new_chosen),
        )
        self._top = hbox(gap=2 * SPACING)
        for picture, title, text, chosen in tiles:
            tile = Tile(picture, title, text, self._column, primary=picture == "sample", lines=5)
            tile.clicked.connect(chosen)
            self._top.addWidget(tile, 1)
        return self._top

    def _lists(self) -> QHBoxLayout:
        self._now, self._runs, self._recent = vbox(gap=2), vbox(gap=2), vbox(gap=2)
        self._runs_title = self._heading(self.tr("Recent runs"))
        saved = self._heading(self.tr("Recent pipelines"))
        runs = (self._now, self._runs_title, self._runs)
        left = vbox(*runs, SPACING, saved, (self._recent, 1), gap=SPACING)
        title = self._heading(self.tr("Templates"))
        self._search = search_line(self.tr("Find a template"), self._column, width=230)
        self._search.textChanged.connect(self._on_search)
        self._chips = QWidget(self._column)
        self._chip_flow = FlowLayout(self._chips, SPACING // 2)
        self._none = label(self.tr("No matching templates."), self._column, look="muted")
        self._none.hide()
        right = vbox(hbox((title, 1), self._search), self._chips, self._none, gap=SPACING)
        self._fill_templates(right)
        right.addStretch(1)
        return hbox((left, 2), (right, 4), gap=4 * SPACING)

    def _heading(self, text: str) -> QLabel:
        return label(text, self._column, size=2, bold=True)

    def _fill_templates(self, column: QVBoxLayout) -> None:
        """A heading for each family with its templates, those of several families last."""
        self._templates: list[Tile] = []
        self._groups: list[TemplateGroup] = []
        usable = [t for t in templates(self._template_folder) if t.path.stem != SAMPLE]
        self._add_chip(self.tr("All"), None)
        for family, members in grouped(usable).items():
            title = engine_word(FAMILY_TITLES[family]) if family else self.tr("Combinations")
            self._add_chip(title, len(self._groups))
            tiles = []
            for template in members:
                picture = icon_name(template.telling[0].id) if template.telling else "template"
                words = engine_word(template.pipeline.name), engine_word(template.pipeline.description)
                sketch = Sketch.of_pipeline(template.pipeline)
                tile = Tile(picture, *words, self._column, stripe=family or "several", sketch=sketch)
                tile.setProperty("path", str(template.path))
                tile.setProperty("words", f"{template.words} {' '.join(words).lower()}")
                tile.clicked.connect(self._on_template)
                tiles.append(tile)
            group = TemplateGroup(title, tiles, self._column)
            column.addWidget(group)
            self._groups.append(group)
            self._templates += tiles
        many = len(self._templates) > SEARCHED
        self._search.setVisible(many)
        self._chips.setVisible(many and len(self._groups) > 1)

    def _add_chip(self, title: str, group: int | None) -> None:
        """A button that shows the templates of one family alone; all of them for None."""
        chip = QToolButton(self._chips)
        chip.setText(title)
        chip.setCheckable(True)
        chip.setAutoExclusive(True)
        chip.setChecked(group is None)
        chip.setProperty("group", group)
        chip.setCursor(Qt.CursorShape.PointingHandCursor)
        set_look(chip, "chip")
        chip.clicked.connect(self._on_search)
        self._chip_flow.addWidget(chip)

    def _on_search(self) -> None:
        """Filter templates by the typed words and the chosen family; typing searches all families again."""
        words = self._search.text().lower().split()
        chips = self._chips.findChildren(QToolButton)
        if words and self.sender() is self._search:
            chips[0].setChecked(True)
        chosen = next(chip for chip in chips if chip.isChecked()).property("group")
        matches = [g.show_only(words if chosen in (None, i) else None) for i, g in enumerate(self._groups)]
        self._none.setVisible(not any(matches))

    def _hint(self) -> QHBoxLayout:
        picture = IconLabel("drop", self._column, size=20, token="muted")
        text = self.tr("Or drop a pipeline, a model folder or a GGUF file anywhere on this window.")
        return hbox(picture, (label(text, self._column, look="muted"), 1), gap=SPACING)

    def _on_recent(self) -> None:
        path = self.sender().property("path")
        if os.path.exists(path):
            self.pipeline_chosen.emit(Path(path))
            return
        forget_recent("pipelines", path)
        self.refresh()

    def _on_template(self) -> None:
        self.template_chosen.emit(Path(self.sender().property("path")))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        narrow = self.width() < 760
        self._top.setDirection(QBoxLayout.Direction.TopToBottom if narrow else QBoxLayout.Direction.LeftToRight)


class TemplateGroup(QWidget):
    """A heading and its tiles in two columns."""

    def __init__(self, title: str, tiles: list[Tile], parent: QWidget) -> None:
        super().__init__(parent)
        self._tiles = tiles
        self._blank = QWidget(self)
        self._grid = QGridLayout()
        self._grid.setSpacing(SPACING + 2)
        self._grid.setColumnStretch(0, 1)
        self._grid.setColumnStretch(1, 1)
        name = label(title, self, look="muted")
        self.setLayout(vbox(name, self._grid, margins=(0, SPACING // 2, 0, 0), gap=SPACING // 2))
        self.show_only([])

    def show_only(self, words: list[str] | None) -> bool:
        """Show the tiles with all of these words, none for None; whether there are any."""
        fits = [tile for tile in self._tiles if all(word in tile.property("words") for word in words or ())]
        shown = [] if words is None else fits
        for tile in self._tiles:
            self._grid.removeWidget(tile)
            tile.setVisible(tile in shown)
        self._grid.addWidget(self._blank, 0, 1)  # a single tile is as wide as one of two
        self._blank.setVisible(len(shown) == 1)
        for index, tile in enumerate(shown):
            self._grid.addWidget(tile, index // 2, index % 2)
        self.setVisible(bool(shown))
        return bool(shown)


def grouped(templates: list[Template]) -> dict[Family | None, list[Template]]:
    """Templates by the family of their methods, in the order of the palette; None for those of several families."""
    groups: dict[Family | None, list[Template]] = {family: [] for family in (*FAMILY_TITLES, None)}
    for template in templates:
        groups[template.family].append(template)
    return {family: members for family, members in groups.items() if members}


def _sketch_of(path: Path) -> Sketch:
    try:
        return Sketch.of_pipeline(Pipeline.read(path))
    except StudioError:
        return Sketch()


def _ago(path: Path) -> str:
    try:
        seconds = time.time() - path.stat().st_mtime
    except OSError:
        return QCoreApplication.translate("WelcomePage", "not found")
    for name, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= size:
            return QCoreApplication.translate("WelcomePage", "saved {0} ago").format(f"{int(seconds // size)} {name}")
    return QCoreApplication.translate("WelcomePage", "saved just now")
