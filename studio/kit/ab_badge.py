"""A and B, as they look in every view: a letter on the color that the theme has for it."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QApplication, QComboBox, QWidget

from studio.kit.theme import color, font, measured, scaled, set_font, theme


def letter_size() -> QSize:
    """Pixels of a badge beside texts as large as they are now."""
    return QSize(scaled(18), scaled(16))


def paint_letter(painter: QPainter, box: QRectF, letter: str) -> None:
    """A badge with "A" or "B"."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color("a" if letter == "A" else "b"))
    painter.drawRoundedRect(box, 4, 4)
    painter.setPen(color("on_accent"))
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, letter)


def letter_icon(letter: str) -> QIcon:
    """The badge for lists; an empty icon for ""."""
    if not letter:
        return QIcon()
    app = QApplication.instance()
    scale = app.devicePixelRatio() if isinstance(app, QApplication) else 1.0
    size = letter_size()
    picture = QPixmap(size * scale)
    picture.setDevicePixelRatio(scale)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setFont(font(-1, bold=True))
    paint_letter(painter, QRectF(1, 0, size.width() - 2, size.height()), letter)
    painter.end()
    return QIcon(picture)


def mark_items(box: QComboBox, letters: Mapping[str, str]) -> None:
    """Put A and B before the entries of a box, by their data."""
    box.setIconSize(letter_size())
    for index in range(box.count()):
        box.setItemIcon(index, letter_icon(letters.get(str(box.itemData(index)), "")))


class Letter(QWidget):
    """The badge beside a name; nothing, and no room, while there is no letter."""

    def __init__(self, parent: QWidget, letter: str = "") -> None:
        super().__init__(parent)
        self.letter = ""
        set_font(self, -1, bold=True)
        measured(self, lambda badge: badge.setFixedSize(letter_size()))
        self.show_letter(letter)
        theme().changed.connect(self.update)

    def show_letter(self, letter: str) -> None:
        """Show "A", "B" or nothing."""
        self.letter = letter
        self.setAccessibleName(letter)
        self.setVisible(bool(letter))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint_letter(painter, QRectF(self.rect()).adjusted(1, 0, -1, 0), self.letter)
        painter.end()
