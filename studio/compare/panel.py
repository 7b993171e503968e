"""Comparing artifacts: two, A and B, or as many as are wanted, those of other runs too."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHeaderView, QMenu, QTabWidget, QToolButton, QWidget

from engine.base.table import Table
from engine.contracts.metrics import metric_text
from engine.contracts.spread import spread_text
from engine.record.comparison import (
    Row,
    Variant,
    difference_text,
    differing,
    metric_names,
    protocol_rows,
    ratio_text,
    rows,
    to_table,
    verdict_text,
)
from studio.charts.saving import take_menu
from studio.compare.answers import AnswersComparison
from studio.compare.layers import LayersComparison
from studio.compare.rotations import RotationsComparison
from studio.compare.scatter import ScatterChart
from studio.engine_words import engine_word, metric_help, metric_name_with_unit, result_name
from studio.inquiry import InquiryPages
from studio.kit.ab_badge import Letter
from studio.kit.combo import Choice
from studio.kit.layouts import Pages, TableSplit, hbox, vbox
from studio.kit.tables import Cell, CellsTable
from studio.kit.theme import SPACING, theme
from studio.kit.widgets import Banner, CheckMenu, EmptyState, button, tool
from studio.states import change_token

if TYPE_CHECKING:
    from engine.contracts.inspection import Inspection
    from engine.contracts.rotation import RotationInspection

ROTATIONS, ANSWERS = 2, 3
"""Indices of the tabs of rotations and of answers."""
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


class ComparePanel(QWidget):
    """GUI thread only. `set_variants` says what there is; metrics are compared at once, layers after the user asked
    for it: `inspect_requested`, answered by `show_inspections`, or by what the `layer_pages` show on the way."""

    inspect_requested = Signal(list)
    """Look into the layers of these `Variant`s."""
    pair_chosen = Signal(str, str)
    """Ids of the two that the person wants to see."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._variants: list[Variant] = []
        self._guests: list[Variant] = []
        self._more: list[str] = []
        self._picked = False
        self.left, self.right = self._chooser(self.tr("Result A")), self._chooser(self.tr("Result B"))
        self.banner = Banner(self)
        self.scatter = ScatterChart(self)
        self.scatter.selected.connect(self._on_point)
        self.layers = LayersComparison(self)
        self.rotations = RotationsComparison(self)
        self.answers = AnswersComparison(self)
        self._build_pages()
        theme().changed.connect(self._fill)

    # -- what the window calls ----------------------------------------
    def set_variants(self, variants: Sequence[Variant]) -> None:
        """The variants of the run, in order. A choice that is still there stays; else the first and the last. Guests of
        other runs stay beside them."""
        before = self.ids()
        former = before if self._picked else ("", "")
        artifacts = {variant.artifact for variant in variants}
        self._variants = [*variants, *(guest for guest in self._guests if guest.artifact not in artifacts)]
        self._picked = self._picked and bool(self._variants)
        entries = [(variant.id, result_name(variant.title)) for variant in self._variants]
        for box, chosen, otherwise in zip((self.left, self.right), former, (0, len(entries) - 1), strict=True):
            box.offer(entries, chosen=chosen, otherwise=otherwise)
        self._pages.setCurrentIndex(1 if len(self._variants) > 1 else 0)
        if before != self.ids():
            self.layer_pages.show_ask()
        self._fill()

    def clear(self) -> None:
        """Nothing of a former run is left, nor of others."""
        self._guests, self._more = [], []
        self.set_variants([])
        self.banner.clear()
        self._tabs.setTabVisible(ROTATIONS, False)
        self._tabs.setTabVisible(ANSWERS, False)
        self._tabs.setCurrentIndex(0)

    def invite(self, guests: Sequence[Variant]) -> None:
        """Compare these, of whichever runs: the first two are A and B."""
        own = {variant.artifact: variant for variant in self._variants if variant not in self._guests}
        invited = [own.get(guest.artifact, guest) for guest in guests]
        self._guests = [variant for variant in invited if variant.artifact not in own]
        self.set_variants(list(own.values()))
        self._more = [variant.id for variant in invited[2:]]
        self.choose(invited[0].id, invited[1].id)

    @property
    def has_guests(self) -> bool:
        """True if results of other runs are among those compared."""
        return bool(self._guests)

    def compared(self) -> list[Variant]:
        """A, B and what was put beside them."""
        pair = self.pair()
        more = [variant for variant in self._variants if variant.id in self._more and variant not in (pair or ())]
        return [*pair, *more] if pair else []

    def ids(self) -> tuple[str, str]:
        """Ids of the two that are compared, "" for none."""
        return self.left.value, self.right.value

    def choose(self, left: str, right: str) -> None:
        """Compare these two, by id."""
        self.left.choose(left)
        self.right.choose(right)
        self._picked = True
        self.layer_pages.show_ask()
        self._fill()

    def pair(self) -> tuple[Variant, Variant] | None:
        """The two that are compared."""
        if len(self._variants) < 2:
            return None
        return self._variants[self.left.currentIndex()], self._variants[self.right.currentIndex()]

    def show_inspections(self, inspections: Sequence[Inspection]) -> None:
        """Compare the layers of those that were asked for."""
        titles = [result_name(item.title) for item in self.compared()]
        self.layers.show_beside(
            inspections, titles if len(titles) == len(inspections) else [item.model for item in inspections]
        )
        self.layer_pages.show_answer()

    def show_rotations(self, rotations: Sequence[tuple[Variant, RotationInspection]]) -> None:
        """Show variants with different rotations beside each other."""
        self.rotations.show_rotations(rotations)
        self._tabs.setTabVisible(ROTATIONS, True)
        self._tabs.setCurrentIndex(ROTATIONS)

    def show_stopped(self) -> None:
        """The layers were asked for, and then not wanted."""
        self.layer_pages.show_error(self.tr("Stopped"), self.tr("The comparison was stopped."))

    def shown_table(self) -> Table:
        """The metrics and protocols as they are compared, with all digits."""
        compared = self.compared()
        return to_table(*compared) if compared else Table((), ())

    # -- construction ----------------------------------------
    def _chooser(self, name: str) -> Choice:
        box = Choice(name, self, letters=1)
        box.setMinimumWidth(160)
        box.activated.connect(self._on_choice)
        return box

    def _build_pages(self) -> None:
        empty = EmptyState(
            "compare",
            self.tr("Nothing to compare yet"),
            self.tr("Run a pipeline with at least two blocks or with branches. Every block's result can be compared."),
            self,
        )
        self.table = CellsTable(self.tr("Metrics of the results"), self)
        header = self.table.horizontalHeader()
        header.setTextElideMode(Qt.TextElideMode.ElideRight)
        metrics = self._metrics = TableSplit(self.table, self.scatter, self)
        self._inspect = button(self.tr("Compare the layers"), self, look="primary", on=self._on_inspect)
        text = self.tr(
            "Reads the weights of the results and shows sizes, errors, outliers and distributions of every layer."
        )
        ask = EmptyState("inspect", self.tr("Compare layers"), text, self, self._inspect)
        self.layer_pages = InquiryPages(ask, self.layers, self)
        self._tabs = QTabWidget(self)
        self._tabs.setDocumentMode(True)
        self._tabs.addTab(metrics, self.tr("Metrics"))
        self._tabs.addTab(self.layer_pages, self.tr("Layers"))
        self._tabs.addTab(self.rotations, self.tr("Rotations"))
        self._tabs.setTabVisible(ROTATIONS, False)
        self._tabs.addTab(self.answers, self.tr("Answers"))
        self._tabs.setTabVisible(ANSWERS, False)
        menu = take_menu(self.shown_table, "comparison", self)
        export = tool("", self.tr("Copy or save the metrics"), self, picture="export", menu=menu)
        self._tabs.setCornerWidget(export, Qt.Corner.TopRightCorner)
        swap = tool("⇄", self.tr("Swap A and B"), self, on=self._on_swap)
        self._add = self._more_button()
        a, b = Letter(self, "A"), Letter(self, "B")
        choice = hbox(a, (self.left, 1), swap, b, (self.right, 1), self._add, gap=SPACING)
        content = QWidget(self)
        content.setLayout(vbox(choice, self.banner, (self._tabs, 1), margins=0))
        self._pages = Pages()
        self._pages.addWidget(empty)
        self._pages.addWidget(content)
        self.setLayout(vbox(self._pages, margins=SPACING))

    def _more_button(self) -> QToolButton:
        menu = CheckMenu(self)
        menu.aboutToShow.connect(partial(self._fill_more, menu))
        tip, name = self.tr("Compare more than two results"), self.tr("Compare more than two results")
        return tool(self.tr("More"), tip, self, picture="plus", menu=menu, name=name)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The table has the height."""
        super().resizeEvent(event)
        self._metrics.fit(self.height())
        self.table.share_width()

    # -- the user ----------------------------------------
    def _on_choice(self) -> None:
        self._pick(*self.ids())

    def _on_swap(self) -> None:
        left, right = self.ids()
        self._pick(right, left)

    def _on_point(self, variant: str) -> None:
        """A click in the scatter plot puts the point at the right."""
        self._pick(self.left.value, variant)

    def _pick(self, left: str, right: str) -> None:
        self.choose(left, right)
        self.pair_chosen.emit(left, right)

    def _fill_more(self, menu: QMenu) -> None:
        menu.clear()
        for variant in self._variants:
            if variant.id not in self.ids():
                action = menu.addAction(result_name(variant.title))
                action.setCheckable(True)
                action.setChecked(variant.id in self._more)
                action.toggled.connect(partial(self._on_more, variant.id))
        if menu.isEmpty():
            menu.addAction(self.tr("No other results")).setEnabled(False)

    def _on_more(self, variant: str, on: bool) -> None:
        self._more = [name for name in self._more if name != variant] + ([variant] if on else [])
        self.layer_pages.show_ask()
        self._fill()

    def _on_inspect(self) -> None:
        self.inspect_requested.emit(self.compared())

    # -- inside ----------------------------------------
    def _fill(self) -> None:
        compared = self.compared()
        self._add.setText(self.tr("{0} more").format(len(compared) - 2) if len(compared) > 2 else self.tr("More"))
        if not compared:
            return
        self._warn(compared)
        self._inspect.setEnabled(all(variant.artifact for variant in compared))
        titles = [
            f"{letter} · {result_name(variant.title)}" for letter, variant in zip(LETTERS, compared, strict=False)
        ]
        last = [self.tr("Difference"), self.tr("Ratio"), self.tr("B vs. A")] if len(compared) == 2 else []
        heads = [self.tr("Metric"), *titles, *last]
        names = metric_names(*compared)
        comparisons = [rows(compared[0], variant, names) for variant in compared[1:]]
        cells = [self._metric(name, compared, against) for name, *against in zip(names, *comparisons, strict=True)]
        cells += [self._protocol(*pair) for pair in protocol_rows(*compared)]
        self.table.show_cells(heads, cells, words=(0, len(heads) - 1) if last else (0,))
        self.table.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        self.scatter.show_variants(self._variants, *self.ids())
        self._tabs.setTabVisible(ANSWERS, self.answers.show_variants(compared))

    def _warn(self, compared: Sequence[Variant]) -> None:
        different = differing(*compared)
        if different:
            text = self.tr("Measured differently, so the metrics can't be compared: {0}")
            self.banner.show_message("warning", text.format("; ".join(different)))
        else:
            self.banner.clear()

    def _metric(self, name: str, compared: Sequence[Variant], against: Sequence[Row]) -> list[Cell]:
        """Of two: difference, ratio and verdict; of more, each is tinted by how it stands against the first."""
        cells = [
            Cell(metric_name_with_unit(name), metric_help(name)),
            *(self._value(name, variant) for variant in compared),
        ]
        if len(compared) == 2:
            row = against[0]
            tone = change_token(row.verdict, row.grade)
            texts = difference_text(row), ratio_text(row)
            bold = tone not in (None, "muted")
            return [*cells, *(Cell(text, text) for text in texts), Cell(verdict_text(row, engine_word), "", tone, bold)]
        for column, row in enumerate(against, start=2):
            said = "   ".join(filter(None, (difference_text(row), ratio_text(row), verdict_text(row, engine_word))))
            cells[column] = cells[column]._replace(tip=said, tone=change_token(row.verdict, row.grade))
        return cells

    def _value(self, name: str, variant: Variant) -> Cell:
        text = metric_text(name, variant.measured, variant.protocol, "–", with_unit=False)
        if name in variant.measured and name not in variant.metrics:
            return Cell(text, self.tr("Zero by definition: this is the original compared with itself."), "muted")
        return Cell(text, "  ".join(filter(None, (text, spread_text(variant.details, name)))))

    def _protocol(self, word: str, texts: Sequence[str], differs: bool) -> list[Cell]:
        tone = "warning" if differs else "muted"
        cells = [Cell(self.tr("Evaluated with: {0}").format(word), self.tr("Evaluation settings"), tone)]
        cells += [Cell(text or "–", text, tone) for text in texts]
        if len(texts) == 2:
            cells += [Cell(""), Cell(""), Cell(self.tr("differs") if differs else self.tr("same"), "", tone)]
        return cells
