"""The blocks of a run as a table: state, progress, time, metrics."""

from __future__ import annotations

import time
from typing import Any, get_args

from PySide6.QtCore import (
    QModelIndex,
    QObject,
    QRectF,
    Qt,
    Signal,
)
from PySide6.QtGui import QPainter, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QHeaderView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QTableView, QWidget

from engine.base.human import bytes_text, duration_text
from engine.contracts.events import State as Stated
from engine.contracts.grading import Graded
from engine.contracts.metrics import metric_text, quality_of
from engine.record.state import BlockRun, RunState
from studio.engine_words import metric_name, remaining_time, result_name, work_words
from studio.kit.icons import icon, pixmap
from studio.kit.tables import NUMBERS, WORDS, Cell, CellsModel, Index, dress
from studio.kit.theme import color, font, measured, scaled, theme
from studio.kit.widgets import paint_words, size_icons
from studio.states import GRADE_LOOKS, GRADE_TOKENS, Look, look_of, state_word

BLOCK, STATE, PROGRESS, TIME, QUALITY, SIZE, BITS = range(7)
ROW = 30
WIDTHS = {STATE: 108, TIME: 0, QUALITY: 92, SIZE: 72, BITS: 56}
"""Of the columns that do not grow, in pixels, that of times after `LONGEST`; name and progress share what is left. Of a
run that is over they are as wide as what stands in them."""
NARROW = 760
"""Pixels of width below which a block that runs has only the time that is left."""
LONGEST = {True: "59 min 59 s left", False: "59 min 59 s, 59 min 59 s left"}
"""Times as long as they get, where the table is narrow and where not."""
LEAST_NAME, MOST_NAME, LEAST_PROGRESS = 120, 260, 96
"""Pixels of width that the names of blocks and their progress have at least. A narrow table drops columns and the words
of states, which have icons, until all names are whole; it drops none for what is longer than the second one."""
AROUND = 24
"""Pixels beside a text in its cell, at most."""


class BlockModel(CellsModel):
    """Rows are the blocks of `RunState` in the order they run."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._index: dict[str, int] = {}
        self._run: RunState | None = None
        self.narrow = False
        self._wordless = False
        """True where there is no room for words of states beside their icons."""
        self.titles = (
            self.tr("Block"),
            self.tr("State"),
            self.tr("Progress"),
            self.tr("Time"),
            self.tr("Quality"),
            self.tr("Size"),
            self.tr("Bits"),
        )

    def show_run(self, run: RunState | None) -> None:
        """Show another run, or none."""
        self.beginResetModel()
        self._run = run
        self.rows = list(run.blocks.values()) if run is not None else []
        self._index = {block.id: row for row, block in enumerate(self.rows)}
        self.endResetModel()

    def show_words(self, on: bool) -> None:
        """Show words of states beside their icons, or the icons alone."""
        if self._wordless is on:
            self._wordless = not on
            self._forget()
            self.dataChanged.emit(self.index(0, STATE), self.index(len(self.rows) - 1, STATE))
            self.headerDataChanged.emit(Qt.Orientation.Horizontal, STATE, STATE)

    def block(self, row: int) -> BlockRun:
        """The block of a row."""
        entry: BlockRun = self.rows[row]
        return entry

    def touch(self, block_id: str) -> None:
        """A block changed."""
        row = self._index.get(block_id)
        if row is not None:
            self.dataChanged.emit(self.index(row, 0), self.index(row, BITS))
            self.headerDataChanged.emit(Qt.Orientation.Horizontal, QUALITY, QUALITY)

    def tick(self) -> None:
        """Let the clocks of the running blocks go on."""
        for block in self.rows:
            if block.state == "running":
                self.touch(block.id)

    def width(self) -> int:
        return len(self.titles)

    def side(self, column: int) -> Qt.AlignmentFlag:
        return NUMBERS if column >= TIME else WORDS

    def head(self, column: int) -> Cell:
        """Of quality: perplexity, or what encoders have in its place."""
        names = {name for block in self.rows if (name := quality_of(block.metrics))}
        named = column == QUALITY and len(names) == 1
        if column == STATE and self._wordless:
            return Cell("", self.titles[column])
        return Cell(metric_name(next(iter(names))) if named else self.titles[column])

    def cell(self, row: int, column: int) -> Cell:
        block = self.block(row)
        tone = self._look(block).token if column == STATE else None
        graded = self._graded(block)
        if column == QUALITY and graded is not None and graded.grade != "good":
            tone = GRADE_TOKENS[graded.grade]
        return Cell(self._text(block, column), self._tip(block, column), tone)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role == Qt.ItemDataRole.DecorationRole and index.column() == STATE:
            _, picture, token = self._look(self.block(index.row()))
            return icon(picture, token)
        if role == Qt.ItemDataRole.AccessibleTextRole and index.column() == STATE:
            return self.word(self.block(index.row()))
        return super().data(index, role)

    def word(self, block: BlockRun) -> str:
        """The state of a block in a word."""
        graded = self._graded(block)
        return state_word(block.shown_state, graded.grade if graded is not None else None)

    def _graded(self, block: BlockRun) -> Graded | None:
        return self._run.grade(block) if self._run is not None else None

    def _look(self, block: BlockRun) -> Look:
        graded = self._graded(block)
        return look_of(block.shown_state, graded.grade if graded is not None else None)

    def _text(self, block: BlockRun, column: int) -> str:
        metrics = block.metrics
        if column == BLOCK:
            return result_name(block.successor or block.title)
        if column == STATE:
            return "" if self._wordless else self.word(block)
        if block.successor is not None:
            return ""  # what ran here was a block of another method
        if column == PROGRESS:
            failure = block.failure if block.state == "failed" else None
            return failure.what if failure is not None else block.note or work_words(block.text)
        if column == TIME:
            return time_text(block, narrow=self.narrow)
        if column == QUALITY:
            name = quality_of(metrics)
            return "" if name is None else metric_text(name, metrics, block.protocol)
        if column == SIZE:
            return bytes_text(metrics["size_bytes"]) if "size_bytes" in metrics else ""
        return f"{metrics['bits_per_weight']:.2f}" if "bits_per_weight" in metrics else ""

    def _tip(self, block: BlockRun, column: int) -> str:
        if block.successor is not None:
            return self.tr("“{0}” ran here. This block has not run yet.").format(result_name(block.title))
        if column in (STATE, QUALITY) and (graded := self._graded(block)) is not None and graded.grade != "good":
            return "\n".join((graded.reason, *block.warnings))
        if column == QUALITY and block.protocol:
            return "\n".join(f"{name}: {value}" for name, value in block.protocol.items())
        if block.state == "failed" and block.failure is not None:
            return str(block.failure)
        if block.warnings:
            return "\n".join(block.warnings)
        if block.stale:
            return self.tr("The pipeline changed after this run. Run it again.")
        return self.word(block) if column == STATE and self._wordless else work_words(block.text)


def time_text(block: BlockRun, *, narrow: bool = False) -> str:
    """Elapsed time and time left: ``"12 s, 40 s left"``; only the time left where it is ``narrow``."""
    now = time.time()
    seconds = block.seconds(now)
    passed = duration_text(seconds) if seconds else ""
    remaining = remaining_time(block.left_text(now))
    if not remaining:
        return passed
    return f"{passed}, {remaining}" if passed and not narrow else remaining


class BlockTable(QTableView):
    """The table; choosing a row chooses the block on the canvas."""

    block_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.blocks = BlockModel(self)
        self.setModel(self.blocks)
        dress(self, self.tr("Blocks of the run"))
        self.setItemDelegateForColumn(PROGRESS, _ProgressDelegate(self))
        self.setSelectionMode(QTableView.SelectionMode.SingleSelection)
        size_icons(self, 15)
        measured(self, lambda table: table.verticalHeader().setDefaultSectionSize(scaled(ROW)))
        header = self.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setMinimumSectionSize(36)
        self._over, self._quiet = False, False
        self.blocks.modelReset.connect(self._size_columns)
        header.setSectionResizeMode(PROGRESS, QHeaderView.ResizeMode.Stretch)
        self.clicked.connect(self._on_clicked)
        self.activated.connect(self._on_clicked)
        theme().changed.connect(self._size_columns)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._size_columns()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._size_columns()

    def _size_columns(self) -> None:
        if not self.isVisible():  # its size is none that anybody gave it
            return
        wide = self.viewport().width()
        self.blocks.narrow = wide < NARROW
        widths = {column: self._needed(column, width) for column, width in WIDTHS.items()}
        names = self.sizeHintForColumn(BLOCK) + AROUND // 2
        least = max(LEAST_NAME, min(names, scaled(MOST_NAME))) + (0 if self._quiet else LEAST_PROGRESS)
        for column in (BITS, STATE, SIZE) if self._over else (BITS, SIZE, STATE):  # a running block has no size yet
            lacks = wide - sum(widths.values()) < least
            if column == STATE:
                self.blocks.show_words(not lacks)
                widths[STATE] = self.iconSize().width() + AROUND if lacks else widths[STATE]
            else:
                self.setColumnHidden(column, lacks)
                widths[column] = 0 if lacks else widths[column]
        for column, width in widths.items():
            if width:
                self.setColumnWidth(column, width)
        rest = wide - sum(widths.values())
        self.setColumnWidth(BLOCK, max(LEAST_NAME, min(names, rest - LEAST_PROGRESS), round(0.4 * rest)))

    def _needed(self, column: int, width: int) -> int:
        """Pixels that a column needs; while a run goes on and its texts change they are the longest ones, or
        ``width``."""
        if column == STATE:
            return max(scaled(width) if not self._over else 0, self._widest_state())
        if column == TIME and not self._over:
            return self.fontMetrics().horizontalAdvance(LONGEST[self.blocks.narrow]) + AROUND
        if not self._over:
            return scaled(width)
        return max(self.sizeHintForColumn(column), self.horizontalHeader().sectionSizeHint(column))

    def _widest_state(self) -> int:
        """Pixels that the longest word of a state needs beside its icon, of those that there may be."""
        words = list(map(self.blocks.word, self.blocks.rows))
        if not self._over:
            words = [state_word(state) for state in get_args(Stated)]
            words += [state_word("done", grade) for grade in GRADE_LOOKS]
        widest = max(map(self.fontMetrics().horizontalAdvance, words), default=0) + self.iconSize().width()
        return max(widest, self.fontMetrics().horizontalAdvance(self.blocks.titles[STATE])) + AROUND

    def fit(self, *, over: bool) -> None:
        """After a run that left nothing to say the names have the room of the progress."""
        rows = range(self.blocks.rowCount())
        said = any(self.blocks.index(row, PROGRESS).data() or self.blocks.block(row).warnings for row in rows)
        quiet = over and not said
        if quiet != self.isColumnHidden(PROGRESS):
            self.setColumnHidden(PROGRESS, quiet)
            modes = QHeaderView.ResizeMode
            self.horizontalHeader().setSectionResizeMode(BLOCK, modes.Stretch if quiet else modes.Interactive)
        if (over, quiet) != (self._over, self._quiet):
            self._over, self._quiet = over, quiet
            self._size_columns()

    def _on_clicked(self, index: QModelIndex) -> None:
        self.block_chosen.emit(self.blocks.block(index.row()).id)


class _ProgressDelegate(QStyledItemDelegate):
    """A bar above the words of what is being done; words alone when there is nothing to measure."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        model = index.model()
        assert isinstance(model, BlockModel)
        block = model.block(index.row())
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(option.rect, color("raised"))
        if block.successor is not None:
            return
        rect = option.rect.adjusted(4, 0, -10, 0)
        running = block.state in ("running", "paused", "cancelling")
        text = index.data(Qt.ItemDataRole.DisplayRole) or ""
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if running:
            bar = QRectF(rect.left(), rect.bottom() - 7, rect.width(), 4)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(color("border"))
            painter.drawRoundedRect(bar, 2, 2)
            bar.setWidth(max(4.0, bar.width() * block.fraction))
            painter.setBrush(color("running" if block.state == "running" else "warning"))
            painter.drawRoundedRect(bar, 2, 2)
            rect.adjust(0, 0, 0, -6)
            text = f"{block.fraction:.0%}  {text}" if block.fraction else text
        if block.warnings and not running and block.state != "failed":
            ratio = painter.device().devicePixelRatioF()
            painter.drawPixmap(rect.left(), rect.center().y() - 6, pixmap("warning", 13, "warning", ratio))
            rect.adjust(18, 0, 0, 0)
            text = block.warnings[-1]
        paint_words(painter, rect, text, font(-1), color("error" if block.state == "failed" else "muted"))
        painter.restore()
