"""Claims of the survey in a list, each with its verdict; a click measures one, or all that is missing."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHeaderView, QProgressBar, QWidget

from engine.base.human import duration_text
from engine.claims.page import OLD, comparison_text, mean_text, measure_title, missing_text, verdict_text
from engine.contracts.claims import SAMPLE, VERDICTS, Judged, MeasuredClaims, Verdict
from engine.contracts.commands import ReadClaims, RunClaims
from engine.contracts.events import Event, Failure, Progress
from studio.bridge import Bridge, Question
from studio.kit.combo import Choice
from studio.kit.dialogs import room_for
from studio.kit.layouts import hbox, splitter, vbox
from studio.kit.tables import Cell, CellsTable
from studio.kit.theme import SPACING, theme
from studio.kit.widgets import Banner, PlainLabel, button, label

TONES: dict[Verdict, str] = {
    "shown": "success",
    "not shown": "warning",
    "contradicted": "error",
    "not measured": "muted",
}
SENTENCE = 1
"""The column that takes the room that is left."""


class ClaimsWindow(QDialog):
    """Not modal. What is being measured goes on while the window is closed; its rows are in the workspace. GUI thread
    only."""

    def __init__(self, bridge: Bridge, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Claims"))
        self._claims: tuple[Judged, ...] = ()
        self._last_text = ""
        self._reading = Question(bridge, self, self._on_read, self._on_failed)
        self._measuring = Question(bridge, self, self._on_measured, self._on_failed, self._on_progress)
        self._build()
        theme().changed.connect(self._fill)

    def open_for(self, model: str) -> None:
        """Show the window with what was measured of the sample and of ``model``, "" for none."""
        entries = [(SAMPLE, self.tr("The bundled sample"))]
        if model and model != SAMPLE:
            entries.append((model, model.rstrip("/\\").replace("\\", "/").rsplit("/", 1)[-1]))
        if not self._measuring.is_open:
            self.model.offer(entries, chosen=self.model.value or SAMPLE, otherwise=0)
        self.show()
        self.raise_()
        self._read()

    # -- construction ----------------------------------------
    def _build(self) -> None:
        text = self.tr(
            "What the papers claim of the methods, measured with several seeds: shown if the 95 % interval says so, "
            "contradicted if it says the opposite. Runs wait until it is over or stopped; what is measured stays."
        )
        self.model = Choice(self.tr("Model"), self)
        self.model.activated.connect(self._on_model)
        self.summary = PlainLabel("", self)
        self.table = CellsTable(self.tr("Claims"), self)
        self.table.itemSelectionChanged.connect(self._on_selection)
        self.details = label("", self)
        self.details.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.details.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.banner = Banner(self)
        self.bar = QProgressBar(self, textVisible=False)
        self.doing = label("", self, look="muted")
        self.all = button(self.tr("Measure all"), self, look="primary", picture="run", on=self._on_all)
        self.one = button(self.tr("Measure selected"), self, picture="run", on=self._on_one)
        self.cancel = button(self.tr("Stop"), self, picture="cancel", on=self._on_cancel)
        for control in (self.all, self.one, self.cancel):
            control.setAutoDefault(False)
        pages = splitter(Qt.Orientation.Vertical, self, (self.table, 420), (self.details, 160))
        head = hbox((self.model, 0), (self.summary, 1), gap=SPACING)
        foot = hbox((self.doing, 1), (self.bar, 0), self.one, self.all, self.cancel, gap=SPACING)
        self.setLayout(vbox(label(text, self, look="muted"), head, self.banner, (pages, 1), foot, margins=2 * SPACING))
        self.bar.setFixedWidth(200)
        self.resize(*room_for(self, 1000, 680))
        self._show_measuring(False)

    # -- the person ----------------------------------------
    def selected(self) -> tuple[str, ...]:
        """Ids of the claims whose rows are selected."""
        rows = sorted({index.row() for index in self.table.selectedIndexes()})
        return tuple(self._claims[row].claim.id for row in rows if row < len(self._claims))

    def _on_model(self) -> None:
        if not self._measuring.is_open:
            self._read()

    def _on_all(self) -> None:
        self._measure(())

    def _on_one(self) -> None:
        self._measure(self.selected())

    def _on_cancel(self) -> None:
        self.doing.setText(self.tr("Stopping; finished measurements are saved"))
        self._measuring.cancel()

    def _on_selection(self) -> None:
        chosen = [one for one in self._claims if one.claim.id in self.selected()]
        self.one.setEnabled(bool(chosen) and not self._measuring.is_open)
        self.details.setText("\n\n".join(map(self._words, chosen)))

    # -- the engine ----------------------------------------
    def _read(self) -> None:
        if not self._claims:
            self.summary.setText(self.tr("Reading what was measured…"))
        self._reading.ask(ReadClaims(model=self.model.value or SAMPLE))

    def _measure(self, claims: tuple[str, ...]) -> None:
        self.banner.clear()
        self._measuring.ask(RunClaims(claims=claims, model=self.model.value or SAMPLE))
        self._show_measuring(True)
        self.doing.setText(self.tr("Starting…"))  # its process may have to start

    def _on_progress(self, event: Event) -> None:
        if not isinstance(event, Progress):
            return
        self.bar.setValue(round(1000 * event.fraction))
        eta = "" if event.eta is None else self.tr(", about {0} left").format(duration_text(event.eta))
        self.doing.setText(f"{event.text}{eta}")
        if event.text != self._last_text and not self._reading.is_open:  # a row more
            self._last_text = event.text
            self._read()

    def _on_read(self, answer: object) -> None:
        assert isinstance(answer, MeasuredClaims)
        self._claims = answer.claims
        self._fill()

    def _on_measured(self, answer: object) -> None:
        assert isinstance(answer, MeasuredClaims)
        self._show_measuring(False)
        if answer.failed:
            self.banner.show_message("warning", "  ".join(answer.failed), dismissable=True)
        self._read()

    def _on_failed(self, failure: Failure | None) -> None:
        """A failure, or None where a person stopped it."""
        self._show_measuring(self._measuring.is_open)
        if failure is not None:
            self.banner.show_message("error", str(failure), dismissable=True)
        elif not self._reading.is_open:
            self._read()

    # -- inside ----------------------------------------
    def _show_measuring(self, on: bool) -> None:
        self.bar.setVisible(on)
        self.cancel.setVisible(on)
        self.all.setEnabled(not on)
        self.model.setEnabled(not on)
        self.one.setEnabled(not on and bool(self.selected()))
        self.bar.setRange(0, 1000)
        if not on:
            self.bar.setValue(0)
            self.doing.setText("")

    def _fill(self) -> None:
        """All claims, the selection kept; of the first list the first claim, so that there is something to read."""
        chosen = self.selected() or tuple(one.claim.id for one in self._claims[:1])
        heads = [self.tr("Section"), self.tr("Claim"), self.tr("Verdict"), self.tr("Seeds"), self.tr("Time")]
        self.table.show_cells(heads, [self._cells(one) for one in self._claims], words=(0, 1, 2))
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.table.horizontalHeader().setSectionResizeMode(SENTENCE, QHeaderView.ResizeMode.Stretch)
        for row, one in enumerate(self._claims):
            if one.claim.id in chosen:
                self.table.selectRow(row)
        counts = [(verdict, sum(one.verdict == verdict for one in self._claims)) for verdict in VERDICTS]
        self.summary.setText("   ".join(f"{count} {verdict}" for verdict, count in counts if count))
        self._on_selection()

    def _cells(self, one: Judged) -> list[Cell]:
        seeds = self.tr("exact") if one.claim.deterministic else str(one.seeds)
        return [
            Cell(one.claim.section, one.claim.section, "muted"),
            Cell(one.claim.sentence, one.claim.sentence),
            Cell(verdict_text(one), self._old_text(one), TONES[one.verdict], bold=one.verdict != "not measured"),
            Cell(seeds if one.measured else "–"),
            Cell(duration_text(one.seconds) if one.measured else "–"),
        ]

    def _old_text(self, one: Judged) -> str:
        text = self.tr("%n of {0} rows were measured with earlier code or bundled texts.", "", one.outdated)
        return text.format(one.measured) if one.outdated else ""

    def _words(self, one: Judged) -> str:
        """All that is known of a claim, in lines."""
        lines = [one.claim.sentence, *map(comparison_text, one.compared)]
        if one.arms:
            lines.append(f"{measure_title(one.claim.measure)}: {'; '.join(map(mean_text, one.arms))}")
        if one.outdated:
            lines.append(f"{OLD.strip()} {self._old_text(one)}")
        if one.measured < one.needed:
            text = self.tr("%n of {0} rows are missing.", "", one.needed - one.measured)
            lines.append(text.format(one.needed))
        if missing_text(one):
            lines.append(self.tr("What it would take: {0}").format(missing_text(one)))
        return "\n".join(lines)
