"""The board before there is anything to draw: what the run does now and how far it is, or what will appear here."""

from __future__ import annotations

from typing import NamedTuple

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QProgressBar, QWidget

from studio.kit.layouts import vbox
from studio.kit.theme import SPACING
from studio.kit.widgets import IconLabel, button, label, set_look

BAR_WIDTH = 320


class Activity(NamedTuple):
    """The present work: the block, the present step, its share of the block in 0..1 (None while unknown), the time left
    in words. All empty while nothing is done."""

    block: str = ""
    text: str = ""
    fraction: float | None = None
    remaining_time: str = ""

    @property
    def line(self) -> str:
        """Block and step in one line."""
        return f"{self.block}: {self.text}" if self.block and self.text else self.block or self.text


class WaitingTile(QFrame):
    """One tile in the place of charts that would all be empty. GUI thread only."""

    run_requested = Signal()
    """The run that computed the results is to be shown."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._activity = Activity()
        self._reused: str | None = None
        self._icon = IconLabel("chart", self, size=32, token="muted")
        self._title = label("", self, bold=True, size=2)
        self._text = label("", self, size=1)
        self._bar = QProgressBar(self, maximum=1000, textVisible=False)
        self._bar.setAccessibleName(self.tr("Progress of the block"))
        self._bar.setFixedWidth(BAR_WIDTH)
        self._time_left = label("", self, look="muted")
        self._hint = label(
            self.tr(
                "Histograms and errors appear with the first finished layer, curves with the first training steps."
            ),
            self,
            look="muted",
        )
        middle = Qt.AlignmentFlag.AlignHCenter
        for words in (self._title, self._text, self._time_left, self._hint):
            words.setAlignment(middle | Qt.AlignmentFlag.AlignTop)
        self._open = button(self.tr("Show that run"), self, on=self.run_requested)
        bar = (self._bar, middle)
        parts = self._title, self._text, (self._open, middle), bar, self._time_left, SPACING, self._hint
        above = (self._icon, middle)
        self.setLayout(vbox(None, above, *parts, None, margins=2 * SPACING, gap=SPACING))
        set_look(self, "card")
        self.show_activity(Activity())

    def show_reused(self, run: str | None) -> None:
        """Say that all results came from an earlier run, whose charts can't be drawn here: its name and time, "" where
        it is gone; None for a run that computes."""
        self._reused = run
        self.show_activity(self._activity)

    def show_activity(self, activity: Activity) -> None:
        """Show what is being done; for nothing, what will appear here."""
        self._activity = activity
        at_work = bool(activity.line)
        self._icon.show_icon("running" if at_work else "chart", "running" if at_work else "muted")
        title, idle = self._idle_words()
        self._title.setText(activity.block if at_work else title)
        self._text.setText(activity.text if at_work else idle)
        self._open.setVisible(not at_work and bool(self._reused))
        self._text.setVisible(bool(self._text.text()))
        self._bar.setVisible(at_work)
        self._bar.setRange(0, 1000 if activity.fraction else 0)
        self._bar.setValue(round(1000 * (activity.fraction or 0.0)))
        share = f"{activity.fraction:.0%}" if activity.fraction else ""
        self._time_left.setText(" · ".join(filter(None, (share, activity.remaining_time))))
        self._time_left.setVisible(at_work and bool(self._time_left.text()))
        self._hint.setVisible(at_work)

    def _idle_words(self) -> tuple[str, str]:
        """Title and text while nothing is done."""
        if self._reused is None:
            text = self.tr("Run the pipeline to see curves, layers, weight distributions and memory.")
            return self.tr("No charts yet"), text
        if self._reused:
            text = self.tr("Their charts are with the run that computed them: {0}.").format(self._reused)
        else:
            text = self.tr("The run that computed them was deleted, and its charts with it.")
        return self.tr("All results were reused"), text
