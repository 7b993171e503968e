"""Memory of the process and of the device over time."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from engine.base.human import bytes_text
from studio.charts.axes import BytesAxis, ElapsedAxis, clock_text
from studio.charts.bounds import Bounds
from studio.charts.curves import LONE, Curve, SeriesChart
from studio.charts.stroke import Stroke
from studio.kit.theme import theme


class MemoryChart(SeriesChart):
    """Used now (solid) and the peak so far (dashed), for the process and, where there is one, the device."""

    x_name = "elapsed"
    few = LONE  # readings come once a second, alike: marks say nothing, and cost more than the curve

    def __init__(self, parent: QWidget) -> None:
        super().__init__(
            self.tr("Memory"),
            (self.tr("No memory readings yet"), self.tr("Memory use appears here once a run starts.")),
            (ElapsedAxis("bottom", self.tr("Elapsed time")), BytesAxis("left")),
            parent,
        )

    def curves(self) -> list[Curve]:
        """See `SeriesChart`."""
        names = {
            "process": self.tr("Process"),
            "process_peak": self.tr("Process, peak"),
            "device": self.tr("Device"),
            "device_peak": self.tr("Device, peak"),
        }
        palette = theme().tokens.chart
        return [
            Curve(key, name, self.data.memory[key], Stroke(palette[key.startswith("device")], key.endswith("peak")))
            for key, name in names.items()
            if key in self.data.memory
        ]

    def x_word(self) -> str:
        """See `SeriesChart`."""
        return self.tr("elapsed")

    def place_text(self, x: float) -> str:
        """See `SeriesChart`."""
        return clock_text(x)

    def value_text(self, value: float) -> str:
        """See `SeriesChart`."""
        return bytes_text(value)

    def bounds(self) -> Bounds | None:
        """See `ChartFrame`; memory starts at zero, so that heights can be compared."""
        extent = super().bounds()
        return extent._replace(bottom=0.0) if extent is not None else None
