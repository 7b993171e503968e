"""Before a run: problems that were found, and what it will cost next to what is free."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QListWidget, QListWidgetItem, QScrollArea, QWidget

from engine.base.human import bytes_text, duration_text
from engine.contracts.commands import QUIET, Checked
from engine.contracts.problem import Problem
from studio.kit.icons import icon
from studio.kit.layouts import clear_layout, vbox
from studio.kit.theme import SPACING
from studio.kit.widgets import ElidedLabel, EmptyState, Meter, PlainLabel, label, set_look


def about_text(seconds: float) -> str:
    """Words for a time that is estimated."""
    text = _short(seconds)
    return text if text.startswith("<") else f"≈ {text}"


def _short(seconds: float) -> str:
    return duration_text(seconds) if seconds >= 0.05 else "< 0.1 s"


class PlanView(QScrollArea):
    """The estimate: memory and disk as meters, time, and a line for each block."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        page = QWidget(self)
        self.setWidget(page)
        text = self.tr("Check (F7) estimates the memory, disk space and time of a run.")
        self._hint = EmptyState("check", self.tr("No estimate yet"), text, page)
        self._where = label("", page, look="muted")
        self._memory = Meter("memory", self.tr("Peak memory"), page)
        self._disk = Meter("disk", self.tr("Disk"), page)
        self._time = Meter("time", self.tr("Time"), page)
        self._rows = QWidget(page)
        self._grid = QGridLayout(self._rows)
        self._grid.setContentsMargins(0, SPACING, 0, 0)
        self._grid.setHorizontalSpacing(2 * SPACING)
        self._grid.setVerticalSpacing(SPACING // 2)
        self._grid.setColumnStretch(0, 1)
        self._shown = (self._where, self._memory, self._disk, self._time, self._rows)
        margins = (SPACING + 4, SPACING, SPACING + 4, SPACING)
        page.setLayout(vbox(self._hint, *self._shown, None, margins=margins, gap=SPACING // 2))
        self.show_plan(None, {})

    def show_plan(self, checked: Checked | None, titles: dict[str, str], machine: str = "") -> None:
        """Show an estimate; ``titles`` are the names of the blocks by id. ``machine``: the one that it is for, "" for
        this computer."""
        self._hint.setVisible(checked is None)
        for widget in self._shown:
            widget.setVisible(checked is not None)
        self._where.setText(self.tr("Estimated on {0}, for its device.").format(machine))
        self._where.setVisible(checked is not None and bool(machine))
        if checked is None:
            return
        memory, disk, seconds = checked.needs()
        of = self.tr("{need} of {free} free")
        in_use = checked.engine_memory
        needed = (self.tr("{need}, {free} free") if in_use else of).format(
            need=bytes_text(memory), free=bytes_text(checked.free_memory)
        )
        tip = self.tr("{0} of it is in use already.").format(bytes_text(in_use)) if in_use else ""
        self._memory.show_value(needed, max(0, memory - in_use) / max(checked.free_memory, 1), tip)
        self._disk.show_value(
            of.format(need=bytes_text(disk), free=bytes_text(checked.free_disk)), disk / max(checked.free_disk, 1)
        )
        nothing = not checked.measuring and not any(block not in checked.cached for block in checked.estimates)
        self._time.show_value(self.tr("no new blocks") if nothing else self._both(seconds, checked.slowdown), 0)
        self._fill(checked, titles)

    def _both(self, seconds: float | None, slowdown: float) -> str:
        """On a quiet machine, and as it is now where that differs."""
        if seconds is None:
            return self.tr("unknown until it runs")
        quiet, now = about_text(seconds), about_text(slowdown * seconds)
        if slowdown <= QUIET or now == quiet:
            return quiet
        return self.tr("{now} ({quiet} if idle)").format(quiet=quiet, now=now)

    def _fill(self, checked: Checked, titles: dict[str, str]) -> None:
        clear_layout(self._grid)
        for column, title in enumerate((self.tr("Block"), self.tr("File"), self.tr("Memory"), self.tr("Time"))):
            self._cell(0, column, title, muted=True)
        for row, (block, (disk, memory, seconds)) in enumerate(checked.estimates.items(), start=1):
            self._cell(row, 0, titles.get(block, block))
            if block in checked.cached:
                self._cell(row, 1, bytes_text(disk), muted=True)
                self._cell(row, 2, self.tr("cached"), muted=True)
                continue
            self._cell(row, 1, bytes_text(disk))
            self._cell(row, 2, bytes_text(memory))
            self._cell(row, 3, _short(seconds) if seconds is not None else "–")
        if checked.measuring:
            last = len(checked.estimates) + 1
            self._cell(last, 0, self.tr("Evaluation"))
            self._cell(last, 2, bytes_text(checked.measuring_memory))
            self._cell(last, 3, _short(checked.measuring))

    def _cell(self, row: int, column: int, text: str, muted: bool = False) -> None:
        cell = PlainLabel(text, self._rows) if column else ElidedLabel(text, self._rows)
        if muted:
            set_look(cell, "muted")
        if column:
            self._grid.addWidget(cell, row, column, Qt.AlignmentFlag.AlignRight)
        else:
            self._grid.addWidget(cell, row, column)


class ProblemList(QListWidget):
    """Errors first, then warnings; choosing one chooses its block."""

    block_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWordWrap(True)
        self.setAccessibleName(self.tr("Problems"))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._empty = label(self.tr("No problems."), self, look="muted")
        self._empty.move(SPACING + 4, SPACING + 2)
        self.itemClicked.connect(self._on_chosen)
        self.itemActivated.connect(self._on_chosen)

    def show_problems(self, problems: list[Problem], titles: dict[str, str]) -> None:
        """List them."""
        self.clear()
        self._empty.setVisible(not problems)
        for problem in sorted(problems, key=lambda problem: problem.severity):
            name = titles.get(problem.block or "", "")
            said = str(problem)  # which names its block itself, as a rule
            item = QListWidgetItem(f"{name}: {said}" if name and not said.startswith(name) else said, self)
            item.setIcon(icon(problem.severity, problem.severity))
            item.setData(Qt.ItemDataRole.UserRole, problem.block)

    def _on_chosen(self, item: QListWidgetItem) -> None:
        block = item.data(Qt.ItemDataRole.UserRole)
        if block:
            self.block_chosen.emit(block)
