"""The list of past runs: a picture, the name, and what came of it.."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QFontMetrics, QPainter
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from engine.contracts.metrics import metrics_words
from engine.record.history import PastRun
from engine.record.thumbnails import Thumbnail
from studio.canvas.picture import paint_picture
from studio.kit.icons import pixmap
from studio.kit.plaintext import as_plain
from studio.kit.theme import SPACING, color, font, theme
from studio.kit.widgets import paint_words
from studio.runs.thumbnails import Thumbnails
from studio.states import look_of, run_state, state_word

Index = QModelIndex | QPersistentModelIndex
RUN = Qt.ItemDataRole.UserRole
PICTURE = QSize(76, 34)
BATCH = 500
"""Rows that are laid out in one turn of the event loop."""
LIVE_MS = 5000
"""Between two looks at the events of runs that go on."""


class RunModel(QAbstractListModel):
    """Past runs, the newest first. GUI thread only."""

    pictured = Signal(QModelIndex)
    """A run has another picture: for a change of its data the list would look at all rows anew."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._runs: list[PastRun] = []
        self._rows: dict[Path, int] = {}
        """Row of each folder whose picture was wanted."""
        self.thumbnails = Thumbnails(self)
        self.thumbnails.read.connect(self._on_read)
        self._live = QTimer(self, interval=LIVE_MS)
        self._live.timeout.connect(self._look)
        self._live.start()

    def show_runs(self, runs: Sequence[PastRun]) -> None:
        """Show these."""
        self.beginResetModel()
        self._runs = list(runs)
        self._rows = {}
        self.endResetModel()

    def run(self, row: int) -> PastRun | None:
        """The run in a row, None if there is none."""
        return self._runs[row] if 0 <= row < len(self._runs) else None

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._runs)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        run = self.run(index.row())
        if run is None:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return run.name or run.id
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return ", ".join((run.name or run.id, words_of(run)))
        if role == Qt.ItemDataRole.ToolTipRole:
            return as_plain(f"{words_of(run)}\n{run.id}\n{run.folder}")
        return run if role == RUN else None

    def thumbnail(self, row: int) -> Thumbnail | None:
        """The picture of a run; None while it is read, or if there is none."""
        folder = self._runs[row].folder
        self._rows[folder] = row
        return self.thumbnails.of(folder)

    def _on_read(self, folder: Path) -> None:
        if (row := self._rows.get(folder)) is not None:
            self.pictured.emit(self.index(row))

    def _look(self) -> None:
        for row, run in enumerate(self._runs):
            if run.status == "running":
                self.thumbnail(row)


def words_of(run: PastRun) -> str:
    """State, metrics and date."""
    state = state_word(run_state(run.status), run.grade)
    return "  ·  ".join(filter(None, (state, metrics_words(run.last_metrics, {}), run.started.replace("T", " ")[:16])))


class RunDelegate(QStyledItemDelegate):
    """Picture at the left, name over state, metrics and date."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(200, max(PICTURE.height(), 2 * QFontMetrics(font()).height() + 2) + SPACING)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        run: PastRun = index.data(RUN)
        model = index.model()
        assert isinstance(model, RunModel)
        painter.save()
        rect = option.rect.adjusted(4, 1, -4, -1)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(color("raised"))
            painter.drawRoundedRect(rect, 6, 6)
        box = QRectF(rect.left() + 4, rect.center().y() - PICTURE.height() / 2 + 1, PICTURE.width(), PICTURE.height())
        thumbnail = model.thumbnail(index.row())
        if thumbnail is not None:
            hue = QColor(theme().tokens.family.get(thumbnail.family, theme().tokens.accent))
            paint_picture(painter, box, thumbnail.picture, hue)
        _, picture, token = look_of(run_state(run.status), run.grade)
        state = pixmap(picture, 16, token, painter.device().devicePixelRatioF())
        start = round(box.right()) + SPACING + 2
        painter.drawPixmap(start, rect.center().y() - 8, state)
        words = rect.adjusted(start + 16 + SPACING - rect.left(), 2, -SPACING, -2)
        paint_words(painter, words, str(index.data()), font(), color("text"), Qt.AlignmentFlag.AlignTop)
        said = words_of(run)
        paint_words(painter, words, said, font(-1), color("muted"), Qt.AlignmentFlag.AlignBottom)
        painter.restore()


def run_list(parent: QWidget) -> tuple[QListView, RunModel]:
    """The list with its model."""
    view, model = QListView(parent), RunModel(parent)
    view.setModel(model)
    view.setItemDelegate(RunDelegate(view))
    view.setUniformItemSizes(True)
    view.setLayoutMode(QListView.LayoutMode.Batched)  # ten thousand rows at once take longer than a frame
    view.setBatchSize(BATCH)
    model.pictured.connect(view.update)
    view.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
    return view, model
