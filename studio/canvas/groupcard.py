"""The card of a folded group: the variants of a sweep as a stack, or several blocks as one with chosen settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from PySide6.QtCore import QCoreApplication, QObject, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from engine.contracts.grading import worst
from engine.pipeline import folding
from engine.pipeline.document import Face, Group, Pipeline
from engine.pipeline.layout import BLOCK_WIDTH, MOST_ROWS, ROW_HEIGHT
from studio.canvas.card import RESULT_TOP, BlockItem, canvas_font, write
from studio.canvas.describe import READY, BlockState
from studio.engine_words import block_name, engine_word
from studio.kit.ab_badge import paint_letter
from studio.kit.plaintext import as_plain
from studio.kit.theme import RADIUS, color
from studio.states import State, state_word

BEHIND = (3.0, 6.0)
"""Offsets in pixels of the cards behind the first one."""
_WORST: tuple[State, ...] = (
    "failed", "interrupted", "cancelling", "running", "paused", "queued", "unconfigured", "warning", "cancelled",
    "skipped", "stale", "ready",
)  # fmt: skip
"""States by priority: a group shows the first one that any of its blocks is in."""


@dataclass(frozen=True)
class Row:
    """A line of the card. ``block``: what a click on it selects, "" for none."""

    block: str
    left: str
    right: str = ""
    token: str = "muted"
    fraction: float | None = None


def state_of(states: list[BlockState]) -> BlockState:
    """The combined state of blocks: the first of `_WORST`, with their mean progress while they run."""
    names = [member.state for member in states]
    state = next((name for name in _WORST if name in names), names[0])
    badge = next((member.badge for member in states if member.badge), "")
    ended = sum(member.state in ("done", "cached", "stale") for member in states)
    fraction = None
    if state in ("running", "paused", "cancelling", "queued") and any(name != "queued" for name in names):
        fraction = (ended + sum(member.fraction or 0.0 for member in states if member.state == "running")) / len(states)
        text = QCoreApplication.translate("Canvas", "{0} of {1}").format(ended, len(states))
        return BlockState(state, fraction, text, badge)
    return BlockState(
        state, None, "", badge, grade=worst([member.grade for member in states if member.grade is not None])
    )


class _Counts(QObject):
    """Texts with a number: `lupdate` takes those of Python from `self.tr` alone."""

    def blocks(self, count: int) -> str:
        """Title of a group that has none."""
        return self.tr("%n blocks", "", count)

    def values(self, subject: str, count: int) -> str:
        """Title of a sweep over a setting."""
        return self.tr("{0}: %n values", "", count).format(subject)


def title_of(pipeline: Pipeline, group: Group) -> str:
    """The title of a group: its own, else one made from its blocks."""
    if group.kind == "macro":
        return group.title or _Counts().blocks(len(group.blocks))
    names = dict.fromkeys(engine_word(folding.setting_title(pipeline, face)) for face in group.face)
    subject = ", ".join(names) or block_name(folding.lead_of(pipeline, group))
    return _Counts().values(subject, len(group.blocks))


class GroupItem(BlockItem):
    """Stands for the blocks of a folded group, at the place of its first one. A click on a row selects one of them,
    a click elsewhere all."""

    def __init__(self, group: Group, pipeline: Pipeline) -> None:
        self.grouped, self.pipeline = group, pipeline
        self.chosen = frozenset(group.blocks)
        """Blocks of the group that are selected while the card is."""
        self.marks: Mapping[str, str] = {}
        self.rows: list[Row] = []
        self._states: dict[str, BlockState] = {}
        super().__init__(folding.lead_of(pipeline, group))

    def show_group(self, group: Group, pipeline: Pipeline) -> None:
        """Another version of the group, or of one of its blocks."""
        self.grouped, self.pipeline = group, pipeline
        if not self.chosen.issubset(group.blocks):
            self.chosen = frozenset(group.blocks)
        self.set_block(folding.lead_of(pipeline, group))

    @property
    def name(self) -> str:
        return self.grouped.id

    @property
    def ids(self) -> tuple[str, ...]:
        return self.grouped.blocks

    def refresh(self) -> None:
        """See `BlockItem`."""
        self._make_rows()
        super().refresh()
        self.ports, self.optional = folding.ports_of(self.pipeline, self.grouped), ()
        if self.grouped.kind == "macro":
            self.title = title_of(self.pipeline, self.grouped)
            self.summary = " → ".join(block_name(self.pipeline.block(name)) for name in self.ids)
        else:
            self.summary = title_of(self.pipeline, self.grouped)
        self._fit()
        self._update_tooltip()

    def _make_rows(self) -> None:
        if self.grouped.kind == "sweep":
            rows = [self._variant(name) for name in self.ids]
        else:
            rows = [self._setting(face) for face in self.grouped.face]
        if len(rows) > MOST_ROWS:
            more = QCoreApplication.translate("Canvas", "{0} more: unfold to see them").format(
                len(rows) - MOST_ROWS + 1
            )
            rows = [*rows[: MOST_ROWS - 1], Row("", more)]
        self.rows = rows

    def _setting(self, face: Face) -> Row:
        title = engine_word(folding.setting_title(self.pipeline, face))
        value = engine_word(folding.value_text(self.pipeline, face))
        return Row(face.block, title, value, "text")

    def _variant(self, name: str) -> Row:
        state, label = self._states.get(name, READY), folding.label_of(self.pipeline, self.grouped, name)
        if self.pipeline.block(name).bypassed:
            return Row(name, label, state_word("bypassed"))
        if (state.facts or state.metrics) and state.state != "stale":  # else they are of other settings than the row's
            text = "   ".join(fact.value for fact in state.facts[:2]) or state.metrics
            lost = state.grade in ("noticeable", "broken")
            return Row(name, label, text, state.look.token if lost else "text")
        more = state.text if state.state != "stale" else ""
        text = f"{state.word} {more}".strip() if state.state != "ready" else ""
        return Row(name, label, text, state.look.token, state.fraction)

    # -- what is known of its blocks ----------------------------------------------------------------------------------
    def set_states(self, states: Mapping[str, BlockState]) -> None:
        """Show what a run says of each of its blocks."""
        self._states = {name: states.get(name, READY) for name in self.ids}
        before = self.rows
        self._make_rows()
        together = state_of(list(self._states.values()))
        if self.grouped.kind == "macro":
            last = self._states[self.ids[-1]]
            together = replace(together, facts=last.facts, picture=last.picture, metrics=last.metrics, grade=last.grade)
        self.set_state(together)
        if self.rows != before:
            self._fit()
            self._redraw()

    def set_marks(self, marks: Mapping[str, str]) -> None:
        """A and B by block."""
        own = {name: mark for name, mark in marks.items() if name in self.ids}
        if own != self.marks:
            self.marks = own
            self._redraw()

    def choose(self, ids: frozenset[str]) -> None:
        """These of its blocks are selected."""
        if ids != self.chosen:
            self.chosen = ids
            self._redraw()

    # -- geometry -----------------------------------------------------------------------------------------------------
    @property
    def height(self) -> float:
        """A row for each variant or setting, and the result of a macro below."""
        return super().height + ROW_HEIGHT * len(self.rows)

    def port_at(self, scene_pos: QPointF, reach: float = 13.0) -> str | None:
        """Links are drawn from and to single blocks: none here."""
        return None

    def row_at(self, scene_pos: QPointF) -> str:
        """The block of the row at a place, "" for none."""
        number = int((scene_pos.y() - self.pos().y() - RESULT_TOP) // ROW_HEIGHT)
        return self.rows[number].block if 0 <= number < len(self.rows) else ""

    def row_place(self, block_id: str) -> QRectF | None:
        """The rectangle of a block's row on the card, None if it has none."""
        matches = (number for number, row in enumerate(self.rows) if row.block == block_id)
        return next((_line(number) for number in matches), None)

    # -- painting -----------------------------------------------------------------------------------------------------
    def _paint_card(self, painter: QPainter) -> None:
        painter.setPen(QPen(color("border"), 1.0))
        painter.setBrush(color("raised"))
        for out in reversed(BEHIND):
            path = QPainterPath()
            path.addRoundedRect(self.card().translated(out, out).adjusted(0.5, 0.5, -0.5, -0.5), RADIUS, RADIUS)
            painter.drawPath(path)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        super()._paint_card(painter)

    def _paint_result(self, painter: QPainter) -> None:
        for number, row in enumerate(self.rows):
            self._paint_row(painter, row, _line(number))
        if self.grouped.kind == "macro" and (self.state.facts or self.state.picture):
            painter.translate(0, ROW_HEIGHT * len(self.rows))
            super()._paint_result(painter)
            painter.translate(0, -ROW_HEIGHT * len(self.rows))

    def _paint_row(self, painter: QPainter, row: Row, line: QRectF) -> None:
        single = len(self.chosen) == 1 and row.block in self.chosen and self.isSelected()
        if single and self.grouped.kind == "sweep":
            painter.fillRect(line, color("accent", 0.22))
        if row.fraction is not None:
            done = QRectF(line.left(), line.bottom() - 2, line.width() * max(0.0, min(1.0, row.fraction)), 2)
            painter.fillRect(done, QColor(color(row.token)))
        inside = line.adjusted(4, 0, -4, 0)
        if mark := self.marks.get(row.block, "") if self.grouped.kind == "sweep" else "":
            painter.setFont(canvas_font(10, bold=True))
            paint_letter(painter, QRectF(inside.left() - 1, line.top() + 2, 17, 14), mark)
            inside.setLeft(inside.left() + 20)
        left, token = QRectF(inside), "text" if row.block else "muted"
        left.setWidth(inside.width() * 0.6)
        used = write(painter, left, row.left, 11, token, bold=self.grouped.kind == "sweep")
        write(painter, inside.adjusted(used + 8, 0, 0, 0), row.right, 11, row.token, right=True)

    def _update_tooltip(self) -> None:
        rows = [f"{row.left}   {row.right}".rstrip() for row in self.rows]
        self.setToolTip(as_plain("\n".join(filter(None, (self.title, self.summary, *rows, self.state.badge)))))


def _line(number: int) -> QRectF:
    """The rectangle of a row on the card."""
    return QRectF(10, RESULT_TOP + number * ROW_HEIGHT, BLOCK_WIDTH - 18, ROW_HEIGHT)
