"""One crosshair for all charts over the same quantity: each shows its values at the position that the mouse is at."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from PySide6.QtCore import QObject, Signal


class Linked(Protocol):
    """A chart that a crosshair links. ``x_name``: the quantity of its x axis."""

    x_name: str
    crosshair: Crosshair | None

    def show_place(self, position: float | None, *, pinned: bool = False) -> None:
        """Show the values at a position; None: at none."""


class Crosshair(QObject):
    """Links charts of curves. Those with the same ``x_name`` (step, elapsed time) show the same position; a click pins
    it there until the next click at the same position, or Esc. GUI thread only."""

    pinned = Signal(str, object)
    """A quantity and the position of it that is pinned now, None for none."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._charts: list[Linked] = []
        self._pins: dict[str, float] = {}
        """Pinned position by quantity."""

    def link(self, charts: Iterable[Linked]) -> None:
        """Link these charts and no others."""
        charts = list(charts)
        for chart in charts:
            if chart not in self._charts:
                chart.crosshair = self
        self._charts = charts

    def point(self, source: Linked, position: float | None) -> None:
        """Show a position in all charts of the quantity of ``source``; None: the mouse left, and only a pin stays."""
        pinned = self._pins.get(source.x_name)
        for chart in self._charts:
            if chart.x_name == source.x_name:
                chart.show_place(position if pinned is None else pinned, pinned=pinned is not None)

    def pin(self, source: Linked, position: float) -> None:
        """Pin a position, or release the pin if it is there already."""
        if self._pins.get(source.x_name) == position:
            del self._pins[source.x_name]
        else:
            self._pins[source.x_name] = position
        self.pinned.emit(source.x_name, self._pins.get(source.x_name))
        self.point(source, position)

    def move(self, source: Linked, position: float) -> None:
        """Show another position, and take the pin along if there is one."""
        if source.x_name in self._pins:
            self._pins[source.x_name] = position
            self.pinned.emit(source.x_name, position)
        self.point(source, position)

    def release(self, source: Linked) -> bool:
        """Take the pin away; False if there is none."""
        released = self._pins.pop(source.x_name, None) is not None
        if released:
            self.pinned.emit(source.x_name, None)
        self.point(source, None)
        return released

    def clear(self) -> None:
        """Take all pins away: another run is shown."""
        self._pins.clear()
        for chart in self._charts:
            chart.show_place(None)
