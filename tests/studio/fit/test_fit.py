"""The panel of plans for a budget: what moves with the slider, locks, reasons, and what leaves it."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QScrollArea
from pytestqt.qtbot import QtBot

from engine.base.human import bytes_text
from engine.contracts.budget import BudgetProblem, KeyValueCache, Measurement, RemovedWidths
from engine.fit.advice import advice
from engine.fit.size import rounded_up, size_text
from engine.fit.solver import Solver
from engine.fit.words import bits_per_weight, tokens_per_second
from engine.record.budgets import FittedBlock
from studio.fit.cells import Grid
from studio.fit.locking import cell_menu, lock_patterns
from studio.fit.panel import LOW, TALL, FitPanel
from studio.kit.theme import theme
from studio.kit.widgets import PlainLabel
from tests.engine.fit import problems
from tests.engine.fit.problems import realistic
from tests.looks import unreachable

GUARD = {"kl": 0.2, "uniform": "Q4_K", "uniform_kl": 0.31, "kept": "plan"}


@pytest.fixture(scope="module")
def problem() -> BudgetProblem:
    built = Measurement(label="built", bytes=70_000_000, predicted=0.9, measured=1.1, rounding="gptq")
    return realistic(measured=(built,))


def fitted(problem: BudgetProblem, size: int = 75_000_000, locks: dict[str, str] | None = None) -> FittedBlock:
    plan = Solver(problem, locks or {}).plan(size)
    return FittedBlock("fit_to_budget_1", "Fit to budget", problem, plan, GUARD)


@pytest.fixture
def panel(qtbot: QtBot, problem: BudgetProblem) -> FitPanel:
    panel = FitPanel(None)  # type: ignore[arg-type]
    qtbot.addWidget(panel)
    panel.resize(950, 400)
    panel.show()
    panel.show_blocks([fitted(problem)])
    return panel


def cell_of(panel: FitPanel, unit: str) -> QPoint:
    """Where a cell is on the viewport of the map."""
    view = panel.map.plot.getViewBox()
    return panel.map.plot.mapFromScene(view.mapViewToScene(panel.map.cells.grid.places[unit].center()))


def popped(qtbot: QtBot) -> QMenu:
    qtbot.waitUntil(lambda: isinstance(QApplication.activePopupWidget(), QMenu))
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    return menu


def test_without_a_run_it_says_what_to_do(qtbot: QtBot) -> None:
    panel = FitPanel(None)  # type: ignore[arg-type]
    qtbot.addWidget(panel)
    panel.show_blocks([])
    assert panel.map.choices == {} and panel.plan is None
    assert panel._pages.currentIndex() == 0

    def words() -> list[str]:
        return [line.text() for line in panel._empty.findChildren(PlainLabel)]

    assert "Run Fit to budget once" in words()[1]
    panel.show_activity("Fit to budget: layer 3 of 30")
    assert words() == ["No plan yet", "Fit to budget: layer 3 of 30"]
    panel.show_activity("")
    assert "Run Fit to budget once" in words()[1]


def test_the_built_plan_is_shown_first_with_what_was_measured(panel: FitPanel, problem: BudgetProblem) -> None:
    built = fitted(problem)
    assert panel.plan == built.plan
    assert panel.map.choices == built.plan.choices
    assert panel.bar.box.text() == "75MB"
    assert panel.totals.text().startswith(f"{bytes_text(built.plan.bytes)} · ")
    bits = bits_per_weight(built.plan.bytes, problem.whole // 2)
    assert f" · {bits:.2f} bits a weight · predicted KL " in panel.totals.text()
    assert "0.31" in panel.measured.text() and "Q4_K" in panel.measured.text() and panel.measured.isVisible()
    QTest.keyClick(panel.bar.box, Qt.Key.Key_Return)
    assert panel.plan == built.plan
    panel.bar.box.setText("80MB")
    QTest.keyClick(panel.bar.box, Qt.Key.Key_Return)
    assert not panel.measured.isVisible()


def test_layers_and_widths_that_are_gone_are_named(panel: FitPanel, problem: BudgetProblem) -> None:
    """The map has no row for a layer that went."""
    units = tuple(unit for unit in problem.units if unit.layer != 4)
    widths = RemovedWidths(heads=("0-1",) * 29, channels=("0-255",) * 29)
    gone = {"units": units, "uniform": (), "removed_layers": (4,), "removed_widths": widths, "removed_loss": 0.1}
    panel.show_blocks([fitted(problem.model_copy(update=gone))])
    assert "without layer 4, and 2 heads and 256 channels of each other layer" in panel.totals.text()
    assert 4 not in panel.map.cells.grid.layers and 5 in panel.map.cells.grid.layers


def test_ranks_are_named_in_legend_readout_and_menus(panel: FitPanel, problem: BudgetProblem, qtbot: QtBot) -> None:
    """A layer may be factorized: the option says its rank."""
    first = problem.units[0]
    option = first.options[0].model_copy(update={"id": "int4-r96", "bytes": first.options[0].bytes - 64})
    units = (first.model_copy(update={"options": (option, *first.options)}), *problem.units[1:])
    ranked = problem.model_copy(update={"units": units, "uniform": ()})
    panel.show_blocks([fitted(ranked, locks={first.name: "int4-r96"})])
    assert panel.map.choices[first.name] == "int4-r96"
    assert "rank 96 in int4" in panel.map.unit_text(first.name)
    assert "rank 96 in int4" in {entry.text for entry in panel.map.legend.entries}
    menu = cell_menu(ranked, first.name, panel.map.choices, {}, lambda *_: None, panel)
    qtbot.addWidget(menu)
    (action,) = [one for one in menu.actions() if one.text().startswith("rank 96 in int4")]
    assert action.isChecked()


def test_while_the_slider_moves_cells_recolor_and_nothing_exact_is_solved(
    panel: FitPanel, problem: BudgetProblem, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of each move: one quick plan, one repaint of the cells; the exact plan, reasons and advice once, at the end."""
    calls: list[str] = []
    for name in ("quick", "plan", "rows"):
        whole = getattr(Solver, name)
        monkeypatch.setattr(Solver, name, lambda *a, _n=name, _w=whole: (calls.append(_n), _w(*a))[1])
    looks, lists = [], []
    monkeypatch.setattr(panel.map.cells, "update", lambda: looks.append(1))
    monkeypatch.setattr(panel.advice, "show_advice", lambda pieces, **_: lists.append(pieces))
    slider = panel.bar.slider
    slider.setSliderDown(True)
    before = dict(panel.map.choices)
    for position in range(400, 450, 10):
        slider.setSliderPosition(position)
    assert calls == ["quick"] * 5 and len(looks) == 5 and not lists
    assert panel.map.choices != before and panel.plan is not None
    assert panel.map.choices == Solver(problem, {}).quick(panel.bar.budget).choices
    calls.clear()
    slider.setSliderDown(False)
    assert calls.count("plan") == 1 and len(lists) == 1
    assert panel.plan == Solver(problem, {}).plan(panel.bar.budget)


def test_a_size_that_is_no_round_number_is_written_with_four_digits(panel: FitPanel, problem: BudgetProblem) -> None:
    """And stays as it is, to the byte, while nothing else is typed."""
    panel.show_blocks([fitted(problem, 75_123_457)])
    assert panel.bar.box.text() == "75.13MB"
    QTest.keyClick(panel.bar.box, Qt.Key.Key_Return)
    assert panel.bar.budget == 75_123_457 and panel.measured.isVisible()


def test_keys_move_the_slider_and_the_exact_plan_follows(panel: FitPanel, problem: BudgetProblem, qtbot: QtBot) -> None:
    panel.bar.slider.setFocus()
    QTest.keyClick(panel.bar.slider, Qt.Key.Key_PageUp)
    size = panel.bar.budget
    assert size > 75_000_000
    qtbot.waitUntil(lambda: panel.plan == Solver(problem, {}).plan(size))


@pytest.mark.parametrize(("typed", "said"), [("lots", "not a size"), ("3MB", "smallest file takes")])
def test_sizes_that_mean_nothing_are_refused_with_a_sentence(panel: FitPanel, typed: str, said: str) -> None:
    before = panel.plan
    panel.bar.box.setText(typed)
    QTest.keyClick(panel.bar.box, Qt.Key.Key_Return)
    assert said in panel.banner.text()
    assert panel.plan == before
    panel.bar.box.setText("40%")
    QTest.keyClick(panel.bar.box, Qt.Key.Key_Return)
    assert panel.banner.text() == ""
    assert panel.plan is not None and panel.plan.budget == int(0.4 * panel.problem.whole)  # type: ignore[union-attr]


def choose_context(panel: FitPanel, tokens: int) -> None:
    panel.bar.of.choose(str(tokens))
    panel.bar.of.activated.emit(panel.bar.of.currentIndex())


def test_with_a_context_the_size_is_that_of_file_and_cache(qtbot: QtBot, problem: BudgetProblem) -> None:
    panel = FitPanel(None)  # type: ignore[arg-type]
    qtbot.addWidget(panel)
    panel.show_blocks([fitted(problem)])
    assert not panel.bar.of.isEnabled() and panel.bar.of.count() == 1, "the cache of this model is not known"
    known = problem.model_copy(update={"cache": KeyValueCache(whole=20_000)})
    panel.show_blocks([fitted(known)])
    file, beside = panel.bar.budget, 20_000 * 4096
    choose_context(panel, 4096)
    assert panel.bar.box.text() == size_text(rounded_up(75_000_000 + beside)) and panel.bar.budget == file
    least = Solver(known, {}).smallest
    assert panel.bar._least.text() == bytes_text(least + beside)
    panel.bar.box.setText("160MB")
    QTest.keyClick(panel.bar.box, Qt.Key.Key_Return)
    assert panel.plan == Solver(known, {}).plan(160_000_000 - beside)
    panel.bar.box.setText("90MB")
    QTest.keyClick(panel.bar.box, Qt.Key.Key_Return)
    assert f"With its keys and values the smallest file takes {bytes_text(least + beside)}" in panel.banner.text()
    with qtbot.waitSignal(panel.build_requested) as wanted:
        panel._build.click()
    assert wanted.args == ["fit_to_budget_1", "160MB", 4096, 0.0, []]
    assert f" · keys and values {bytes_text(panel.bar.beside)} · " in panel.totals.text()
    choose_context(panel, 0)
    assert "keys and values" not in panel.totals.text()
    assert panel.bar.box.text() == size_text(rounded_up(160_000_000 - beside))


@pytest.fixture(scope="module")
def timed(problem: BudgetProblem) -> BudgetProblem:
    return problems.timed(problem)


def test_tokens_per_second_are_chosen_by_slider_and_box(qtbot: QtBot, timed: BudgetProblem) -> None:
    panel = FitPanel(None)  # type: ignore[arg-type]
    qtbot.addWidget(panel)
    panel.show()
    panel.show_blocks([fitted(timed)])
    built = panel.plan
    assert built is not None and "tokens/s" in panel.totals.text()
    panel.bar.of.choose("speed")
    panel.bar.of.activated.emit(panel.bar.of.currentIndex())
    solver = Solver(timed, {})
    assert panel.bar.speed == solver.slowest and panel.plan == solver.plan(solver.most, solver.slowest)
    assert panel.bar._most.text() == tokens_per_second(solver.fastest)
    panel.bar.slider.setSliderDown(True)
    panel.bar.slider.setSliderPosition(500)
    assert panel.plan == solver.quick_at(panel.bar.speed) and solver.slowest < panel.bar.speed < solver.fastest
    panel.bar.slider.setSliderDown(False)
    middle = f"{(solver.slowest + solver.fastest) / 2:.1f}"
    panel.bar.box.setText(middle)
    QTest.keyClick(panel.bar.box, Qt.Key.Key_Return)
    assert panel.bar.speed == float(middle) and panel.plan == solver.plan(solver.most, float(middle))
    reached = timed.speed_of(panel.plan.choices)
    assert reached is not None and reached >= float(middle) - 1e-6
    for typed, why in (("fast", "Type a number"), ("nan", "Type a number"), ("1e9", "The fastest plan writes")):
        panel.bar.box.setText(typed)
        QTest.keyClick(panel.bar.box, Qt.Key.Key_Return)
        assert why in panel.banner.text() and panel.bar.speed == float(middle)
    with qtbot.waitSignal(panel.build_requested) as wanted:
        panel._build.click()
    assert wanted.args == ["fit_to_budget_1", size_text(solver.most), 0, float(middle), []]
    panel.front.size_chosen.emit(75_000_000)
    assert not panel.bar.is_speed and panel.plan == built, "a click into the chart of sizes chooses a size"


def test_a_plan_of_a_speed_is_shown_with_it(qtbot: QtBot, timed: BudgetProblem) -> None:
    panel = FitPanel(None)  # type: ignore[arg-type]
    qtbot.addWidget(panel)
    solver = Solver(timed, {})
    asked = (solver.slowest + solver.fastest) / 2
    plan = solver.plan(100_000_000, asked)
    panel.show_blocks([FittedBlock("fit_to_budget_1", "Fit to budget", timed, plan, GUARD)])
    assert panel.bar.is_speed and panel.bar.speed == asked and panel.plan == plan
    assert "0.31" in panel._measured
    first = timed.units[0]
    panel.lock([first.name], first.options[-1].id)
    assert panel.bar.is_speed and panel.plan is not None and panel.plan.choices[first.name] == first.options[-1].id
    panel.show_blocks([fitted(timed)])
    assert not panel.bar.is_speed and panel.bar.budget == 75_000_000


def test_advice_on_a_plan_of_a_speed_changes_the_speed(qtbot: QtBot, timed: BudgetProblem) -> None:
    panel = FitPanel(None)  # type: ignore[arg-type]
    qtbot.addWidget(panel)
    panel.show_blocks([fitted(timed)])
    solver = Solver(timed, {})
    panel.bar.show_speed((solver.slowest + solver.fastest) / 2)
    panel._on_chosen()
    before = panel.plan
    assert before is not None
    first = advice(timed, before)[0]
    assert "ms a token" in panel.advice.texts[0] and first.milliseconds is not None
    panel.advice.followed.emit(first)
    after = panel.plan
    assert after is not None and panel.bar.is_speed
    longer = (timed.milliseconds_of(after.choices) or 0.0) - (timed.milliseconds_of(before.choices) or 0.0)
    assert longer == pytest.approx(first.milliseconds, abs=1e-5)
    assert {after.choices[name] for name in first.units} == {first.option}


def test_a_click_on_a_cell_locks_it_and_its_menu_unlocks_it(
    panel: FitPanel, problem: BudgetProblem, qtbot: QtBot
) -> None:
    unit = "layer 7: v"
    assert panel.map.choices[unit] != "Q2_K"
    QTest.mouseMove(panel.map.plot.viewport(), cell_of(panel, unit))
    QTest.mouseClick(panel.map.plot.viewport(), Qt.MouseButton.LeftButton, pos=cell_of(panel, unit))
    menu = popped(qtbot)
    entry = next(action for action in menu.actions() if action.text().startswith("Q2_K\t"))
    menu.close()
    entry.trigger()
    assert panel.locked == {unit: "Q2_K"} and panel.map.choices[unit] == "Q2_K"
    assert panel.map.cells.locked == {unit}
    assert panel.model.value(panel.model.row_of(unit), 9) == "locked"
    assert panel.plan is not None and panel.plan.bytes <= 75_000_000
    panel._unlock.click()
    assert panel.locked == {} and panel.plan == fitted(problem).plan


def test_a_role_or_a_layer_is_locked_at_once(panel: FitPanel) -> None:
    menu = panel.unit_menu("layer 3: v")
    titles = [action.menu().title() for action in menu.actions() if action.menu() is not None]  # type: ignore[attr-defined]
    assert titles == ["Lock v of all layers at", "Lock layer 3 at"]
    inner = [action.menu() for action in menu.actions() if action.menu() is not None]
    next(a for a in inner[0].actions() if a.text() == "Q8_0").trigger()  # type: ignore[attr-defined]
    assert len(panel.locked) == 30 and set(panel.locked.values()) == {"Q8_0"}
    menu.deleteLater()


def test_locks_become_patterns_that_mean_them(problem: BudgetProblem) -> None:
    assert lock_patterns(problem, {}) == []
    role = {unit.name: "Q8_0" for unit in problem.units if unit.role == "v"}
    assert lock_patterns(problem, role) == ["v=Q8_0"]
    assert lock_patterns(problem, {"layer 3: q": "Q4_K", "embedding": "Q6_K"}) == [
        "model.layers.3.q_proj=Q4_K",
        "model.embed_tokens=Q6_K",
    ]
    assert lock_patterns(problem, {**role, "layer 0: v": "Q6_K"})[0] == "model.layers.0.v_proj=Q6_K"


def test_a_lock_of_siblings_names_one_of_them(problem: BudgetProblem) -> None:
    """A pattern that means one layer of a unit means the unit; its own name and role mean no layer."""
    siblings = [
        problem.units[0].model_copy(
            update={"name": f"{n}.qkv", "role": "qkv", "layer": n, "layers": (f"{n}.q", f"{n}.k")}
        )
        for n in range(2)
    ]
    grouped = problem.model_copy(update={"units": tuple(siblings)})
    assert lock_patterns(grouped, {"0.qkv": "Q4_K", "1.qkv": "Q4_K"}) == ["0.q=Q4_K", "1.q=Q4_K"]


def test_embedding_and_head_have_cells_of_their_own(problem: BudgetProblem) -> None:
    head = problem.units[-1].model_copy(update={"name": "head", "role": "head"})
    grid = Grid.of((*problem.units, head))
    assert grid.roles[0] == "embedding" and grid.roles[-1] == "head"
    assert grid.places["embedding"].width() == 30
    assert grid.unit_at(12.0, 0.2) == "embedding" and grid.unit_at(29.4, 8.0) == "head"
    assert grid.unit_at(3.0, 1.0) == "layer 3: q" and grid.unit_at(40.0, 1.0) is None
    twice = problem.units[0].model_copy(update={"name": "another q"})
    shared = Grid.of((*problem.units, twice))
    assert shared.unit_at(-0.25, 1.0) == "layer 0: q" and shared.unit_at(0.25, 1.0) == "another q"


def test_hovering_says_why_and_what_the_next_steps_cost(panel: FitPanel) -> None:
    place = panel.map.cells.grid.places["layer 5: down"].center()
    found = panel.map.readout(place.x(), place.y())
    assert found is not None and found[0] == 5.0
    for words in ("down of layer 5", "one up", "one down", "bits a weight", "the budget saves more elsewhere"):
        assert words in found[1], found[1]
    QTest.mouseMove(panel.map.plot.viewport(), cell_of(panel, "layer 5: down"))
    assert panel.map.readout(99.0, 99.0) is None


def test_a_format_that_is_switched_off_in_the_legend_fades(panel: FitPanel) -> None:
    option = panel.map.choices["layer 5: down"]
    panel.map.legend.set_shown(option, False)
    assert panel.map.cells.look.colors["layer 5: down"].name() == theme().tokens.raised
    panel.map.legend.set_shown(option, True)
    assert panel.map.cells.look.colors["layer 5: down"] == panel.map.color_of(option)


def test_the_table_sorts_by_value_and_is_saved_with_all_digits(panel: FitPanel) -> None:
    panel.table.sortByColumn(4, Qt.SortOrder.DescendingOrder)
    rows = list(csv.DictReader(io.StringIO(panel.shown_table().to_csv())))
    losses = [float(row["loss"]) for row in rows]
    assert losses == sorted(losses, reverse=True) and len(rows) == 211
    assert rows[0]["unit"] == max(panel.model.rows, key=lambda pair: pair[1].loss)[0].name
    panel.table.sortByColumn(6, Qt.SortOrder.AscendingOrder)
    rates = [row["up_nats_per_mb"] for row in csv.DictReader(io.StringIO(panel.shown_table().to_csv()))]
    known = [float(rate) for rate in rates if rate]
    assert known == sorted(known) and rates == [*rates[: len(known)], *[""] * (len(rates) - len(known))]


def test_a_row_and_its_cell_are_picked_together(panel: FitPanel, qtbot: QtBot) -> None:
    panel.pick("layer 9: up")
    assert panel.map.cells.picked == "layer 9: up"
    index = panel.table.currentIndex()
    assert index.siblingAtColumn(0).data() == "up of layer 9"
    panel.table.activated.emit(index)
    menu = popped(qtbot)
    assert any(action.text() == "Lock up of layer 9 at" for action in menu.actions())
    menu.close()


def test_advice_is_that_of_the_engine_and_can_be_followed(panel: FitPanel, problem: BudgetProblem) -> None:
    assert panel.plan is not None
    given = advice(problem, panel.plan)
    assert panel.advice.texts == [piece.text for piece in given]
    before, first = panel.plan, given[0]
    panel.advice.followed.emit(first)
    assert {panel.plan.choices[unit] for unit in first.units} == {first.option}
    assert panel.plan.bytes <= before.bytes + first.bytes and panel.plan.loss < before.loss


def test_the_front_marks_the_plan_and_a_click_chooses_a_size(panel: FitPanel, problem: BudgetProblem) -> None:
    table = panel.front.table()
    kinds = [row[0] for row in table.rows]
    assert kinds.count("uniform") == len(problem.uniform) and kinds.count("measured") == 1
    assert panel.plan is not None
    assert 10 ** panel.front._mark.value() == pytest.approx(panel.plan.bytes)
    x, y = panel.front._uniform_places()
    panel.front.clicked(float(x[5]), float(y[5]))
    uniform = sorted(problem.bytes_of(one.choices) for one in problem.uniform)[5]
    assert panel.bar.budget == uniform and panel.plan.bytes <= uniform
    panel.front.clicked(8.0, -2.0)
    assert panel.bar.budget == 100_000_000
    for near in ((float(x[5]), float(y[5])), (8.0, -2.0)):
        found = panel.front.readout(*near)
        assert found is not None and "nats" in found[1]


def test_losses_on_the_axis_are_plain_decimals(panel: FitPanel) -> None:
    assert panel.front.left.tickStrings([1.0, 0.0, -2.0, -5.0], 1.0, None) == ["10", "1", "0.01", "0.00001"]


def test_where_there_is_height_nothing_is_behind_a_tab(panel: FitPanel) -> None:
    assert panel._tabs.count() == 3 and not panel.advice.isVisible()
    panel.resize(1200, TALL + 200)
    QApplication.processEvents()
    assert panel.front.isVisible() and panel.advice.isVisible() and panel.table.isVisible()
    panel.resize(950, TALL - 100)
    QApplication.processEvents()
    assert panel._tabs.count() == 3 and panel.front.isVisible() and not panel.advice.isVisible()


def test_where_there_is_no_height_the_map_has_the_room_of_its_legend(
    panel: FitPanel, problem: BudgetProblem, qtbot: QtBot
) -> None:
    area = QScrollArea()
    qtbot.addWidget(area)
    area.setWidgetResizable(True)
    area.setWidget(panel)
    area.resize(950, LOW + 100)
    area.show()
    assert panel.map.legend.isVisible() and panel.measured.isVisible()
    area.resize(950, LOW - 60)
    QApplication.processEvents()
    assert not panel.map.legend.isVisible() and not panel.measured.isVisible()
    assert "On held-out text" in panel.totals.text()
    panel.show_blocks([fitted(problem, 60_000_000)])
    assert not panel.map.legend.isVisible() and not panel.measured.isVisible()
    area.resize(950, LOW + 100)
    QApplication.processEvents()
    assert panel.map.legend.isVisible() and panel.measured.isVisible()
    area.takeWidget()


def test_everything_has_a_name_and_a_key(panel: FitPanel) -> None:
    assert not unreachable(panel)


def test_other_results_of_the_same_analysis_change_nothing(panel: FitPanel, problem: BudgetProblem) -> None:
    panel.lock(["layer 3: q"], "Q8_0")
    panel.show_blocks([fitted(problem)])
    assert panel.locked == {"layer 3: q": "Q8_0"}
    panel.show_blocks([fitted(problem, 60_000_000)])
    assert panel.locked == {} and panel.bar.budget == 60_000_000
    panel.show_blocks([])
    assert panel.plan is None and panel.problem is None


@pytest.mark.parametrize("name", ["light", "contrast"])
def test_themes_change_what_is_drawn(panel: FitPanel, name: str) -> None:
    theme().apply(name)  # type: ignore[arg-type]
    assert panel.grab().toImage().width() > 0
    assert panel.map.plot.backgroundBrush().color().name() == theme().tokens.surface


def test_pictures_and_data_leave_it(panel: FitPanel, tmp_path: Path) -> None:
    for chart in (panel.map, panel.front):
        for suffix in ("png", "svg", "csv"):
            path = tmp_path / f"{type(chart).__name__}.{suffix}"
            chart.export(path)
            assert path.stat().st_size > 500
    rows = list(csv.DictReader(io.StringIO((tmp_path / "PlanMap.csv").read_text())))
    assert {row["unit"]: row["option"] for row in rows} == panel.map.choices


@pytest.mark.parametrize("larger", [0, 5])
def test_totals_are_whole_in_a_narrow_panel(panel: FitPanel, larger: int) -> None:
    """Nothing that a plan says is cut, whether what was measured stands below or behind."""
    theme().enlarge(larger)
    try:
        for height in (LOW + 200, LOW - 20):
            panel.resize(900, height)
            QApplication.processEvents()
            assert "…" not in panel.totals.text() and "0.31" in panel.totals.text() + panel.measured.text()
            for shown in (panel.totals, panel.measured):
                need = shown.heightForWidth(shown.width())
                assert shown.isHidden() or need <= shown.height() + 2, (height, need, shown.height())
    finally:
        theme().enlarge(0)
