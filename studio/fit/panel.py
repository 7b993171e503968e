"""Fit to budget: a slider over file sizes or speeds; the format of each layer, what is lost, why, what would help."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QCursor, QResizeEvent
from PySide6.QtWidgets import QHeaderView, QMenu, QTableView, QTabWidget, QWidget

from engine.base.human import bytes_text
from engine.base.table import Table
from engine.contracts.budget import BudgetProblem, Plan
from engine.fit.advice import Advice, advice
from engine.fit.front import front_points, uniform_points
from engine.fit.size import size_text
from engine.fit.solver import Solver
from engine.fit.words import bits_per_weight, guard_text, removed_text
from engine.record.budgets import FittedBlock
from studio.charts.saving import take_menu
from studio.engine_words import result_name, speed_words
from studio.fit.advicelist import AdviceList
from studio.fit.front import FrontChart, prediction_words
from studio.fit.heatmap import PlanMap
from studio.fit.locking import cell_menu, lock_patterns
from studio.fit.sizebar import SizeBar
from studio.fit.table import DOWN, UP, PlanModel, PlanOrder
from studio.kit.combo import Choice
from studio.kit.layouts import Pages, hbox, splitter, vbox
from studio.kit.tables import dress
from studio.kit.theme import SPACING
from studio.kit.widgets import Banner, EmptyState, button, label, tool

TALL = 480
"""Pixels of height from which nothing is behind a tab."""
LONGEST_STEP = "IQ3_XXS: +88.8 MB, −0.00088 nats"
LOW = 340
"""Pixels of height below which the map has no legend, and measurements no line of their own."""


class FitPanel(QWidget):
    """`show_blocks` says what was fitted. Nothing is measured here: every size is solved from what was. GUI thread
    only."""

    build_requested = Signal(str, str, int, float, list)
    """Block, its size, the context that is part of the size, tokens per second or 0, and its locks: a plan to build."""
    convert_requested = Signal(str, object, object)
    """Block, `BudgetProblem` and `Plan`: an ordinary block shall stand for it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._blocks: list[FittedBlock] = []
        self._built: FittedBlock | None = None
        """The block that is shown."""
        self._tall = self._compact = False
        self._totals = self._measured = ""
        self.problem: BudgetProblem | None = None
        self.solver: Solver | None = None
        self.plan: Plan | None = None
        self.locked: dict[str, str] = {}
        """Unit -> option."""
        self.map, self.front = PlanMap(self), FrontChart(self)
        self.map.cell_chosen.connect(self._on_cell)
        self.front.size_chosen.connect(self._on_size)
        self.advice = AdviceList(self)
        self.advice.followed.connect(self._on_advice)
        self.model = PlanModel(self)
        self.order = PlanOrder(self.model, self)
        self._build_table()
        self._build_head()
        self._lay_out()

    # -- what the window calls ----------------------------------------------------------------------------------------
    def show_blocks(self, blocks: Sequence[FittedBlock]) -> None:
        """Blocks of the run that have a plan. What the person chose stays while the analysis is the same."""
        self._blocks = list(blocks)
        self._block.offer(
            [(block.block, result_name(block.title)) for block in blocks], otherwise=max(len(blocks) - 1, 0)
        )
        self._block.setVisible(len(blocks) > 1)
        self._pages.setCurrentIndex(1 if blocks else 0)
        self._show_block()

    def show_activity(self, text: str) -> None:
        """Say what is done meanwhile, "" for nothing, where there is no plan yet."""
        self._empty.set_text(self.tr("No plan yet") if text else self.tr("Nothing fitted yet"), text or self._words)

    def offer(self, block: str) -> None:
        """Show this block, if it has a plan."""
        if self._block.choose(block):
            self._show_block()

    @property
    def block(self) -> str:
        """Id of the block that is shown, "" for none."""
        return self._block.value

    def refuse(self, why: str) -> None:
        """Say why something could not be done."""
        self.banner.show_message("warning", why, dismissable=True)

    # -- plans --------------------------------------------------------------------------------------------------------
    def _show_block(self) -> None:
        fitted = next((block for block in self._blocks if block.block == self._block.value), None)
        if fitted is None:
            self.problem = self.solver = self.plan = None
            self._built, self.locked = None, {}
            self.map.show_problem(None)
            return
        if fitted == self._built:
            return
        self._built, self.problem = fitted, fitted.problem
        self.banner.clear()
        self.map.show_problem(fitted.problem)
        self.bar.budget = fitted.plan.budget
        self.bar.offer(fitted.problem.cache, has_speed=fitted.problem.decoding is not None)
        self._solve_anew(fitted.plan.locked, fitted.plan.speed)

    def _solve_anew(self, locked: Mapping[str, str], speed: float | None = None) -> None:
        """Other locks: another front, other ends of the slider. ``speed``: tokens per second to turn to, 0 for a size;
        None for what is chosen."""
        assert self.problem is not None
        self.locked = dict(locked)
        self.solver = solver = Solver(self.problem, self.locked)
        speeds = None if self.problem.decoding is None else (solver.slowest, solver.fastest)
        self.bar.show_bounds((solver.smallest, solver.largest), self.problem.whole, speeds)
        if speed:
            self.bar.show_speed(speed)
        elif speed is not None and self.bar.is_speed:
            self.bar.show_size(self.bar.budget)
        self.front.show_front(front_points(self.solver), uniform_points(self.problem), self.problem.measured_points)
        self._unlock.setVisible(bool(self.locked))
        self._unlock.setText(self.tr("Unlock all ({0})").format(len(self.locked)))
        self._on_chosen()

    def _on_moved(self) -> None:
        """While the slider moves: colors, marks and totals, no more."""
        if self.solver is not None:
            speed, size = self.bar.speed, self.bar.budget
            self._show_plan(self.solver.quick_at(speed) if speed else self.solver.quick(size))

    def _on_chosen(self) -> None:
        """The exact plan, its reasons and advice."""
        if self.solver is None or self.problem is None:
            return
        built = self._built if self._is_built() else None
        plan = built.plan if built is not None else self.solver.plan(self._size, self.bar.speed)
        self._measured = guard_text(built.guard) if built is not None else ""
        self._show_plan(plan)
        rows = self.solver.rows(plan)
        self.map.show_rows(rows)
        first = not self.model.rows
        self.model.show(self.problem, rows)
        if first:
            self._fit_columns()
        self.advice.show_advice(advice(self.problem, plan), of_speed=bool(plan.speed))

    def _fit_columns(self) -> None:
        """Once for a size of texts, with room for what other plans will write."""
        self.table.resizeColumnsToContents()
        room = self.table.fontMetrics().horizontalAdvance(LONGEST_STEP) + 2 * SPACING
        for column in (UP, DOWN):
            self.table.setColumnWidth(column, max(room, self.table.columnWidth(column)))

    @property
    def _size(self) -> int:
        """Bytes that the file may take: those that are chosen, or any where a speed is."""
        assert self.solver is not None
        return self.solver.most if self.bar.is_speed else self.bar.budget

    def _is_built(self) -> bool:
        """True where what is chosen and the present locks are those of the plan that was built: it is shown as it
        is."""
        plan = self._built.plan if self._built is not None else None
        if plan is None or self.locked != plan.locked:
            return False
        if self.bar.is_speed:
            return plan.speed == self.bar.speed
        return not plan.speed and self.bar.within(plan.budget) == self.bar.budget

    def _show_plan(self, plan: Plan) -> None:
        assert self.problem is not None
        self.plan = plan
        self.map.show_choices(plan.choices, plan.locked)
        self.front.show_plan(plan)
        self._show_totals()

    def _show_totals(self) -> None:
        """Size, bits, speed and predicted loss of the plan; keys and values that are counted beside its file."""
        if self.problem is None or self.plan is None:
            return
        bits = f"{bits_per_weight(self.plan.bytes, self.problem.whole // 2):.2f}"
        words = [bytes_text(self.plan.bytes), self.tr("{0} bits a weight").format(bits)]
        if gone := removed_text(self.problem):
            words.append(self.tr("without {0}").format(gone))
        if speed := self.problem.speed_of(self.plan.choices):
            words.append(speed_words(speed))
        if self.bar.beside:
            words.append(self.tr("keys and values {0}").format(bytes_text(self.bar.beside)))
        words.append(self.tr("predicted KL {0}").format(prediction_words(self.plan.predicted)))
        self._totals = " · ".join(words)
        self._show_measured()

    # -- the user -----------------------------------------------------------------------------------------------------
    def lock(self, units: Sequence[str], option: str | None) -> None:
        """Lock units at an option, or unlock them; the plan is made again around them."""
        locked = {name: value for name, value in self.locked.items() if name not in units}
        if option is not None:
            locked |= dict.fromkeys(units, option)
        self._solve_anew(locked)

    def unit_menu(self, unit: str) -> QMenu:
        """The menu of a cell or a row."""
        assert self.problem is not None and self.plan is not None
        return cell_menu(self.problem, unit, self.plan.choices, self.locked, self.lock, self)

    def _on_cell(self, unit: str) -> None:
        self.pick(unit)
        self.unit_menu(unit).popup(QCursor.pos())

    def pick(self, unit: str) -> None:
        """Select a unit, on the map and in the table."""
        self.map.pick(unit)
        index = self.order.mapFromSource(self.model.index(self.model.row_of(unit), 0))
        if index.isValid():
            self.table.setCurrentIndex(index)
            self.table.scrollTo(index)

    def _on_size(self, size: int) -> None:
        self.bar.show_size(size)
        self._on_chosen()

    def _on_advice(self, piece: Advice) -> None:
        assert self.plan is not None and self.problem is not None
        changed = self.plan.choices | dict.fromkeys(piece.units, piece.option)
        speed = self.problem.speed_of(changed)
        if self.bar.is_speed and speed:
            self.bar.show_speed(speed)
        else:
            self.bar.budget = self.plan.bytes + piece.bytes
        self.lock(piece.units, piece.option)

    def _on_unlock(self) -> None:
        self.lock(list(self.locked), None)

    def _on_refused(self, why: str) -> None:
        if why:
            self.refuse(why)
        else:
            self.banner.clear()

    def _on_build(self) -> None:
        assert self.problem is not None
        size, locks = size_text(self._size + self.bar.beside), lock_patterns(self.problem, self.locked)
        self.build_requested.emit(self.block, size, self.bar.context, self.bar.speed, locks)

    def _on_convert(self) -> None:
        self.convert_requested.emit(self.block, self.problem, self.plan)

    def _on_current(self, current: QModelIndex) -> None:
        if (unit := self._unit_of(current)) is not None:
            self.map.pick(unit)

    def _unit_of(self, index: QModelIndex) -> str | None:
        row = self.order.mapToSource(index).row()
        return self.model.rows[row][0].name if row >= 0 else None

    def _on_row_menu(self, position: QPoint) -> None:
        index = self.table.indexAt(position)
        if (unit := self._unit_of(index)) is not None:
            self.unit_menu(unit).popup(self.table.viewport().mapToGlobal(position))

    def _on_activated(self, index: QModelIndex) -> None:
        """Enter on a row, or a double click."""
        if (unit := self._unit_of(index)) is not None:
            spot = self.table.visualRect(index).bottomLeft()
            self.unit_menu(unit).popup(self.table.viewport().mapToGlobal(spot))

    def shown_table(self) -> Table:
        """The table in the order that is shown, with all digits."""
        return self.order.table()

    # -- construction -------------------------------------------------------------------------------------------------
    def _build_head(self) -> None:
        self._block = Choice(self.tr("Fitted block"), self)
        self._block.activated.connect(self._show_block)
        self._block.hide()
        self.bar = SizeBar(self)
        self.bar.moved.connect(self._on_moved)
        self.bar.chosen.connect(self._on_chosen)
        self.bar.refused.connect(self._on_refused)
        self.bar.of.activated.connect(self._show_totals)
        self.totals = label("", self)
        self.measured = label("", self, look="muted")
        self.measured.hide()
        self.totals.setAccessibleName(self.tr("Size and predicted KL divergence of the plan"))
        tip = self.tr("Unlock all layers")
        self._unlock = tool(self.tr("Unlock"), tip, self, picture="reset", on=self._on_unlock)
        self._unlock.hide()
        tip = self.tr("Give the block this size and these locks, and run the pipeline")
        self._build = button(self.tr("Build this plan"), self, look="primary", picture="run", tip=tip)
        self._build.clicked.connect(self._on_build)
        tip = self.tr("Replace the block by an ordinary one that has a format for each layer")
        self._convert = button(self.tr("Turn into ordinary blocks"), self, tip=tip, on=self._on_convert)
        self.banner = Banner(self)

    def _build_table(self) -> None:
        self.table = QTableView(self)
        dress(self.table, self.tr("Format of each layer, and why"))
        self.table.setModel(self.order)
        self.table.setSortingEnabled(True)
        self.table.sortByColumn(-1, Qt.SortOrder.AscendingOrder)
        self.table.setSelectionMode(QTableView.SelectionMode.SingleSelection)
        self.table.setHorizontalScrollMode(QTableView.ScrollMode.ScrollPerPixel)
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        self.table.horizontalHeader().setStretchLastSection(True)
        self.table.selectionModel().currentChanged.connect(self._on_current)
        self.table.activated.connect(self._on_activated)
        self.table.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.table.customContextMenuRequested.connect(self._on_row_menu)

    def _lay_out(self) -> None:
        self._words = self.tr(
            "Run Fit to budget once: it measures how much each layer matters. Then any file size can be chosen here."
        )
        self._empty = EmptyState("disk", "", "", self)
        self.show_activity("")
        self._tabs = QTabWidget(self)
        self._tabs.setDocumentMode(True)
        self._tabs.addTab(self.front, self.tr("Front"))
        self._tabs.addTab(self.advice, self.tr("Advice"))
        self._tabs.addTab(self.table, self.tr("Layers"))
        menu = take_menu(self.shown_table, "plan", self)
        export = tool("", self.tr("Copy or save the table of layers"), self, picture="export", menu=menu)
        self._tabs.setCornerWidget(export, Qt.Corner.TopRightCorner)
        self._beside = splitter(Qt.Orientation.Horizontal, self, (self.map, 560), (self._tabs, 460))
        self._below = splitter(Qt.Orientation.Horizontal, self)
        self._below.hide()
        self._above = splitter(Qt.Orientation.Vertical, self, (self._beside, 400), (self._below, 200))
        content = QWidget(self)
        head = hbox(self._block, (self.bar, 1), margins=0, gap=SPACING)
        totals = hbox((self.totals, 1), self._unlock, self._convert, self._build, margins=0, gap=SPACING)
        content.setLayout(vbox(head, totals, self.measured, self.banner, (self._above, 1), margins=0))
        self._pages = Pages()
        self._pages.addWidget(self._empty)
        self._pages.addWidget(content)
        self.setLayout(vbox(self._pages, margins=SPACING))

    def event(self, event: QEvent) -> bool:
        """In an area that scrolls only the area knows how much of the panel can be seen."""
        area = self.parentWidget()
        if event.type() == QEvent.Type.ParentChange and area is not None:
            area.installEventFilter(self)
        return super().event(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        area = self.parentWidget()
        if watched is area and area is not None and event.type() == QEvent.Type.Resize:
            self._fit_height(area.height())
        return super().eventFilter(watched, event)

    def _fit_height(self, height: int) -> None:
        compact = height < LOW
        if compact != self._compact:
            self._compact = compact
            self.map.set_compact(compact)
            self._show_measured()

    def _show_measured(self) -> None:
        """On a line of its own, or behind the totals where lines are few."""
        words = self._measured
        self.measured.setText(words)
        self.measured.setVisible(bool(words) and not self._compact)
        self.totals.setText(f"{self._totals} · {words}" if words and self._compact else self._totals)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        tall = event.size().height() >= TALL
        if tall != self._tall:
            self._tall = tall
            self._arrange()

    def _arrange(self) -> None:
        """With enough height nothing is behind a tab: the front stands beside the map, advice and table below."""
        width, height = self.width(), self.height()
        if self._tall:
            for widget, split in ((self.front, self._beside), (self.advice, self._below)):
                self._tabs.removeTab(self._tabs.indexOf(widget))
                split.addWidget(widget)
                widget.show()
            self._below.addWidget(self._tabs)
            self._below.setSizes([2 * width // 5, 3 * width // 5])
            self._above.setSizes([11 * height // 20, 9 * height // 20])
        else:
            self._tabs.insertTab(0, self.front, self.tr("Front"))
            self._tabs.insertTab(1, self.advice, self.tr("Advice"))
            self._tabs.setCurrentIndex(0)
            self._beside.addWidget(self._tabs)
        self._below.setVisible(self._tall)
        self._beside.setSizes([11 * width // 20, 9 * width // 20])
