"""The upper part of Watch: the cards of a pipeline in rows, and the canvas as a map that leads back to it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QAction, QFocusEvent, QPainter, QPainterPath, QPaintEvent, QPen, QShowEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QSizePolicy, QToolButton, QWidget

from engine.pipeline.document import Pipeline
from engine.pipeline.layout import grid
from studio.canvas.card import BlockItem
from studio.canvas.minimap import WholeMap
from studio.canvas.scene import PipelineScene
from studio.document.document import Document
from studio.kit.focus import pass_focus
from studio.kit.layouts import hbox, vbox
from studio.kit.theme import SPACING, color, measured, scaled, theme
from studio.kit.widgets import single_shot, size_icons
from studio.runs.result_card import FACTS, LINE, MOST_LINE, MOST_WIDTH, PAIR, SHORT, WHOLE, ResultCard

ACROSS, DOWN = 8, 8
"""Pixels between the cards of a row, and between rows; links run there."""
PAD = 6
ROOMY = 240
"""Pixels of width of a column from which the coverage has room beside a title."""
SIDE = 120
"""Pixels of width of the map and of the button above it."""


MORE = 0.08
"""Share of the height by which the cards may have more than they should, so that none of them has to be scrolled to."""
LEAST_HEIGHT = 104
"""Pixels of height in which the button and a map below it have room."""


class ResultCards(QWidget):
    """The cards in their grid, as large as they need and not smaller than what is seen."""

    chosen = Signal(str)
    opened = Signal(str)
    inspected = Signal(str)
    compared_as = Signal(str)
    """See `ResultCard`, all four."""
    reached = Signal(QWidget)
    """The card that has to be in view."""

    def __init__(self, scene: PipelineScene, parent: QWidget) -> None:
        super().__init__(parent)
        self._scene = scene
        self.cards: dict[str, ResultCard] = {}
        """By the block that stands for each card, in the order of the rows."""
        self._cells: dict[str, tuple[int, int]] = {}
        self._joints: list[tuple[str, str]] = []
        """Pairs of cards that a link joins."""

    def show_pipeline(self, pipeline: Pipeline) -> None:
        """A card for everything that the canvas shows; those that are there already stay."""
        self._cells = grid(pipeline)
        former, self.cards = self.cards, {}
        for block in self._cells:
            item = self._scene.shown(block)
            card = former.pop(block, None)
            if card is None or card.item is not item:
                self._drop(card)
                card = self._create(item)
            self.cards[block] = card
        for card in former.values():
            self._drop(card)
        shown = {name: block for block, card in self.cards.items() for name in card.item.ids}
        pairs = [(shown[link.source], shown[link.target]) for link in pipeline.links]
        self._joints = [pair for pair in dict.fromkeys(pairs) if pair[0] != pair[1]]
        last: QWidget | None = None
        for card in self.cards.values():
            if last is not None:
                QWidget.setTabOrder(last, card)
            last = card
            card.follow()

    def _create(self, item: BlockItem) -> ResultCard:
        card = ResultCard(item, self)
        for mine, its in (
            (self.chosen, card.chosen),
            (self.opened, card.opened),
            (self.inspected, card.inspected),
            (self.compared_as, card.compared_as),
        ):
            its.connect(mine)
        card.stepped.connect(self._on_step)
        card.show()
        return card

    def _drop(self, card: ResultCard | None) -> None:
        if card is not None:
            card.hide()
            card.deleteLater()

    def card_of(self, block: str) -> ResultCard | None:
        """The card that shows a block."""
        return next((card for card in self.cards.values() if block in card.item.ids), None)

    # -- size and places -----------------------------------------------------------------------------------------------
    def _heights(self, lines: int) -> list[int]:
        """Pixels of each row of cards with so many lines."""
        heights = [0] * (1 + max((row for _, row in self._cells.values()), default=-1))
        for block, (_, row) in self._cells.items():
            heights[row] = max(heights[row], self.cards[block].least_height(lines))
        return heights

    def _widths(self, lines: int) -> list[int]:
        """Pixels of each column at least."""
        widths = [0] * (1 + max((column for column, _ in self._cells.values()), default=-1))
        for block, (column, _) in self._cells.items():
            widths[column] = max(widths[column], self.cards[block].least_width(lines))
        return widths

    def needed(self, lines: int) -> QSize:
        """Pixels of all rows of cards with so many lines."""
        down, across = self._heights(lines), self._widths(lines)
        height = sum(down) + _between(lines) * max(0, len(down) - 1) + 2 * PAD
        return QSize(sum(across) + ACROSS * max(0, len(across) - 1) + 2 * PAD, height)

    def lines_within(self, room: QSize) -> int:
        """As many lines as all rows have room for; where there are too many rows, as few as the columns allow."""
        across = room.width() // max(1, len(self._widths(WHOLE)))
        lines = [WHOLE, *([FACTS] if across < scaled(ROOMY) else []), SHORT]
        lines += [few for few in (PAIR, LINE) if self.needed(few).width() <= room.width()]
        return next((few for few in lines if self.needed(few).height() <= room.height()), lines[-1])

    def arrange(self, room: QSize) -> None:
        """Place all cards; columns share the width. ``room``: pixels in view."""
        lines = self.lines_within(room)
        heights, widths = self._heights(lines), self._widths(lines)
        gaps = ACROSS * max(0, len(widths) - 1) + 2 * PAD
        most = scaled(MOST_WIDTH if lines > LINE else MOST_LINE)
        spare = max(0, room.width() - gaps - sum(widths)) // max(1, len(widths))
        even = (room.width() - gaps) // max(1, len(widths))
        if even >= max(widths, default=0):  # equal columns look calmer where there is room
            widths = [max(width, min(most, even)) for width in widths]
        else:
            widths = [max(width, min(most, width + spare)) for width in widths]
        lefts = [PAD + sum(widths[:n]) + ACROSS * n for n in range(len(widths))]
        tops = [PAD + sum(heights[:n]) + _between(lines) * n for n in range(len(heights))]
        for block, (column, row) in self._cells.items():
            card = self.cards[block]
            card.lines = lines
            card.setGeometry(lefts[column], tops[row], widths[column], heights[row])
            card.update()
        self.setFixedSize(sum(widths) + gaps, max(self.needed(lines).height(), room.height()))
        self.update()

    # -- links ---------------------------------------------------------------------------------------------------------
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(color("muted", 0.75), 1.6))
        for first, second in self._joints:
            painter.drawPath(_elbow(QRectF(self.cards[first].geometry()), QRectF(self.cards[second].geometry())))
        painter.end()

    # -- keys ----------------------------------------------------------------------------------------------------------
    def _on_step(self, right: int, down: int) -> None:
        """The nearest card in a direction."""
        here = next((block for block, card in self.cards.items() if card.hasFocus()), None)
        if here is None:
            return
        column, row = self._cells[here]
        ahead = [
            (abs(c - column) + 3 * abs(r - row) if right else abs(r - row) + 3 * abs(c - column), block)
            for block, (c, r) in self._cells.items()
            if (c - column) * right + (r - row) * down > 0
        ]
        if ahead:
            card = self.cards[min(ahead)[1]]
            card.setFocus(Qt.FocusReason.ShortcutFocusReason)
            self.reached.emit(card)
            self.chosen.emit(card.block)


def _between(lines: int) -> int:
    """Pixels between rows."""
    return DOWN if lines > PAIR else DOWN // 2


def _elbow(first: QRectF, second: QRectF) -> QPainterPath:
    """A line from the right of a card to the left of another, which turns in the gap before it."""
    start, end = QPointF(first.right() + 1, first.center().y()), QPointF(second.left(), second.center().y())
    path = QPainterPath(start)
    turn = start.x() + ACROSS / 2
    path.lineTo(turn, start.y())
    path.lineTo(turn, end.y())
    path.lineTo(end)
    return path


class WatchPage(QWidget):
    """Follows the canvas while it is seen, and changes nothing itself. GUI thread only."""

    chosen = Signal(str)
    opened = Signal(str)
    inspected = Signal(str)
    compared_as = Signal(str)
    """See `ResultCard`, all four."""
    rearranged = Signal()
    """There are other cards than before: they may need another height."""

    def __init__(self, document: Document, scene: PipelineScene, back: QAction, parent: QWidget) -> None:
        """``back``: leaves Watch; it is the button above the map, and what a double click on the map does."""
        super().__init__(parent)
        self._document, self._scene = document, scene
        self._is_outdated = True
        self._working = ""
        """The block that was at work last: its card is brought into view once."""
        self.cards = ResultCards(scene, self)
        self.back = QToolButton(self)
        self.back.setDefaultAction(back)
        size_icons(self.back, 16)
        self.back.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.back.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.map = WholeMap(self)
        measured(self.map, lambda overview: overview.setMaximumWidth(self._side_width()))
        self.map.setToolTip(self.tr("Double-click to go back to the canvas"))
        self.area = QScrollArea(self)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.area.setWidget(self.cards)
        self.area.viewport().installEventFilter(self)
        side = QWidget(self)
        measured(side, lambda side: side.setFixedWidth(self._side_width()))
        side.setLayout(vbox(self.back, (self.map, 1), margins=(0, PAD, 0, PAD), gap=SPACING // 2))
        self.setLayout(hbox(side, (self.area, 1), margins=(SPACING, 0, 0, 0), gap=2))
        self.setMinimumHeight(LEAST_HEIGHT)
        self.setAccessibleName(self.tr("Results of the pipeline's blocks"))
        self._states: dict[str, str] = {}
        """States of blocks when their cards were placed."""
        self._later = single_shot(self.refresh, self)
        self._most, self._has_requested = 0, False
        """Pixels of height that it may have, and whether more was asked for after results came."""
        self._arrange_later = single_shot(self._settle, self)
        self._map_later = single_shot(self._show_map, self)
        self._connect(back)

    def _side_width(self) -> int:
        """The button is whole in every language."""
        return max(scaled(SIDE), self.back.sizeHint().width())

    def _connect(self, back: QAction) -> None:
        for mine, its in (
            (self.chosen, self.cards.chosen),
            (self.opened, self.cards.opened),
            (self.inspected, self.cards.inspected),
            (self.compared_as, self.cards.compared_as),
        ):
            its.connect(mine)
        self.cards.reached.connect(self._bring)
        self.map.opened.connect(back.trigger)
        self.map.pressed.connect(self._on_map)
        self._document.changed.connect(self._on_changed)
        self._scene.state_changed.connect(self._on_state)
        self._scene.selectionChanged.connect(self.follow)
        theme().changed.connect(self._on_changed)

    # -- in step with the canvas ---------------------------------------------------------------------------------------
    def _on_changed(self, *_: object) -> None:
        self._is_outdated = True
        if self.isVisible():
            self._later.start()

    def follow(self) -> None:
        """Show the selection, and A and B, as the canvas has them."""
        if self.isVisible():
            for card in self.cards.cards.values():
                card.follow()
            self._map_later.start()

    def _on_state(self, block: str) -> None:
        card = None if self._is_outdated or not self.isVisible() else self.cards.card_of(block)
        if card is None:
            self._on_changed()
            return
        card.follow()
        if card.width() < card.least_width(card.lines):
            self._arrange()
        elif self._states.get(block) != card.state.state:  # with a result it may need less room
            self._states[block] = card.state.state
            self._arrange_later.start()
        if card.state.state == "running" and block != self._working:
            self._working = block
            self._bring(card)
        self._map_later.start()

    def _bring(self, card: QWidget) -> None:
        self.area.ensureWidgetVisible(card, ACROSS, PAD)

    def _on_map(self, position: QPointF) -> None:
        """The card of the block at a place of the canvas."""
        item = self._scene.thing_at(position)
        if isinstance(item, BlockItem) and (card := self.cards.card_of(item.ids[0])) is not None:
            self._bring(card)
            self.chosen.emit(card.block)

    def refresh(self) -> None:
        """Make the cards anew where the pipeline is another one, and draw all."""
        self._is_outdated = False
        self.cards.show_pipeline(self._document.pipeline)
        self._arrange()
        self._show_map()
        self.rearranged.emit()

    def _arrange(self) -> None:
        self.cards.arrange(self.area.viewport().size())

    def _settle(self) -> None:
        """Results need another height than blocks that wait: ask for it, once, so that a height that a person chose
        stays."""
        self._arrange()
        lacks = self._most and self.height_within(self._most) > self.height()
        if lacks and not self._has_requested:
            self._has_requested = True
            self.rearranged.emit()

    def _show_map(self) -> None:
        scene = self._scene
        self.map.show_all([card for card in (*scene.blocks.values(), *scene.groups.values()) if card.isVisible()])

    def height_within(self, most: int) -> int:
        """Pixels of height that it needs for all rows, no more than ``most``: cards have fewer lines then."""
        self._most = most
        if self._is_outdated:
            self.refresh()
        across = self.area.viewport().width()
        lines = self.cards.lines_within(QSize(across, most))
        if lines < SHORT:  # a little more height may show much more
            lines = self.cards.lines_within(QSize(across, int((1 + MORE) * most)))
        size = self.cards.needed(lines)
        bar = self.area.horizontalScrollBar().sizeHint().height() if size.width() > across else 0
        needed = size.height() + bar
        return max(LEAST_HEIGHT, needed if needed <= (1 + MORE) * most else most)

    def focus_first(self) -> None:
        """Give the focus to the selected card, else to the first one."""
        cards = list(self.cards.cards.values())
        card = next((card for card in cards if card.item.isSelected()), cards[0] if cards else self.back)
        pass_focus(card)

    def focusInEvent(self, event: QFocusEvent) -> None:
        self.focus_first()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._has_requested = False
        self.refresh()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """There is room for more, or for less."""
        if event.type() == QEvent.Type.Resize and not self._is_outdated:
            self._arrange()
        return False
