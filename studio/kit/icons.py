"""Icons: one stroke drawing per name, tinted with a color of the theme at the moment it is painted."""

from __future__ import annotations

import functools

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QIconEngine, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from engine import resources
from studio.kit.theme import theme

FOLDER = resources.path("icons")


@functools.cache
def names() -> tuple[str, ...]:
    """All icons there are."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.svg")))


@functools.cache
def icon(name: str, token: str = "text") -> QIcon:
    """The icon ``name`` in the color ``token`` of the theme (or a fixed "#rrggbb"); it follows a change of theme.
    Raises FileNotFoundError for an unknown name."""
    _drawing(name)
    return QIcon(_TintedEngine(name, token))


def pixmap(name: str, size: int, token: str = "text", ratio: float = 1.0) -> QPixmap:
    """The icon as a picture of ``size`` device-independent pixels on a screen with ``ratio`` pixels each."""
    return _rendered(name, _color(token).name(QColor.NameFormat.HexArgb), round(size * ratio), ratio)


def _color(token: str) -> QColor:
    return QColor(token if token.startswith("#") else getattr(theme().tokens, token))


@functools.cache
def _drawing(name: str) -> bytes:
    return (FOLDER / f"{name}.svg").read_bytes()


@functools.lru_cache(maxsize=512)
def _rendered(name: str, color: str, pixels: int, ratio: float) -> QPixmap:
    tint = QColor(color)
    picture = QPixmap(pixels, pixels)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setOpacity(tint.alphaF())
    QSvgRenderer(_drawing(name).replace(b"currentColor", tint.name().encode())).render(painter)
    painter.end()
    picture.setDevicePixelRatio(ratio)
    return picture


class _TintedEngine(QIconEngine):
    def __init__(self, name: str, token: str) -> None:
        super().__init__()
        self._name = name
        self._token = token

    def clone(self) -> QIconEngine:
        return _TintedEngine(self._name, self._token)

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        ratio = painter.device().devicePixelRatioF()
        side = min(rect.width(), rect.height())
        corner = rect.topLeft() + QPoint((rect.width() - side) // 2, (rect.height() - side) // 2)
        painter.drawPixmap(corner, self._picture(side, mode, ratio))

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        return self.scaledPixmap(size, mode, state, 1.0)

    def scaledPixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State, scale: float) -> QPixmap:
        return self._picture(min(size.width(), size.height()), mode, scale)

    def _picture(self, side: int, mode: QIcon.Mode, ratio: float) -> QPixmap:
        return _rendered(self._name, self._tint(mode).name(QColor.NameFormat.HexArgb), round(side * ratio), ratio)

    def _tint(self, mode: QIcon.Mode) -> QColor:
        if mode == QIcon.Mode.Disabled:
            tint = _color("muted")
            tint.setAlphaF(0.45)
            return tint
        return _color(self._token)
