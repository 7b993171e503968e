"""Large buttons with an icon, a title and a sentence."""

from __future__ import annotations

import functools

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from engine.record.thumbnails import Thumbnail
from studio.canvas.picture import paint_picture, picture_title
from studio.canvas.sketch import Sketch
from studio.kit.icons import pixmap
from studio.kit.plaintext import as_plain
from studio.kit.theme import RADIUS, SPACING, color, font, theme
from studio.kit.widgets import paint_words

PAD = 2 * SPACING
INDENT = 24 + PAD - 2
"""Of the words, behind the icon."""
SKETCH = 40
"""Height of the picture of a pipeline, in pixels."""
LINES = 6
"""Lines that the sentence may take, enough for every template where tiles are narrow; what is longer is cut."""


class Tile(QAbstractButton):
    """A card to click. ``primary`` is drawn in the accent color; ``stripe`` is a color at the left edge;
    ``sketch`` is a picture of a pipeline below the words."""

    def __init__(
        self,
        picture: str,
        title: str,
        text: str,
        parent: QWidget,
        *,
        primary: bool = False,
        stripe: str = "",
        lines: int = LINES,
        sketch: Sketch | None = None,
    ) -> None:
        super().__init__(parent)
        self.lines = lines
        self._sketch = sketch
        self._picture, self._sentence, self._primary, self._stripe = picture, text, primary, stripe
        self.setText(title)
        self.setAccessibleName(title)
        self.setAccessibleDescription(text)
        self.setToolTip(as_plain(text))
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)  # as high as its neighbor
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        theme().changed.connect(self.update)

    def heightForWidth(self, width: int) -> int:
        """As high as the sentence needs."""
        words = _height(self.text(), font(1, bold=True).key(), self._sentence, font().key(), width, self.lines)
        return 2 * PAD + words + (SKETCH + SPACING if self._sketch is not None else 0)

    def words(self, width: int = 0) -> tuple[str, ...]:
        """The lines of the sentence at a width, by default at the present one."""
        return _lines(self._sentence, font().key(), (width or self.width()) - 2 * PAD - INDENT, self.lines)

    def title(self, width: int = 0) -> tuple[str, ...]:
        """The same of the title, which takes two at most."""
        return _lines(self.text(), font(1, bold=True).key(), (width or self.width()) - 2 * PAD - INDENT, 2)

    def sizeHint(self) -> QSize:
        return QSize(240, self.heightForWidth(240))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_card(painter)
        ink = color("on_accent" if self._primary else "text")
        soft = QColor(ink) if self._primary else color("muted")
        rect = self.rect().adjusted(PAD, PAD, -PAD, -PAD)
        token = "on_accent" if self._primary else "accent"
        painter.drawPixmap(rect.topLeft(), pixmap(self._picture, 24, token, self.devicePixelRatioF()))
        rect.setLeft(rect.left() + INDENT)
        face = font(1, bold=True)
        painter.setFont(face)
        painter.setPen(ink)
        metrics = painter.fontMetrics()
        for line in self.title():
            painter.drawText(rect.left(), rect.top() + metrics.ascent(), line)
            rect.setTop(rect.top() + metrics.lineSpacing())
        rect.setTop(rect.top() + metrics.height() - metrics.lineSpacing() + 6)
        painter.setFont(font())
        painter.setPen(soft)
        metrics = painter.fontMetrics()
        for number, line in enumerate(self.words()):
            painter.drawText(rect.left(), rect.top() + metrics.ascent() + number * metrics.lineSpacing(), line)
        if self._sketch is not None:
            self._sketch.paint(painter, QRectF(rect.left(), rect.bottom() + 1 - SKETCH, rect.width(), SKETCH))
        painter.end()

    def _paint_card(self, painter: QPainter) -> None:
        rect = self.rect().adjusted(1, 1, -1, -1)
        hovered = self.underMouse() and self.isEnabled()
        if self._primary:
            fill, edge = color("accent"), color("text" if hovered or self.hasFocus() else "accent")
        else:
            fill = color("raised" if self.isDown() else "surface")
            edge = color("accent" if hovered or self.hasFocus() else "border")
        painter.setPen(QPen(edge, 1.5 if self.hasFocus() else 1))
        painter.setBrush(fill)
        painter.drawRoundedRect(rect, RADIUS + 2, RADIUS + 2)
        if self._stripe:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(theme().tokens.family.get(self._stripe, theme().tokens.muted)))
            painter.drawRoundedRect(QRect(rect.left() + 4, rect.top() + 12, 3, rect.height() - 24), 1.5, 1.5)


class Row(QAbstractButton):
    """A line to click: the picture of a pipeline, its name, and in gray what is to be said of it and when it was."""

    PICTURE = 54

    def __init__(self, sketch: Sketch, title: str, text: str, when: str, parent: QWidget, *, tip: str = "") -> None:
        super().__init__(parent)
        self._sketch, self._words, self._when = sketch, text, when
        self._thumbnail: Thumbnail | None = None
        self.setText(title)
        self.setAccessibleName(", ".join(filter(None, (title, text, when))))
        self.setToolTip(as_plain(tip or text))
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_text(self, text: str) -> None:
        """Say something else below the name."""
        self._words = text
        self.setAccessibleName(", ".join(filter(None, (self.text(), text, self._when))))
        self.update()

    def show_thumbnail(self, thumbnail: Thumbnail | None) -> None:
        """Show the run's thumbnail instead of its pipeline's picture."""
        if thumbnail is not None and thumbnail != self._thumbnail:
            self._thumbnail = thumbnail
            self.setAccessibleDescription(picture_title(thumbnail.picture))
            self.update()

    def words(self) -> str:
        """Text below the name."""
        return self._words

    def sizeHint(self) -> QSize:
        return QSize(220, 2 * QFontMetrics(font()).height() + 2 * SPACING + 2)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.underMouse() or self.hasFocus():
            painter.setPen(QPen(color("accent"), 1) if self.hasFocus() else QPen(Qt.PenStyle.NoPen))
            painter.setBrush(color("raised"))
            painter.drawRoundedRect(self.rect().adjusted(1, 1, -1, -1), RADIUS - 2, RADIUS - 2)
        rect = self.rect().adjusted(SPACING, SPACING, -SPACING, -SPACING)
        box = QRectF(rect.left(), rect.top(), self.PICTURE, rect.height())
        if self._thumbnail is not None:
            hue = QColor(theme().tokens.family.get(self._thumbnail.family, theme().tokens.accent))
            paint_picture(painter, box, self._thumbnail.picture, hue)
        else:
            self._sketch.paint(painter, box)
        rect.setLeft(rect.left() + self.PICTURE + SPACING + 4)
        top, bottom = Qt.AlignmentFlag.AlignTop, Qt.AlignmentFlag.AlignBottom
        muted = color("muted")
        width = paint_words(painter, rect, self._when, font(-1), muted, Qt.AlignmentFlag.AlignRight | top) + SPACING
        paint_words(painter, rect, self._words, font(-1), muted, bottom)
        paint_words(painter, rect.adjusted(0, 0, -width, 0), self.text(), font(), color("text"), top)
        painter.end()


@functools.lru_cache(maxsize=1024)
def _height(title: str, title_font: str, text: str, text_font: str, width: int, most: int) -> int:
    """Height of the words of a tile of this width. Remembered as `_lines` are."""
    inner = width - 2 * PAD - INDENT
    above, below = _metrics(title_font), _metrics(text_font)
    over = len(_lines(title, title_font, inner, 2)) - 1
    lines = max(2, len(_lines(text, text_font, inner, most)))
    return above.height() + over * above.lineSpacing() + 6 + (lines - 1) * below.lineSpacing() + below.height()


@functools.lru_cache(maxsize=16)
def _metrics(written: str) -> QFontMetrics:
    """Metrics of the font of a key."""
    measured = QFont()
    measured.fromString(written)
    return QFontMetrics(measured)


@functools.lru_cache(maxsize=1024)
def _lines(text: str, written: str, width: int, most: int) -> tuple[str, ...]:
    """Text in at most so many lines, the last one cut with dots. ``written``: the key of the font. Remembered, because
    a layout asks each of its items several times how high it is at the same few widths."""
    metrics = _metrics(written)
    words = text.split()
    lines: list[str] = []
    while words and len(lines) < most:
        count = 1 if len(lines) + 1 < most else len(words)
        while count < len(words) and metrics.horizontalAdvance(" ".join(words[: count + 1])) <= width:
            count += 1
        lines.append(" ".join(words[:count]))
        words = words[count:]
    return (*lines[:-1], *(metrics.elidedText(line, Qt.TextElideMode.ElideRight, width) for line in lines[-1:]))
