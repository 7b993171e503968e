"""All variants of a run as points: perplexity, or what encoders have in its place, over size."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QWidget

from engine.base.human import bytes_text, number_text
from engine.base.table import Table
from engine.contracts.metrics import COLLAPSED, QUALITY, is_collapsed, quality_of
from engine.record.comparison import Variant
from studio.charts.axes import Axis, BytesAxis
from studio.charts.base import ChartFrame
from studio.charts.bounds import Bounds, finite_bounds, with_room
from studio.charts.controls import readout_text, swatch_row
from studio.charts.labels import place_labels
from studio.engine_words import metric_name, result_name
from studio.kit.theme import color, font, theme
from studio.kit.widgets import ElidedLabel, set_look

LONGEST = 28
NEAR = 30
"""Pixels within which a point is meant by the mouse."""


class ScatterChart(ChartFrame):
    """Every variant with a size and a measure of quality (`engine.contracts.metrics.QUALITY`), labeled; the two being
    compared in color. A click picks one."""

    def __init__(self, parent: QWidget) -> None:
        self._variants: list[Variant] = []
        self._lost: list[Variant] = []
        self._pair = ("", "")
        self._name = QUALITY[0]
        self._labels: list[pg.TextItem] = []
        super().__init__(
            self.tr("Quality by size"),
            (self.tr("Nothing to plot"), self.tr("No result has both a quality metric and a size.")),
            (BytesAxis("bottom", self.tr("Size on disk")), Axis("left", metric_name(QUALITY[0]))),
            parent,
            log_x=True,
            log_y=True,
        )
        self.follow.hide()
        self._note = ElidedLabel("", self)
        set_look(self._note, "muted")
        self._note.hide()
        self.add_key(self._note, 1)
        self._points = pg.ScatterPlotItem(pxMode=True)
        self.plot.addItem(self._points)
        for moved in (self.plot.getViewBox().sigRangeChanged, self.plot.getViewBox().sigResized):
            moved.connect(self._place_labels)

    def show_variants(self, variants: Sequence[Variant], left: str, right: str) -> None:
        """Show these; ``left`` and ``right``: ids of the two that are compared."""
        counts = Counter(name for v in variants if (name := quality_of(v.metrics)))
        self._name = counts.most_common(1)[0][0] if counts else QUALITY[0]
        self.left.setLabel(metric_name(self._name))
        measured = [v for v in variants if self._name in v.measured and v.metrics.get("size_bytes", 0) > 0]
        usable = [v for v in measured if not is_collapsed(self._name, v.protocol)]
        self._lost = [v for v in measured if v not in usable]
        names = ", ".join(result_name(v.title) for v in self._lost)
        self._note.set_whole(self.tr("Collapsed, not plotted: {0}").format(names) if names else "")
        self._note.setVisible(bool(names))
        fresh = usable != self._variants
        self._variants, self._pair = usable, (left, right)
        self.touch()
        if fresh:
            self._ranged_at = 0.0
        self.refresh()

    def points(self) -> tuple[np.ndarray, np.ndarray]:
        """Sizes and qualities as plotted."""
        size = self.scaled_x(np.array([v.metrics["size_bytes"] for v in self._variants], dtype=float))
        return size, self.scaled_y(np.array([v.measured[self._name] for v in self._variants], dtype=float))

    def draw(self) -> bool:
        """See `ChartFrame`."""
        x, y = self.points()
        spots = [
            {"pos": (a, b), "size": 11 if v.id in self._pair else 8, "brush": self._color(v), "pen": None}
            for a, b, v in zip(x, y, self._variants, strict=True)
            if np.isfinite(a) and np.isfinite(b)
        ]
        self._points.setData(spots)
        for label in self._labels:
            self.plot.removeItem(label)
        self._labels = []
        for variant in self._variants:
            label = pg.TextItem(_short(result_name(variant.title)), color=self._color(variant, text=True))
            label.setFont(font(-1, bold=variant.id in self._pair))
            self.plot.addItem(label, ignoreBounds=True)
            self._labels.append(label)
        self._place_labels()
        return bool(self._variants)

    def bounds(self) -> Bounds | None:
        """See `ChartFrame`. Room is left for the labels."""
        extent = finite_bounds(*self.points())
        return None if extent is None else with_room(extent, left=0.12, right=0.28, bottom=0.1, top=0.1)

    def table(self) -> Table:
        """See `ChartFrame`."""
        rows: list[tuple[object, ...]]
        rows = [(result_name(v.title), v.metrics["size_bytes"], v.measured[self._name]) for v in self._variants]
        rows += [(result_name(v.title), v.metrics["size_bytes"], COLLAPSED) for v in self._lost]
        return Table(("variant", "size_bytes", self._name), rows)

    def readout(self, x: float, y: float) -> tuple[float, str] | None:
        """The variant that is nearest on screen, if it is near."""
        variant = self._near(x, y)
        if variant is None:
            return None
        size, quality = variant.metrics["size_bytes"], variant.measured[self._name]
        rows = [swatch_row("", self.tr("size"), bytes_text(size))]
        rows.append(swatch_row("", metric_name(self._name), number_text(quality)))
        return float(self.scaled_x(np.array([size]))[0]), readout_text(result_name(variant.title), rows)

    def clicked(self, x: float, y: float) -> None:
        """Pick the variant under the mouse."""
        variant = self._near(x, y)
        if variant is not None:
            self.selected.emit(variant.id)

    def _near(self, x: float, y: float) -> Variant | None:
        index = self.nearest(x, y, self.points(), NEAR)
        return None if index is None else self._variants[index]

    def _color(self, variant: Variant, *, text: bool = False) -> QColor:
        tokens = theme().tokens
        if variant.id in self._pair:
            return QColor((tokens.a, tokens.b)[self._pair.index(variant.id)])
        return color("muted") if text else color("muted", 0.7)

    def _place_labels(self) -> None:
        pair = [number for number, variant in enumerate(self._variants) if variant.id in self._pair]
        place_labels(self.plot.getViewBox(), self._labels, *self.points(), first=pair)


def _short(title: str) -> str:
    return title if len(title) <= LONGEST else f"{title[: LONGEST - 1].rstrip()}…"
