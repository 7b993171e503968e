"""A box to choose one of several values from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from PySide6.QtWidgets import QComboBox, QWidget

from studio.kit.ab_badge import mark_items
from studio.kit.plaintext import as_plain


class Choice(QComboBox):
    """Texts with a value each. What was chosen stays while others are offered, as long as it is among them."""

    def __init__(self, name: str, parent: QWidget | None, *, tip: str = "", letters: int = 0) -> None:
        """``name``: for screen readers. ``letters``: room for so many; 0 for that of the longest text."""
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setToolTip(as_plain(tip))
        policies = QComboBox.SizeAdjustPolicy
        self.setSizeAdjustPolicy(
            policies.AdjustToMinimumContentsLengthWithIcon if letters else policies.AdjustToContents
        )
        self.setMinimumContentsLength(letters)
        self._entries: list[tuple[str, str]] = []

    @property
    def value(self) -> str:
        """The chosen value, "" for none."""
        return str(self.currentData() or "")

    def offer(self, entries: Iterable[tuple[str, str]], *, chosen: str | None = None, otherwise: int = 0) -> bool:
        """Offer these values with their texts: ``chosen`` or what was, else the one at ``otherwise``. Whether they are
        others than before."""
        entries = list(entries)
        changed = entries != self._entries
        before = self.value if chosen is None else chosen
        if changed:
            self._entries = entries
            self.clear()
            for value, text in entries:
                self.addItem(text, value)
        if changed or chosen is not None:
            index = self.findData(before)
            self.setCurrentIndex(index if index >= 0 else otherwise)
        return changed

    def choose(self, value: str) -> bool:
        """Choose this one, if it is offered; whether it was not yet."""
        index = self.findData(value)
        if index < 0 or index == self.currentIndex():
            return False
        self.setCurrentIndex(index)
        return True

    def mark(self, letters: Mapping[str, str]) -> None:
        """Put A and B before the values that they are."""
        mark_items(self, letters)
