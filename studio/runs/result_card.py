"""A card of the pipeline as Watch shows it: what is done now with its bar, then size, quality and coverage."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QCoreApplication, QRectF, QSize, Qt, Signal, SignalInstance
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFocusEvent,
    QFontMetrics,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QTextLayout,
)
from PySide6.QtWidgets import QMenu, QWidget

from engine.base.human import percent_text
from studio.canvas import describe
from studio.canvas.card import BlockItem
from studio.canvas.describe import BlockState, Fact
from studio.canvas.groupcard import GroupItem, Row
from studio.canvas.picture import paint_picture
from studio.kit.ab_badge import paint_letter
from studio.kit.icons import pixmap
from studio.kit.theme import RADIUS, color, font, scaled
from studio.kit.widgets import paint_words
from studio.states import ERRORS

LEAST_WIDTH, MOST_WIDTH, MOST_LINE = 118, 330, 440
"""Pixels of width of a card; the last one of a card of one line."""
TITLE_ROOM = 120
"""Pixels of a title for which a card is made wider; of a longer one the end is cut."""
WIDE = 172
"""Pixels of width from which a card has larger letters and the icon of its method."""
PICTURED = 260
"""Pixels of width from which there is room for the picture of a result beside its facts."""
PICTURE_WIDTH = 104
WHOLE, FACTS, SHORT, PAIR, LINE = 5, 4, 3, 2, 1
"""Lines of a card: of a whole one, of one without the line of its state, of one with a title and two facts below each
other, or beside each other, and of one where all stands beside each other. The last three have the coverage where there
is room, beside the title at best."""
SLOTS = ("98.4 MB", "× 0.999", "ppl 999.99", "+99.99")
"""The longest usual words of a card of one line, from left to right: what stands below each other is aligned."""
USUAL = (("98.4 MB", "× 0.999"), ("ppl 99.99", "+9.99"))
"""Values with their changes, as long as most are."""
LEFT, RIGHT, ABOVE = 11, 6, 6
"""Pixels around the words; the stripe of the family is in the left ones."""
PIE = 9
"""Pixels across the pie that stands before a share."""
APART = 14
"""Pixels between two facts beside each other."""
BAR = 5
GAP = 4
TINT = 0.16
"""Opacity of a color behind the change that it grades."""
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


def line_height() -> int:
    """Pixels from one line of a card to the next."""
    return QFontMetrics(font(1)).height() + 1


def paint_lines(painter: QPainter, box: QRectF, text: str, most: int, token: str) -> int:
    """Words wrapped into at most so many lines, the last one cut where they don't fit; gives the number of lines."""
    if most < 1 or not text:
        return 0
    face = font()
    sheet = QTextLayout(text.replace("\n", " "), face)
    sheet.beginLayout()
    starts = []
    while (line := sheet.createLine()).isValid():
        line.setLineWidth(box.width())
        starts.append(line.textStart())
    sheet.endLayout()
    words = sheet.text()
    for number, start in enumerate(starts[:most]):
        last = number == most - 1
        end = len(words) if last or number + 1 == len(starts) else starts[number + 1]
        line_box = QRectF(box.left(), box.top() + number * line_height(), box.width(), line_height())
        paint_words(painter, line_box, words[start:end].rstrip(), face, color(token))
    return min(most, len(starts))


def card_height(lines: int) -> int:
    """Height of a card of so many lines."""
    return lines * line_height() + (2 * ABOVE + BAR - 1 if lines > LINE else ABOVE + BAR)


def slot_widths() -> list[int]:
    """Pixels of each of `SLOTS`."""
    return [QFontMetrics(font(bold=True)).horizontalAdvance(text) + GAP for text in SLOTS]


def _mark_size() -> tuple[int, int]:
    """Width and height of A or B in a corner."""
    return scaled(18), scaled(15)


def divided(value: str) -> tuple[str, str]:
    """A value and the name before it: ("ppl ", "20.40"); ("", "69.7 MB")."""
    name, space, rest = value.partition(" ")
    named = bool(rest) and not any(letter.isdigit() for letter in name)
    return (name + space, rest) if named else ("", value)


class ResultCard(QWidget):
    """Shows what a card of the canvas knows, at a size that can be read. Keys: Enter opens the settings, 1 and 2
    choose A and B. GUI thread only."""

    chosen = Signal(str)
    """Id of a block that was clicked or reached by keys."""
    opened = Signal(str)
    """Id of a block that was double-clicked: its settings are wanted."""
    inspected = Signal(str)
    """Id of a block whose layers are wanted."""
    compared_as = Signal(str)
    """"A" or "B": the selected block becomes that."""
    stepped = Signal(int, int)
    """An arrow key: columns to the right, rows down."""

    def __init__(self, item: BlockItem, parent: QWidget) -> None:
        super().__init__(parent)
        self.item = item
        self.lines = WHOLE
        self.unseen: list[str] = []
        """Facts that had no room when it was painted: changes, or "coverage"."""
        self._larger, self._short = 0, False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.follow()

    @property
    def block(self) -> str:
        """The block that a click selects: of a group the one that is selected already, else its first."""
        chosen = [name for name in self.item.ids if self.item.isSelected() and name in self._selected()]
        return chosen[0] if len(chosen) == 1 else self.item.ids[0]

    def _selected(self) -> frozenset[str]:
        return self.item.chosen if isinstance(self.item, GroupItem) else frozenset(self.item.ids)

    @property
    def state(self) -> BlockState:
        """The state that a run says of it."""
        return self.item.state

    def facts(self) -> tuple[Fact, ...]:
        """Size, quality and coverage, as far as they are known."""
        return self.state.facts or self.state.source_facts

    def coverage(self) -> Fact | None:
        """The share of the weights that was compressed."""
        return next((fact for fact in self.facts() if fact.share is not None), None)

    def rows(self) -> list[Row]:
        """A line for each variant of a sweep."""
        item = self.item
        return item.rows if isinstance(item, GroupItem) and item.grouped.kind == "sweep" else []

    def words(self) -> str:
        """All that it shows, for screen readers."""
        facts = [f"{fact.value} {fact.change}".strip() for fact in self.facts()]
        facts += [f"{row.left} {row.right}".strip() for row in self.rows()]
        parts = (self.item.title, self.item.mark, self.state.word, self.state.activity, self.state.text, *facts)
        return ", ".join(filter(None, parts))

    def follow(self) -> None:
        """Show what the canvas knows now."""
        self.setAccessibleName(self.words())
        self.setToolTip(self.item.toolTip())
        self.update()

    # -- size ----------------------------------------------------------------------------------------------------------
    def least_width(self, lines: int) -> int:
        """Pixels of width in which no number is cut, of a card of so many lines."""
        more = 1 if lines == PAIR else 0  # these are wide, with larger letters
        bold, plain = QFontMetrics(font(more, bold=True)), QFontMetrics(font(more))
        title = min(TITLE_ROOM, bold.horizontalAdvance(self.item.title))
        if lines == LINE:
            return title + 44 + self._beside() + LEFT + RIGHT
        values, both = [], []
        for value, change in self._pairs():
            name, number = divided(value)
            values.append(plain.horizontalAdvance(name) + bold.horizontalAdvance(number))
            both.append(values[-1] + (plain.horizontalAdvance(change) + GAP if change else 0))
        needed = max(both)
        if lines == PAIR and len(both) > 1:  # the ratio of sizes is seen where there is more room
            needed = values[0] + APART + both[1]
        return max(LEAST_WIDTH, max(title, needed) + LEFT + RIGHT)

    def _pairs(self) -> list[tuple[str, str]]:
        """Values with their changes; such as are usual while they are not known, so that places stay as they are."""
        pairs = [(row.left, row.right) for row in self.rows()] or [(fact.value, fact.change) for fact in self.facts()]
        return pairs[:2] if pairs and not self.rows() else pairs or list(USUAL)

    def _beside(self) -> int:
        """Pixels that facts take beside the title: those of a source, which stands against nothing, less."""
        widths = slot_widths()
        return sum(widths) if self.item.ports else widths[0] + widths[2]

    def least_height(self, lines: int) -> int:
        """Pixels of height of a card of so many lines; a whole one has one for each variant of a sweep."""
        return card_height(max(WHOLE, 1 + len(self.rows())) if lines == WHOLE else lines)

    def sizeHint(self) -> QSize:
        return QSize(self.least_width(self.lines), self.least_height(self.lines))

    # -- painting ------------------------------------------------------------------------------------------------------
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_frame(painter)
        if self.item.block.bypassed:
            painter.setOpacity(0.6)
        box = QRectF(self.rect()).adjusted(LEFT, ABOVE if self.lines > LINE else ABOVE // 2 + 1, -RIGHT, -ABOVE)
        self._larger, self._short = 1 if self.width() >= scaled(WIDE) and self.lines > LINE else 0, False
        if self.lines > LINE and self.facts():
            self._choose_letters(box.width())
        title = QRectF(box.left(), box.top(), box.width(), line_height())
        body = box.adjusted(0, line_height(), 0, 0)
        if self.lines == LINE:
            title.setRight(box.right() - self._beside() - GAP)
        self.unseen = [] if self.lines >= FACTS or self.coverage() is None else ["coverage"]
        self._paint_title(painter, title)
        if self.lines == LINE:
            self._paint_beside(painter, QRectF(title.right() + GAP, title.top(), self._beside(), title.height()))
        elif rows := self.rows():
            self._paint_rows(painter, body, rows)
        elif self.facts():
            self._paint_facts(painter, body)
        else:
            self._paint_activity(painter, body)
        if self.item.mark:
            painter.setFont(font(bold=True))
            paint_letter(painter, QRectF(1, 1, *_mark_size()), self.item.mark)
        painter.end()

    def _paint_frame(self, painter: QPainter) -> None:
        outline = QPainterPath()
        outline.addRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), RADIUS, RADIUS)
        painter.fillPath(outline, color("surface"))
        painter.save()
        painter.setClipPath(outline)
        painter.fillRect(QRectF(0, 0, 5, self.height()), QColor(self.item.family))
        if self.state.fraction is not None:
            bar = QRectF(5, self.height() - BAR - 1, self.width() - 5, BAR)
            painter.fillRect(bar, color("raised"))
            bar.setWidth(bar.width() * max(0.0, min(1.0, self.state.fraction)))
            painter.fillRect(bar, color(self.state.look.token))
        painter.restore()
        lit = self.item.isSelected() or self.hasFocus()
        is_lit = self.state.state in (*ERRORS, "running", "cancelling") or self.state.grade == "broken"
        edge = color("accent") if lit else color(self.state.look.token if is_lit else "border")
        painter.setPen(QPen(edge, 2.0 if lit else 1.0))
        painter.drawPath(outline)

    def _paint_title(self, painter: QPainter, box: QRectF) -> None:
        line = box.adjusted(_mark_size()[0] + 5 - LEFT if self.item.mark else 0, 0, RIGHT // 2, 0)
        face, icon = font(max(self._larger, 0), bold=True), scaled(15) + 5
        title_width = QFontMetrics(face).horizontalAdvance(self.item.title)
        token = "error" if self.state.state in ERRORS else "warning"
        if self.lines == LINE or (self.lines < WHOLE and self.facts()):  # without a line for the state
            look = self.state.look
            self._paint_icon(painter, look.icon, line, look.token, right=True)
        elif self.state.badge and self.state.look.icon != token:
            self._paint_icon(painter, token, line, token, right=True)
        pictured = self.width() >= scaled(WIDE)
        if self.unseen and not (pictured and self._paint_coverage(painter, line, title_width + icon)):
            pictured = not self._paint_coverage(painter, line, title_width) and pictured
        if pictured:
            self._paint_icon(painter, describe.icon_name(self.item.block.method), line, self.item.family, right=False)
        paint_words(painter, line, self.item.title, face, color("text"))

    def _paint_coverage(self, painter: QPainter, line: QRectF, title_width: int) -> bool:
        """The coverage as a small pie and a number at the right of a line, which is shorter by it from then on; False
        if there is no room beside words of so many pixels."""
        fact, face, across = self.coverage(), font(), scaled(PIE)
        if fact is None or fact.share is None:
            return False
        for digits in (3, 2):
            text = percent_text(round(fact.share, digits))
            needed = across + GAP + QFontMetrics(face).horizontalAdvance(text)
            if title_width + GAP + needed <= line.width():
                break
        else:
            return False
        self.unseen.remove("coverage")
        pie = QRectF(line.right() - needed, line.center().y() - across / 2, across, across)
        painter.setPen(QPen(color("muted"), 1.0))
        painter.drawEllipse(pie)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color("muted"))
        painter.drawPie(pie, 90 * 16, -round(360 * 16 * fact.share))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        paint_words(painter, line, text, face, color("muted"), _RIGHT)
        line.setRight(pie.left() - GAP)
        return True

    def _paint_beside(self, painter: QPainter, box: QRectF) -> None:
        """Facts in columns, or what is being done."""
        state = self.state
        if not self.facts():
            text = ", ".join(filter(None, (f"{state.fraction:.0%}" if state.fraction else "", state.activity)))
            paint_words(painter, box, text or state.word, font(), color(state.look.token), _RIGHT)
            return
        widths = slot_widths()
        for column, fact in enumerate(self.facts()[:2]):
            value = QRectF(box.left(), box.top(), widths[2 * column], box.height())
            change = QRectF(value.right(), box.top(), widths[2 * column + 1] if self.item.ports else 0, box.height())
            face = font(bold=True)
            is_long = QFontMetrics(face).horizontalAdvance(fact.value) > value.width()
            name, number = divided(fact.short_value if is_long and fact.short_value else fact.value)
            width = paint_words(painter, value, number, face, color("text"), _RIGHT)
            paint_words(painter, value.adjusted(0, 0, -width - GAP, 0), name.strip(), font(), color("muted"), _RIGHT)
            self._paint_change(painter, change, fact)
            box.setLeft(change.right())

    def _paint_icon(self, painter: QPainter, name: str, line: QRectF, token: str, *, right: bool) -> None:
        """A small icon at an end of a line, which is shorter by it from then on."""
        size = scaled(15)
        x = line.right() - size if right else line.left()
        picture = pixmap(name, size, token, painter.device().devicePixelRatioF())
        painter.drawPixmap(round(x), round(line.center().y() - size / 2), picture)
        line.adjust(0, 0, -size - 4, 0) if right else line.adjust(size + 5, 0, 0, 0)

    def _paint_status(self, painter: QPainter, box: QRectF, text: str) -> None:
        """Icon and word of the state at the left, a time or share at the right if there is room."""
        line, look = QRectF(box.left(), box.top(), box.width(), line_height()), self.state.look
        self._paint_icon(painter, look.icon, line, look.token, right=False)
        word = paint_words(painter, line, self.state.word, font(bold=True), color(look.token))
        line.setLeft(line.left() + word + GAP)
        if QFontMetrics(font()).horizontalAdvance(text) <= line.width():
            paint_words(painter, line, text, font(), color("muted"), _RIGHT)

    def _paint_facts(self, painter: QPainter, box: QRectF) -> None:
        if self.lines == WHOLE:
            self._paint_status(painter, box, self.state.text)
            box = box.adjusted(0, line_height(), 0, 0)
        picture = self.state.picture
        area = QRectF(box.right() - PICTURE_WIDTH, box.top() + 2, PICTURE_WIDTH, 3 * line_height() - 4)
        beside = self.width() >= scaled(PICTURED) and max(self._needs()) <= area.left() - 10 - box.left()
        if picture is not None and beside and self.lines == WHOLE:
            paint_picture(painter, area, picture, QColor(self.item.family))
            box.setRight(area.left() - 10)
        for number, fact in enumerate(self.facts()[: 2 if self.lines < FACTS else None]):
            line = QRectF(box.left(), box.top() + number * line_height(), box.width(), line_height())
            if self.lines == PAIR:
                first = self._first_width(box.width())
                wide = box.width() - APART - first if number else first
                line = QRectF(box.left() + number * (first + APART), box.top(), wide, line_height())
            name, value = divided(self._value_of(fact))
            is_quiet = fact.share is not None
            for text, face, token in (
                (name, font(self._larger), "muted"),
                (value, font(self._larger - is_quiet, bold=not is_quiet), "muted" if is_quiet else "text"),
            ):
                line.setLeft(line.left() + (paint_words(painter, line, text, face, color(token)) if text else 0))
            line.setLeft(line.left() + GAP)
            self._paint_change(painter, line, fact)
            if self.lines == SHORT and "coverage" in self.unseen:
                self._paint_coverage(painter, line, 0)

    def _choose_letters(self, room: float) -> None:
        """As large as all of the facts has room, in fewer digits before that."""
        for larger, short in ((1, False), (1, True), (0, False), (0, True), (-1, True)):
            if larger > 0 and self.lines > PAIR and self.width() < scaled(WIDE):
                continue
            self._larger, self._short = larger, short
            needs = self._needs()
            if (sum(needs) + APART + 2 if self.lines == PAIR else max(needs)) <= room:
                return

    def _needs(self) -> list[int]:
        """Pixels of each of two facts, with their changes."""
        bold, plain = QFontMetrics(font(self._larger, bold=True)), QFontMetrics(font(self._larger))
        return [
            plain.horizontalAdvance(name) + bold.horizontalAdvance(number) + GAP
            + plain.horizontalAdvance(self._change_of(fact))
            for fact in self.facts()[:2]
            for name, number in (divided(self._value_of(fact)),)
        ]  # fmt: skip

    def _value_of(self, fact: Fact) -> str:
        return fact.short_value if self._short and fact.short_value else fact.value

    def _change_of(self, fact: Fact) -> str:
        return fact.short_change if self._short and fact.short_change else fact.change

    def _first_width(self, room: float) -> float:
        """Pixels of the first of two facts beside each other: half of the room, but more where it needs more and the
        second one does not."""
        needs = self._needs()
        half = (room - APART) / 2
        return min(max(half, needs[0] + 1), room - APART - needs[1] - 1) if len(needs) > 1 else half

    def _paint_change(self, painter: QPainter, line: QRectF, fact: Fact) -> None:
        """The change at the right, on its color where that says how much was lost."""
        face = font(self._larger if self.lines > LINE else 0)
        text, metrics = self._change_of(fact), QFontMetrics(face)
        if fact.short_change and metrics.horizontalAdvance(text) > line.width():
            text = fact.short_change
        width = metrics.horizontalAdvance(text)
        if not text or width > line.width():
            self.unseen += [text] if text else []
            return
        if fact.tone in ("warning", "error"):
            pill = QRectF(line.right() - width - 5, line.top() + 1, width + 8, line.height() - 2)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(color(fact.tone, TINT))
            painter.drawRoundedRect(pill, 4, 4)
            painter.setBrush(Qt.BrushStyle.NoBrush)
        paint_words(painter, line, text, face, color(fact.tone), _RIGHT)
        line.setRight(line.right() - width - 2 * GAP)

    def _paint_activity(self, painter: QPainter, box: QRectF) -> None:
        """State and share; below them what is being done and the time left, or why it failed, or its settings."""
        state = self.state
        share = f"{state.fraction:.0%}" if state.fraction else ""
        self._paint_status(painter, box, share or state.text)
        text, token = state.activity or self.item.summary, "text" if state.activity else "muted"
        if state.state in ERRORS and state.badge:
            text, token = state.badge, "error"
        left = int(box.height() // line_height()) - 1
        below = box.adjusted(0, line_height(), 0, 0)
        timed = bool(state.activity and state.text and share and left > 1)
        used = paint_lines(painter, below, text, left - timed, token)
        if timed:
            below.setTop(below.top() + used * line_height())
            below.setHeight(line_height())
            paint_words(painter, below, state.text, font(), color("muted"))

    def _paint_rows(self, painter: QPainter, box: QRectF, rows: list[Row]) -> None:
        """A line for each variant; the last one counts those that there is no room for."""
        room = max(1, int(box.height() // line_height()))
        if len(rows) > room:
            more = QCoreApplication.translate("Watch", "{0} more").format(len(rows) - room + 1)
            rows = [*rows[: room - 1], Row("", more)]
        for number, row in enumerate(rows):
            line = QRectF(box.left(), box.top() + number * line_height(), box.width(), line_height())
            if row.block and row.block in self._selected() and len(self._selected()) == 1 and self.item.isSelected():
                painter.fillRect(line.adjusted(-3, 0, 3, 0), color("accent", 0.22))
            if row.fraction is not None:
                done = QRectF(line.left(), line.bottom() - 2, line.width() * max(0.0, min(1.0, row.fraction)), 2)
                painter.fillRect(done, color(row.token))
            used = paint_words(painter, line, row.left, font(bold=bool(row.block)), color("text"))
            line.setLeft(line.left() + used + GAP)
            paint_words(painter, line, row.right, font(), color(row.token), _RIGHT)

    # -- the user ------------------------------------------------------------------------------------------------------
    def _row_at(self, y: float) -> str:
        rows = self.rows()
        number = int((y - ABOVE - line_height()) // line_height())
        return rows[number].block if 0 <= number < len(rows) else ""

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.chosen.emit(self._row_at(event.position().y()) or self.block)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.opened.emit(self._row_at(event.position().y()) or self.block)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.menu().popup(event.globalPos())

    def menu(self) -> QMenu:
        """Verbs for its block: settings, layers, A and B."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        block = self.block
        self.chosen.emit(block)
        menu.addAction(self.tr("Settings")).triggered.connect(partial(self._emit, self.opened, block))
        menu.addAction(self.tr("Inspect layers")).triggered.connect(partial(self._emit, self.inspected, block))
        menu.addSeparator()
        for letter in "AB":
            action = menu.addAction(self.tr("Compare as {letter}").format(letter=letter))
            action.triggered.connect(partial(self._emit, self.compared_as, letter))
        return menu

    def _emit(self, signal: SignalInstance, word: str, checked: bool = False) -> None:
        signal.emit(word)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps: dict[int, tuple[int, int]] = {
            Qt.Key.Key_Left: (-1, 0),
            Qt.Key.Key_Right: (1, 0),
            Qt.Key.Key_Up: (0, -1),
            Qt.Key.Key_Down: (0, 1),
        }
        if event.key() in steps:
            self.stepped.emit(*steps[event.key()])
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.opened.emit(self.block)
        elif event.key() in (Qt.Key.Key_1, Qt.Key.Key_2):
            self.chosen.emit(self.block)
            self.compared_as.emit("A" if event.key() == Qt.Key.Key_1 else "B")
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason):
            self.chosen.emit(self.block)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()
