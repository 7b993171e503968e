"""Kept drawings of cards, so that a large pipeline is shifted and zoomed without being drawn anew in every frame.

A card is drawn once into a picture of the present zoom. While the view moves, cards are shown by the pictures that are
there, at another size, and become sharp when it rests; of those that come into view a frame draws a few.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import NamedTuple, Protocol

from PySide6.QtCore import QObject, QPointF, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QPainter, QPixmap, QTransform

REST_MS = 120
"""The view rests when it has not moved for so long."""
PER_FRAME = 4
"""Cards that a frame draws while the view moves, of those that have no picture yet."""
PER_TURN = 10
"""Cards that become sharp in one turn of the event loop, once it rests and many wait for it."""
NO_LIMIT = 1_000_000
MOST_BYTES = 96_000_000
"""Of all pictures together; those that were not seen for the longest time go first."""


class Card(Protocol):
    """An item of the scene that can be drawn to a pixmap."""

    def boundingRect(self) -> QRectF: ...

    def paint_card(self, painter: QPainter, zoom: float) -> None:
        """All of it, to be seen at a zoom."""

    def paint_outline(self, painter: QPainter) -> None:
        """Paint a placeholder until the card is drawn."""

    def update(self) -> None:
        """Ask for another paint."""


class _CachedPixmap(NamedTuple):
    picture: QPixmap
    ratio: float
    selected: bool

    @property
    def size(self) -> int:
        return self.picture.width() * self.picture.height() * 4


class Drawings(QObject):
    """The pictures of all cards of one scene. GUI thread only."""

    rested = Signal()
    """The view was zoomed and rests now: lines should be smooth again."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._cache: OrderedDict[Card, _CachedPixmap] = OrderedDict()
        self._bytes = 0
        self._budget = NO_LIMIT
        self.zooming = False
        """Lines may be rough until the view rests."""
        self._waiting: dict[Card, None] = {}
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(REST_MS)
        self._rest.timeout.connect(self._on_rest)
        self._turn = QTimer(self, singleShot=True, interval=0)
        self._turn.timeout.connect(self._sharpen)

    @property
    def moving(self) -> bool:
        """True shortly after the view was panned or zoomed."""
        return self._rest.isActive()

    @property
    def all_sharp(self) -> bool:
        """True if no card waits for a sharper pixmap."""
        return not self._waiting

    def moved(self, *, zoomed: bool = False) -> None:
        """The view was shifted or zoomed."""
        self.zooming |= zoomed
        self._rest.start()

    def begin_frame(self) -> None:
        """A frame begins."""
        self._budget = PER_FRAME if self.moving else PER_TURN if self._waiting else NO_LIMIT

    def end_frame(self) -> None:
        """It is painted: who asks for a picture beside frames gets all of it."""
        self._budget = NO_LIMIT

    def forget(self, card: Card) -> None:
        """It looks otherwise now, or is gone."""
        self._waiting.pop(card, None)
        cached = self._cache.pop(card, None)
        self._bytes -= cached.size if cached is not None else 0

    def paint(self, painter: QPainter, card: Card, zoom: float, selected: bool) -> None:
        """Draw a card with a painter of the scene."""
        ratio = painter.device().devicePixelRatioF()
        cached = self._cache.get(card)
        wrong = cached is None or cached.selected != selected or (cached.ratio != zoom * ratio and not self.moving)
        if wrong and self._budget > 0:
            self._budget -= 1
            cached = self._draw(card, zoom, ratio, selected)
        if cached is None or (cached.ratio, cached.selected) != (zoom * ratio, selected):
            self._waiting[card] = None
            if not self.moving and not self._turn.isActive():
                self._turn.start()
        if cached is None:
            card.paint_outline(painter)
            return
        self._cache.move_to_end(card)
        bounds = card.boundingRect()
        if cached.ratio != zoom * ratio:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)  # for a moment: quicker
            painter.drawPixmap(bounds, cached.picture, QRectF(cached.picture.rect()))
            return
        corner = painter.worldTransform().map(bounds.topLeft())
        corner = QPointF(round(corner.x() * ratio) / ratio, round(corner.y() * ratio) / ratio)  # whole pixels: sharp
        painter.setWorldTransform(QTransform())  # the scene puts back what items change
        painter.drawPixmap(corner, cached.picture)

    def _draw(self, card: Card, zoom: float, ratio: float, selected: bool) -> _CachedPixmap:
        self.forget(card)
        bounds, scale = card.boundingRect(), zoom * ratio
        picture = QPixmap(max(1, round(bounds.width() * scale)), max(1, round(bounds.height() * scale)))
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        painter.scale(scale, scale)
        painter.translate(-bounds.topLeft())
        card.paint_card(painter, scale)
        painter.end()
        picture.setDevicePixelRatio(ratio)
        cached = self._cache[card] = _CachedPixmap(picture, scale, selected)
        self._bytes += cached.size
        while self._bytes > MOST_BYTES and len(self._cache) > 1:
            _, gone = self._cache.popitem(last=False)
            self._bytes -= gone.size
        return cached

    def _on_rest(self) -> None:
        if self.zooming:
            self.zooming = False
            self.rested.emit()
        self._sharpen()

    def _sharpen(self) -> None:
        """A few of the cards that were shown by old pictures, then the next."""
        if self.moving:
            return
        for card in list(self._waiting)[:PER_TURN]:
            del self._waiting[card]
            card.update()
        if self._waiting:
            self._turn.start()
