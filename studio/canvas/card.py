"""A block as a card on the canvas. It follows the document and never changes it."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QCoreApplication, QPointF, QRectF, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QPainter,
    QPainterPath,
    QPen,
)
from PySide6.QtWidgets import (
    QApplication,
    QGraphicsItem,
    QStyleOptionGraphicsItem,
    QWidget,
)

from engine.pipeline.document import Block
from engine.pipeline.layout import BLOCK_HEIGHT, BLOCK_WIDTH, PORT_Y, RESULT_HEIGHT
from studio.canvas import describe
from studio.canvas.describe import READY, BlockState
from studio.canvas.drawing import Drawings
from studio.canvas.far import legible, name_lines, write_lines
from studio.canvas.picture import paint_picture, picture_title
from studio.canvas.routing import Rect
from studio.engine_words import block_name
from studio.kit import icons
from studio.kit.ab_badge import paint_letter
from studio.kit.plaintext import as_plain
from studio.kit.theme import RADIUS, color, theme
from studio.states import ERRORS

PORT_RADIUS = 5.5
PORT_STEP = 24.0
PORT_NAME_WIDTH = 72.0
FAR = 0.5
"""Below this zoom only title, icon and color are drawn."""
FAR_ICON, FAR_TEXT, FAR_STATE, FAR_BAR = 60.0, 24, 26.0, 11.0
"""Pixels of the scene below that zoom: a method's icon, letters, the icon and the bar of a state."""
SMALLEST_SHAPE = 7.0
"""Pixels on screen below which icons of states can't be told apart."""
RESULT_TOP = 53.0
SUMMARY_WIDTH, SUMMARY_PIXELS = BLOCK_WIDTH - 62, 11
"""Of the line below the title, and the size of its text."""
PICTURE_WIDTH = 98.0
SMALLEST_PICTURE = 40.0
"""A narrower picture shows nothing: its place is left to the metrics."""
FACT_GAP = 6.0
"""Pixels between a value and its change."""
LINE_STEP = 15.0
MODEL_WIDTH, MODEL_PIXELS = BLOCK_WIDTH - 27, (11, 10, 9)
"""Of the line with the facts of a model."""


def canvas_font(pixels: int, *, bold: bool = False) -> QFont:
    """The application's font in scene units: the canvas has a zoom of its own."""
    font = QFont(QApplication.font())
    font.setPixelSize(pixels)
    font.setWeight(QFont.Weight.DemiBold if bold else QFont.Weight.Normal)
    return font


def elided(text: str, font: QFont, width: float) -> str:
    """The text cut to a width with an ellipsis."""
    return QFontMetricsF(font).elidedText(text, Qt.TextElideMode.ElideRight, width)


def write(
    painter: QPainter,
    box: QRectF,
    text: str,
    pixels: int,
    token: str = "text",
    *,
    bold: bool = False,
    right: bool = False,
) -> float:
    """Write a line into a place, at its left or right, cut where it does not fit; gives the width of what was written.

    ``token``: of its color.
    """
    font = canvas_font(pixels, bold=bold)
    shown = elided(text, font, box.width())
    painter.setFont(font)
    painter.setPen(color(token))
    side = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
    painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | side, shown)
    return QFontMetricsF(font).horizontalAdvance(shown)


def _fact_width(fact: describe.Fact) -> float:
    """Pixels that a value and its change need beside each other."""
    value = QFontMetricsF(canvas_font(11, bold=True)).horizontalAdvance(fact.value)
    change = QFontMetricsF(canvas_font(11)).horizontalAdvance(fact.change)
    return value + (FACT_GAP + change + 1 if fact.change else 0.0)


def model_pixels(text: str) -> int:
    """Height of the letters in which the facts of a model are whole; the smallest for those that never are."""
    fits = (size for size in MODEL_PIXELS if QFontMetricsF(canvas_font(size)).horizontalAdvance(text) <= MODEL_WIDTH)
    return next(fits, MODEL_PIXELS[-1])


def card_height(ports: int) -> float:
    """Height of a card without a result; several inputs need room."""
    return max(BLOCK_HEIGHT, PORT_Y + PORT_STEP * ports - 2)


class BlockItem(QGraphicsItem):
    """A block as a card: family stripe and icon, title, settings in a line, state, progress, ports."""

    def __init__(self, block: Block) -> None:
        super().__init__()
        self.block = block
        self.state = READY
        self.ports: tuple[str, ...] = ()
        self.optional: tuple[str, ...] = ()
        self.linked: frozenset[str] = frozenset()
        """The inputs that a link ends at."""
        self.mark = ""
        """"A" or "B" if it is held against another, else ""."""
        self.pauses_after = False
        """A run holds after it."""
        self.hot_port: str | None = None
        """The port under the cursor; "" is the output."""
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemIsSelectable)
        self.setAcceptHoverEvents(True)
        self._zoom = 1.0
        self._bounds = QRectF()
        self.set_block(block)

    @property
    def name(self) -> str:
        """Its own id: of the block, or of the group that it stands for."""
        return self.block.id

    @property
    def ids(self) -> tuple[str, ...]:
        """Ids of the blocks that it stands for."""
        return (self.block.id,)

    # -- what it shows ---------------------------------------------------------------------------------------------
    def set_block(self, block: Block) -> None:
        """Show another version of the block."""
        self.block = block
        self.setPos(block.x, block.y)
        self.refresh()

    def refresh(self) -> None:
        """Make the texts anew: the block, the font or the theme is another one."""
        info = self.block.info
        self.ports = self.block.inputs
        self.optional = self.block.optional_inputs
        self.title = block_name(self.block)
        self.summary = self.block.summary()
        self.family = theme().tokens.family[info.family] if info else theme().tokens.error
        self._hue = QColor(self.family)
        self._fit()
        self._update_tooltip()
        self._redraw()

    def _fit(self) -> None:
        """Take the room that ports and result need."""
        names = PORT_NAME_WIDTH if len(self.ports) > 1 else 0.0
        bounds = QRectF(-8 - names, -8, BLOCK_WIDTH + 16 + names, self.height + 16)
        if bounds != self._bounds:
            self.prepareGeometryChange()
            self._bounds = bounds

    def _redraw(self) -> None:
        """It looks otherwise: the kept picture of it doesn't hold."""
        if (drawings := self._drawings()) is not None:
            drawings.forget(self)
        self.update()

    def _drawings(self) -> Drawings | None:
        return getattr(self.scene(), "drawings", None)

    def set_state(self, state: BlockState) -> None:
        """Show what a run says; repaints only what differs."""
        old, self.state = self.state, state
        if state == old:
            return
        self._fit()
        self._update_tooltip()
        self._redraw()

    def _update_tooltip(self) -> None:
        state = self.state.word
        lines = [self.title, self.summary, self.state.model, f"{state} {self.state.text}".strip()]
        lines += [self.state.metrics, self.state.reason, self.state.badge]
        lines += [picture_title(self.state.picture)] if self.state.picture is not None else []
        inputs = [self._port_text(port) for port in self.ports[1:]]
        self.setToolTip(as_plain("\n".join(line for line in (*lines, *inputs) if line)))

    def _port_text(self, port: str) -> str:
        if port in self.linked:
            return ""
        if port in self.optional:
            text = QCoreApplication.translate("Canvas", "Input “{0}”: the original model unless another is linked")
        else:
            text = QCoreApplication.translate("Canvas", "Input “{0}”: not linked")
        return text.format(port)

    def set_linked(self, ports: frozenset[str]) -> None:
        """Say which inputs are linked."""
        if ports != self.linked:
            is_named = not (ports ^ self.linked).isdisjoint(self.ports[1:])
            self.linked = ports
            if is_named:  # the tooltip names open inputs beside the main one
                self._update_tooltip()
            self._redraw()

    def set_mark(self, mark: str) -> None:
        """Say that it is A or B, or neither."""
        if mark != self.mark:
            self.mark = mark
            self._redraw()

    def set_pause_point(self, on: bool) -> None:
        """Say whether a run holds after it."""
        if on != self.pauses_after:
            self.pauses_after = on
            self._redraw()

    def set_hot_port(self, port: str | None) -> None:
        """Highlight a port, or none."""
        if port != self.hot_port:
            self.hot_port = port
            self._redraw()

    # -- geometry --------------------------------------------------------------------------------------------------
    @property
    def height(self) -> float:
        """Height of the card; several inputs need room, and so does a result."""
        result = RESULT_HEIGHT if self.state.facts or self.state.picture else 0.0
        return card_height(len(self.ports)) + result

    def card(self) -> QRectF:
        """The card without ports, in item coordinates."""
        return QRectF(0, 0, BLOCK_WIDTH, self.height)

    def rect(self) -> Rect:
        """The card without ports, in the scene."""
        left, top = self.x(), self.y()
        return left, top, left + BLOCK_WIDTH, top + self.height

    def input_pos(self, port: str) -> QPointF:
        """Scene position of an input; unknown ports share the place of the main one."""
        index = self.ports.index(port) if port in self.ports else 0
        return self.pos() + QPointF(0, PORT_Y + PORT_STEP * index)

    def output_pos(self) -> QPointF:
        """Scene position of the output."""
        return self.pos() + QPointF(BLOCK_WIDTH, PORT_Y)

    def port_at(self, scene_pos: QPointF, reach: float = 13.0) -> str | None:
        """The input at a place, "" for the output, None if there is no port."""
        for port in ("", *self.ports):
            delta = (self.input_pos(port) if port else self.output_pos()) - scene_pos
            if delta.x() ** 2 + delta.y() ** 2 <= reach**2:
                return port
        return None

    def boundingRect(self) -> QRectF:
        return self._bounds

    def shape(self) -> QPainterPath:
        path = QPainterPath()
        path.addRect(self.card().adjusted(-PORT_RADIUS, 0, PORT_RADIUS, 0))
        return path

    # -- painting --------------------------------------------------------------------------------------------------
    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        zoom, drawings = painter.worldTransform().m11(), self._drawings()
        if drawings is None:
            self.paint_card(painter, zoom * painter.device().devicePixelRatioF())
        else:
            drawings.paint(painter, self, zoom, self.isSelected())

    def paint_card(self, painter: QPainter, zoom: float) -> None:
        """All of it. ``zoom``: pixels of the device for one of the scene."""
        self._zoom = zoom
        self._paint_card(painter)
        if self.mark:
            self._paint_mark(painter)
        if self.block.bypassed:
            painter.setOpacity(0.5)
        if self._view_zoom() < FAR:
            self._paint_far(painter)
            return
        self._paint_header(painter)
        self._paint_result(painter)
        self._paint_status(painter)
        self._paint_ports(painter)

    def paint_outline(self, painter: QPainter) -> None:
        """A plain card with the color of its family, for frames that have no time for more."""
        painter.fillRect(self.card(), color("surface"))
        painter.fillRect(QRectF(0, 0, 5, self.height), self.family)
        if self.state.state != "ready":
            painter.fillRect(QRectF(BLOCK_WIDTH - 12, 0, 12, self.height), color(self.state.look.token))

    def _view_zoom(self) -> float:
        views = self.scene().views() if self.scene() is not None else []
        return views[0].transform().m11() if views else 1.0

    def _paint_card(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        outline = QPainterPath()
        outline.addRoundedRect(self.card().adjusted(0.5, 0.5, -0.5, -0.5), RADIUS, RADIUS)
        painter.fillPath(outline, color("surface"))
        painter.save()
        painter.setClipPath(outline)
        painter.fillRect(QRectF(0, 0, 5, self.height), self.family)
        self._paint_progress(painter)
        painter.restore()
        edge = color("border")
        if self.isSelected():
            edge = color("accent")
        elif self.state.state in ("failed", "interrupted", "running", "cancelling") or self.state.grade == "broken":
            edge = color(self.state.look.token)
        pen = QPen(edge, 2.0 if self.isSelected() else 1.0)
        if self.block.bypassed:
            pen = QPen(edge if self.isSelected() else color("muted"), 1.6)
            pen.setDashPattern([4, 3])
        painter.setPen(pen)
        painter.drawPath(outline)

    def _paint_mark(self, painter: QPainter) -> None:
        """A or B, in the color that it has in every view."""
        painter.setFont(canvas_font(12, bold=True))
        paint_letter(painter, QRectF(-6, -7, 22, 18), self.mark)

    def _paint_progress(self, painter: QPainter) -> None:
        if self.state.fraction is None:
            return
        done = max(0.0, min(1.0, self.state.fraction))
        painter.fillRect(QRectF(5, self.height - 4, BLOCK_WIDTH - 5, 4), color("raised"))
        painter.fillRect(QRectF(5, self.height - 4, (BLOCK_WIDTH - 5) * done, 4), color(self.state.look.token))

    def _paint_far(self, painter: QPainter) -> None:
        look, has_state = self.state.look, self.state.state != "ready"
        is_shaped = FAR_STATE * self._view_zoom() >= SMALLEST_SHAPE
        bar = FAR_BAR * (2 if look.token == "error" and not is_shaped else 1) if has_state else 0.0
        box = self.card().adjusted(16, 4, -FAR_STATE - bar - 6 if has_state and is_shaped else -bar - 6, -4)
        lines = name_lines(self.title, box.width(), box.height(), self._view_zoom())
        if lines is not None:
            write_lines(painter, box, lines)
        elif legible(self._view_zoom()) <= FAR_TEXT:  # a long name of a person
            write(painter, box, self.title, FAR_TEXT, bold=True)
        else:  # the method's icon tells more than letters that nobody can read
            size = min(FAR_ICON, box.height() - 8)
            icon = QRectF(box.center().x() - size / 2, (self.height - size) / 2, size, size)
            self._icon(painter, describe.icon_name(self.block.method), icon, self.family)
        if has_state:  # errors and warnings differ in color and in shape, or in width where shapes can't be told apart
            painter.fillRect(QRectF(BLOCK_WIDTH - bar - 1, 0.5, bar, self.height - 1), color(look.token))
        if has_state and is_shaped:
            icon = QRectF(BLOCK_WIDTH - bar - 4 - FAR_STATE, (self.height - FAR_STATE) / 2, FAR_STATE, FAR_STATE)
            self._icon(painter, look.icon, icon, look.token)

    def _paint_header(self, painter: QPainter) -> None:
        width = BLOCK_WIDTH - (84 if self.state.badge else 62)
        write(painter, QRectF(50, 11, width, 20), self.title, 13, bold=True)
        below_title = QRectF(50, 31, SUMMARY_WIDTH, 17)
        write(painter, below_title, self.state.activity or self.summary, SUMMARY_PIXELS, "muted")
        write(painter, QRectF(17, 47, MODEL_WIDTH, 16), self.state.model, model_pixels(self.state.model))
        self._icon(painter, describe.icon_name(self.block.method), QRectF(17, 15, 24, 24), self.family)
        if self.state.badge:
            token = "error" if self.state.state in ERRORS else "warning"
            self._icon(painter, token, QRectF(BLOCK_WIDTH - 28, 11, 18, 18), token)

    def _paint_result(self, painter: QPainter) -> None:
        """The picture, and beside it each fact with its distance from the source."""
        box = QRectF(14, RESULT_TOP, BLOCK_WIDTH - 26, 3 * LINE_STEP)
        if self.state.picture is not None:
            free = box.width() - max(map(_fact_width, self.state.facts), default=0.0) - 8
            wide = min(PICTURE_WIDTH, free) if self.state.facts else box.width()
            if wide >= SMALLEST_PICTURE:  # metrics come first
                area = QRectF(box.left(), box.top(), wide, box.height())
                paint_picture(painter, area, self.state.picture, self._hue)
                box.setLeft(box.left() + wide + 8)
        for number, fact in enumerate(self.state.facts):
            line = QRectF(box.left(), box.top() + number * LINE_STEP, box.width(), LINE_STEP)
            line.setLeft(line.left() + write(painter, line, fact.value, 11, bold=True) + FACT_GAP)
            if fact.change and QFontMetricsF(canvas_font(11)).horizontalAdvance(fact.change) <= line.width():
                write(painter, line, fact.change, 11, fact.tone, right=True)

    def _paint_status(self, painter: QPainter) -> None:
        shown = replace(self.state, state="bypassed", grade=None) if self.block.bypassed else self.state
        _, icon, token = shown.look
        line = QRectF(36, self.height - 30, BLOCK_WIDTH - 48, 18)
        self._icon(painter, icon, QRectF(17, line.top() + 2, 14, 14), token)
        line.setLeft(line.left() + write(painter, line, shown.word, 11, token, bold=True) + 6)
        if self.state.metrics and not self.state.facts:
            line.setRight(line.right() - write(painter, line, self.state.metrics, 11, right=True) - 8)
        whole = QFontMetricsF(canvas_font(11)).horizontalAdvance(self.state.text) <= line.width()
        if whole or (self.state.state != "done" and line.width() > 24):  # half a time tells nothing
            write(painter, line, self.state.text, 11, "muted")

    def _paint_ports(self, painter: QPainter) -> None:
        origin = self.pos()
        for port in (*self.ports, ""):
            center = (self.input_pos(port) if port else self.output_pos()) - origin
            hot = self.hot_port == port
            open_port = port in self.optional and port not in self.linked
            pen = QPen(color("accent" if hot else "muted", 0.7 if open_port and not hot else 1.0), 1.5)
            if open_port:
                pen.setDashPattern([1.2, 1.4])
            painter.setPen(pen)
            painter.setBrush(color("accent" if hot else "surface"))
            radius = PORT_RADIUS + (1.5 if hot else -1.0 if open_port else 0.0)
            painter.drawEllipse(center, radius, radius)
            if not port and self.pauses_after:
                self._icon(painter, "pause", QRectF(center.x() - 6, center.y() - 24, 14, 14), "warning")
            if port and len(self.ports) > 1:
                painter.setPen(color("muted", 0.75 if open_port else 1.0))
                font = canvas_font(10)
                font.setItalic(open_port)
                painter.setFont(font)
                box = QRectF(-PORT_NAME_WIDTH - 4, center.y() - 17, PORT_NAME_WIDTH - 6, 14)
                painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignBottom, port)
                if open_port:
                    below = box.translated(0, 20)
                    text = QCoreApplication.translate("Canvas", "optional")
                    painter.drawText(below, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop, text)

    def _icon(self, painter: QPainter, name: str, box: QRectF, token: str) -> None:
        sharpness = max(1.0, round(2 * self._zoom + 0.4) / 2)
        picture = icons.pixmap(name, round(box.width()), token, sharpness)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawPixmap(box, picture, QRectF(picture.rect()))
