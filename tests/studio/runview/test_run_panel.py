"""The run panel shows what the run says, and nothing more."""

from __future__ import annotations

import time
from functools import partial

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton, QWidget

from engine.contracts.commands import Checked
from engine.contracts.events import Failure, Log, Measured, Progress, RunChanged, StageChanged
from engine.contracts.metrics import metrics_words
from engine.contracts.problem import Problem
from engine.pipeline.document import Pipeline
from engine.pipeline.names import distinct_titles
from engine.record.state import RunState
from studio.kit.actions import Actions
from studio.kit.details import FailureDialog
from studio.kit.stylesheet import style_sheet
from studio.kit.theme import theme
from studio.runs.log import LogView
from studio.runs.panel import RunPanel
from studio.runs.table import BLOCK, PROGRESS, QUALITY, SIZE, STATE, TIME, BlockTable

PIPELINE = Pipeline.linear([("model", {}), ("round_to_nearest", {})])
TITLES = distinct_titles(PIPELINE)


@pytest.fixture
def panel(qtbot):
    owner = QWidget()
    qtbot.addWidget(owner)
    made = RunPanel(Actions(owner), owner)
    made.resize(1100, 300)
    yield made


@pytest.fixture
def run():
    return RunState.start("r", PIPELINE, None, TITLES)


def checked(memory: int = 100, free: int = 1000, cached: tuple[str, ...] = ()) -> Checked:
    estimates = {"model_1": (0, 10, 0.1), "round_to_nearest_1": (50, memory, 2.0)}
    return Checked((), estimates, cached, free, 10_000)


def text(panel: RunPanel, row: int, column: int) -> str:
    return panel.table.blocks.index(row, column).data(Qt.ItemDataRole.DisplayRole)


def test_states_progress_and_metrics_of_every_block(panel, run):
    panel.show_run(run, TITLES)
    start = time.time() - 0.5
    for event in (
        RunChanged(run="r", state="running", time=start),
        StageChanged(run="r", block="model_1", state="running", time=start),
        StageChanged(run="r", block="model_1", state="cached", time=start + 0.5),
        StageChanged(run="r", block="round_to_nearest_1", state="running", time=start + 0.5),
        Progress(run="r", block="round_to_nearest_1", fraction=0.3, total=0.4, text="layer 2 of 4", total_eta=12.0),
    ):
        run.apply(event)
    run.blocks["model_1"].metrics = {"size_bytes": 2_000_000.0}
    panel.refresh(set(run.blocks))
    assert [text(panel, 0, column) for column in (STATE, TIME, SIZE)] == ["Cached", "0.5 s", "2.00 MB"]
    assert text(panel, 1, STATE) == "Running" and text(panel, 1, PROGRESS) == "layer 2 of 4"
    assert panel._bar.value() == 400
    assert "12 s left" in panel._times.text() and "block 2 of 2" in panel._title.whole()


def test_cancelling_is_said_with_the_safe_point(panel, run):
    panel.show_run(run, TITLES)
    run.apply(StageChanged(run="r", block="round_to_nearest_1", state="running"))
    run.apply(Progress(run="r", block="round_to_nearest_1", fraction=0.3, total=0.4, text="layer 2 of 4"))
    run.apply(RunChanged(run="r", state="cancelling"))
    panel.refresh()
    assert panel._title.whole().startswith("Canceling…") and "layer 2 of 4" in panel._title.whole()
    assert not panel._buttons["run.cancel"].isEnabled()


def test_too_little_memory_is_said_and_may_be_overruled(panel, qtbot):
    panel.offer_run_anyway(checked(memory=5000).shortage())
    assert "5.00 kB" in panel.banner.text() and "1.00 kB" in panel.banner.text()
    anyway = next(b for b in panel.banner.findChildren(QPushButton) if b.text() == "Run anyway")
    with qtbot.waitSignal(panel.run_anyway_chosen):
        anyway.click()


def test_problems_name_their_block_and_lead_to_it(panel, qtbot):
    problem = Problem("error", "1000 inputs, group size 128", "down_proj", "Choose 125", block="round_to_nearest_1")
    warning = Problem("warning", "Careful")
    panel.show_checked(checked(), TITLES, [warning, problem])
    assert panel.problems.item(0).text().startswith("Round to nearest: 1000 inputs")
    with qtbot.waitSignal(panel.block_chosen) as chosen:
        panel.problems.itemClicked.emit(panel.problems.item(0))
    assert chosen.args == ["round_to_nearest_1"]


def test_a_failure_has_what_where_why_advice_and_details(panel, run, qtbot):
    panel.show_run(run, TITLES)
    failure = Failure(run="r", block="model_1", what="No room", where="layer 3", why="2 GB", advice="use less")
    panel.show_failure(failure)
    assert panel.banner.text() == "No room (layer 3): 2 GB. Use less."
    details = next(b for b in panel.banner.findChildren(QPushButton) if b.text() == "Details")
    details.click()
    (dialog,) = panel.window().findChildren(FailureDialog)
    said = [each.text() for each in dialog.findChildren(QLabel)]
    assert all(word in said for word in ("Model", "No room", "layer 3", "2 GB", "use less"))
    dialog.close()


def test_the_log_is_filtered_by_level_and_words(qtbot):
    log = LogView()
    qtbot.addWidget(log)
    log.clear({"b": "Block"})
    log.add([Log(run="r", level="info", text="one"), Log(run="r", block="b", level="warning", text="two")])
    assert "one" in log.text() and "Block: two" in log.text()
    log._level.setCurrentIndex(1)
    assert "one" not in log.text() and "two" in log.text()
    log._level.setCurrentIndex(0)
    log._words.setText("ONE")
    assert "one" in log.text() and "two" not in log.text()


def test_a_long_log_is_bounded(qtbot):
    log = LogView()
    qtbot.addWidget(log)
    log.add([Log(run="r", level="info", text=f"line {n}") for n in range(7000)])
    lines = log.text().splitlines()
    assert len(lines) == 5000 and lines[-1].endswith("line 6999")


def test_a_collapsed_model_is_called_one(panel, run):
    panel.show_run(run, TITLES)
    protocol = {"collapsed": "collapsed: a perplexity of 9e+04 is worse than guessing"}
    metrics = {"perplexity": 91234.5, "size_bytes": 5e6}
    run.apply(Measured(run="r", block="round_to_nearest_1", artifact="a", metrics=metrics, protocol=protocol))
    run.apply(Measured(run="r", block="model_1", artifact="b", metrics={"perplexity": 29.1}, protocol={}))
    model = panel.table.blocks
    assert [model.index(row, QUALITY).data() for row in (0, 1)] == ["29.10", "collapsed"]
    assert [metrics_words(run.blocks[name].metrics, run.blocks[name].protocol) for name in TITLES] == [
        "ppl 29.10",
        "collapsed · 5.00 MB",
    ]


def test_an_encoder_says_how_like_the_original_it_is():
    assert metrics_words({"hidden_cosine": 0.9876, "size_bytes": 5e6}, {}) == "cosine 0.9876 · 5.00 MB"


@pytest.mark.parametrize("dressed", [False, True])
def test_names_and_times_are_whole_where_the_table_is_narrow(qtbot, toys, qapp, request, dressed):
    before = qapp.styleSheet()
    request.addfinalizer(lambda: qapp.setStyleSheet(before))
    qapp.setStyleSheet(style_sheet(theme().tokens) if dressed else "")
    pipeline = Pipeline.linear([("model", {"model": "m"}), ("round_to_nearest", {})])
    run = RunState.start("run", pipeline, None, {b.id: f"{b.method} of four bits" for b in pipeline.blocks})
    start = time.time() - 61.0 - 3598.0
    run.apply(RunChanged(run="run", state="running", time=start))
    first, last = (block.id for block in pipeline.blocks)
    run.apply(StageChanged(run="run", block=first, state="running", time=start))
    run.apply(StageChanged(run="run", block=first, state="done", artifact="a", time=start + 61.0))
    run.apply(StageChanged(run="run", block=last, state="running", time=start + 61.0))
    run.apply(Progress(run="run", block=last, fraction=0.5, total=0.5, eta=3598.0))
    table = BlockTable()
    qtbot.addWidget(table)
    table.blocks.show_run(run)

    def fits(column: int) -> bool:
        hints = [table.sizeHintForIndex(table.blocks.index(row, column)) for row in (0, 1)]
        return all(hint.width() <= table.columnWidth(column) for hint in hints)

    for width in (1200, 580):
        table.resize(width, 200)
        table.show()
        table.fit(over=False)
        assert fits(TIME), table.blocks.index(1, TIME).data()
    assert table.blocks.index(1, TIME).data().count(",") == 0, "only what is left"
    run.apply(StageChanged(run="run", block=last, state="done", seconds=61.0, artifact="b"))
    run.apply(RunChanged(run="run", state="done"))
    table.fit(over=True)
    assert fits(BLOCK) and fits(TIME) and not table.horizontalScrollBar().isVisible()


@pytest.fixture
def ended(toys):
    """A run of a long name and a short one that is over, measured, with nothing left to say."""
    pipeline = Pipeline.linear([("model", {"model": "m"}), ("round_to_nearest", {})])
    first, last = (block.id for block in pipeline.blocks)
    made = RunState.start("run", pipeline, None, {first: "Model", last: "One-shot pruning of experts"})
    for n, block in enumerate((first, last)):
        metrics = {"perplexity": 20.5 + n, "size_bytes": 5.06e6, "bits_per_weight": 4.25}
        made.apply(Measured(run="run", block=block, artifact=block, metrics=metrics, protocol={}))
        made.apply(StageChanged(run="run", block=block, state="done", seconds=75.0, artifact=block))
    made.apply(RunChanged(run="run", state="done"))
    return made


@pytest.mark.parametrize("points", [0, 5])
def test_names_and_numbers_are_whole_in_large_text(qtbot, qapp, request, ended, points):
    """Words of states give their room to names before sizes do: their icons say the same."""
    request.addfinalizer(partial(theme().enlarge, 0))
    theme().enlarge(points)
    table = BlockTable()
    qtbot.addWidget(table)
    table.blocks.show_run(ended)
    table.show()
    hidden = []
    for width in range(1000, 200, -20):
        table.resize(width, 200)
        table.fit(over=True)
        qapp.processEvents()
        if table.isColumnHidden(SIZE):
            break
        for column in (BLOCK, TIME, QUALITY, SIZE):
            hints = [table.sizeHintForIndex(table.blocks.index(row, column)).width() for row in (0, 1)]
            assert max(hints) <= table.columnWidth(column), (width, column)
        hidden.append(table.blocks.index(0, STATE).data() == "")
        assert table.blocks.index(0, STATE).data(Qt.ItemDataRole.AccessibleTextRole) == "Done"
        assert not table.horizontalScrollBar().isVisible(), (width, [table.columnWidth(n) for n in range(7)])
    assert not hidden[0] and hidden[-1]
