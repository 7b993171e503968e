"""Watch: the cards of a pipeline in rows above the charts, and the ways back to the canvas."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest
from fake_engine import FREE, FakeEngine
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from engine.contracts.commands import Checked
from engine.contracts.events import LayerDone, Measured, Progress, RunChanged, StageChanged
from engine.pipeline.document import Block, Link, Pipeline
from engine.pipeline.layout import grid
from engine.record.folder import RunFolder
from engine.record.history import History
from engine.record.home import Home
from engine.record.state import BlockRun
from studio.canvas.describe import BlockState
from studio.kit.theme import theme
from studio.runs.card import facts
from studio.runs.result_card import LINE, PAIR, SHORT, WHOLE, divided
from studio.runs.watch import LEAST_HEIGHT
from studio.shell.assembly import Studio

CHAINS = ((8,), (4, 3), (3, 2, 2), (1,) * 7, (2, 2, 1, 1, 1), (3, 1, 1, 1, 1))
"""Lengths of the branches behind a model (the first one is that of a chain of eight blocks)."""


def pipeline(lengths: tuple[int, ...]) -> Pipeline:
    """A model with branches of so many blocks; eight blocks in all."""
    blocks, links = [Block(id="model", method="model", settings={"model": "sample"})], []
    for row, length in enumerate(lengths):
        before = "model"
        for column in range(length - (lengths == (8,))):
            name = f"b{row}{column}"
            blocks.append(Block(id=name, method="gguf_quants", x=304.0 * (column + 1), y=160.0 * row))
            links.append(Link(source=before, target=name))
            before = name
    return Pipeline(blocks=tuple(blocks), links=tuple(links))


def begin(studio: Studio, engine: FakeEngine, document: Pipeline) -> str:
    """Open a pipeline and run it; the id of the run."""
    studio.document.open(document, None)
    studio.window.show_workspace()
    studio.window.table["run.start"].trigger()
    blocks = {block.id: (10, 10, 1.0) for block in document.blocks}
    engine.answer(Checked((), blocks, (), FREE, FREE))
    studio.bridge.pump()
    run = engine.commands[-1].id
    engine.say(RunChanged(run=run, state="running"))
    studio.bridge.pump()
    return run


def measure(studio: Studio, engine: FakeEngine, run: str, folder: Path, perplexities: dict[str, float]) -> None:
    """End blocks with these perplexities."""
    for size, (name, value) in enumerate(perplexities.items()):
        metrics = {"perplexity": value, "size_bytes": 98.4e6 * 0.8**size, "coverage": 0.714}
        (folder / name).mkdir(exist_ok=True)
        engine.say(
            Measured(run=run, block=name, artifact=str(folder / name), metrics=metrics, protocol={"text": "sample"}),
            StageChanged(run=run, block=name, state="done", artifact=str(folder / name)),
        )
    studio.bridge.pump()


def test_branches_are_rows_in_the_order_of_the_pipeline() -> None:
    cells = grid(pipeline((3, 1, 2)))
    assert cells["model"] == (0, 0)
    assert [cells[name] for name in ("b00", "b01", "b02")] == [(1, 0), (2, 0), (3, 0)]
    assert [cells[name] for name in ("b10", "b20", "b21")] == [(1, 1), (1, 2), (2, 2)]
    assert divided("ppl 509.04") == ("ppl ", "509.04") and divided("98.4 MB") == ("", "98.4 MB")


def test_eight_blocks_are_seen_whole_in_a_small_window(
    studio: Studio, engine: FakeEngine, tmp_path: Path, qtbot: QtBot
) -> None:
    """Whatever their branches: all cards in view, no figure cut, most of the height left to the panels."""
    studio.window.resize(1280, 720)
    run = begin(studio, engine, pipeline(CHAINS[0]))
    measure(studio, engine, run, tmp_path, {block.id: 509.04 for block in studio.document.pipeline.blocks})
    engine.say(RunChanged(run=run, state="done"))
    studio.bridge.pump()
    for lengths in CHAINS:
        document = pipeline(lengths)
        studio.document.open(document, None)
        studio.window.workspace.lay_out("watch")
        qtbot.wait(20)
        watch, cards = studio.watch, studio.watch.cards.cards
        assert len(cards) == len(document.blocks) == 8
        seen = QRect(QPoint(0, 0), watch.area.viewport().size())
        for block, card in cards.items():
            place = card.geometry().translated(studio.watch.cards.pos())
            assert seen.contains(place), (lengths, block)
            assert card.width() >= card.least_width(card.lines), (lengths, block)
        assert watch.height() < 0.5 * studio.window.workspace.height(), lengths
        assert not any(first.geometry().intersects(second.geometry()) for first in cards.values()
                       for second in cards.values() if first is not second)  # fmt: skip


@pytest.mark.parametrize("points", [0, 5])
@pytest.mark.parametrize("perplexity", [20.47, 509.04, 50_900.0, 5.09e7])
def test_size_ratio_and_coverage_are_seen_of_eight_blocks_in_a_small_window(
    points: int, perplexity: float, studio: Studio, qtbot: QtBot, request: pytest.FixtureRequest
) -> None:
    """Also where a card has two lines, or one, in large text, and where the result is ruined."""
    request.addfinalizer(partial(theme().enlarge, 0))
    theme().enlarge(points)
    studio.window.resize(1280, 720)
    source = BlockRun("model", "Model", "done", metrics={"perplexity": 20.0, "size_bytes": 98.4e6})
    metrics = {"perplexity": perplexity, "size_bytes": 67.7e6, "coverage": 0.714}
    studio.window.show_workspace()
    shown = set()
    for lengths in (*CHAINS, (2, 1, 1, 1, 1, 1)):
        studio.document.open(pipeline(lengths), None)
        for block in studio.document.pipeline.blocks[1:]:
            result = facts(BlockRun(block.id, block.name, "done", metrics=metrics), source)
            studio.canvas.scene().set_block_state(block.id, BlockState("done", facts=result))
        studio.window.workspace.lay_out("watch")
        studio.watch.refresh()
        qtbot.wait(20)
        for block, card in studio.watch.cards.cards.items():
            card.grab()
            shown.add(card.lines)
            if card.lines > LINE or perplexity < 1e6:  # one line has no room for two numbers with exponents
                assert not card.unseen, (lengths, block, card.lines, card.width(), card.unseen)
    assert {SHORT, LINE} <= shown and (PAIR in shown or perplexity > 1e6)


@pytest.mark.parametrize("maker_is_there", [True, False])
def test_charts_of_reused_results_say_where_they_are(
    maker_is_there: bool, studio: Studio, engine: FakeEngine, qtbot: QtBot
) -> None:
    """When the run that computed them told nothing that can be read, or is gone."""
    home = Home.default()
    document = Pipeline.linear([("model", {"model": "sample"}), ("round_to_nearest", {})], name="mine")
    artifact = home.artifacts / "x"
    if maker_is_there:
        made = RunFolder.create(home.runs / "made", document, {})
        stage = {"block": "round_to_nearest_1", "title": "R", "method": "round_to_nearest", "settings": {}}
        stages = [{**stage, "state": "done", "metrics": {}, "artifact": str(artifact)}]
        report = {"run": "made", "name": "mine", "status": "done", "started": "2026-03-01T14:03:00", "stages": stages}
        made.write_report(report)
        made.close()
        with History.open(home) as history:
            history.record(made, report)
    run = begin(studio, engine, document)
    waiting = studio.window.workspace.panel("charts").waiting
    engine.say(
        StageChanged(run=run, block="round_to_nearest_1", state="cached", artifact=str(artifact)),
        RunChanged(run=run, state="done"),
    )
    studio.bridge.pump()
    qtbot.waitUntil(lambda: waiting._title.text() == "All results were reused")
    assert waiting._open.isHidden() != maker_is_there
    if maker_is_there:
        assert waiting._text.text() == "Their charts are with the run that computed them: “mine”, 03-01 14:03."
        with qtbot.waitSignal(studio.results.run_requested) as asked:
            waiting._open.click()
        assert asked.args[0].path == made.path
    else:
        assert "was deleted" in waiting._text.text()
    begin(studio, engine, document.model_copy(update={"name": "other"}))
    assert waiting._reused is None


def test_a_card_without_room_says_what_is_not_seen(studio: Studio, qtbot: QtBot) -> None:
    studio.document.open(pipeline((1,)), None)
    studio.window.show_workspace()
    source = BlockRun("model", "Model", "done", metrics={"perplexity": 20.0, "size_bytes": 98.4e6})
    metrics = {"perplexity": 20.4, "size_bytes": 67.7e6, "coverage": 0.714}
    result = facts(BlockRun("b00", "b", "done", metrics=metrics), source)
    studio.canvas.scene().set_block_state("b00", BlockState("done", facts=result))
    studio.window.workspace.lay_out("watch")
    qtbot.wait(20)
    card = studio.watch.cards.cards["b00"]
    card.lines = PAIR
    card.resize(130, 50)
    card.grab()
    assert card.unseen == ["coverage", "× 0.69"]
    card.resize(330, 50)
    card.grab()
    assert card.unseen == []


def test_a_card_says_what_is_done_then_what_was_lost(
    studio: Studio, engine: FakeEngine, tmp_path: Path, qtbot: QtBot
) -> None:
    run = begin(studio, engine, pipeline((1, 1, 1)))
    cards = studio.watch.cards.cards
    qtbot.waitUntil(lambda: bool(cards or studio.watch.cards.cards))
    cards = studio.watch.cards.cards
    assert all(card.lines in (WHOLE, SHORT, LINE) for card in cards.values())
    board = studio.window.workspace.panel("charts")
    measure(studio, engine, run, tmp_path, {"model": 20.0})
    engine.say(
        StageChanged(run=run, block="b00", state="running"),
        Progress(run=run, block="b00", fraction=0.4, total=0.2, text="Calibrating layer 14 of 30", eta=29.0),
    )
    studio.bridge.pump()
    assert "Calibrating layer 14 of 30" in cards["b00"].words() and cards["b00"].state.fraction == 0.4
    board._show_empty()
    assert board.waiting in board._shown and board.curves not in board._shown, "one tile, not three empty charts"
    engine.say(LayerDone(run=run, block="b00", layer="layers.0.up", index=0, count=30, metrics={"error": 0.1}))
    studio.bridge.pump()
    assert board.waiting not in board._shown and board.layers in board._shown
    measure(studio, engine, run, tmp_path, {"model": 20.0, "b00": 20.4, "b10": 23.0, "b20": 509.0})
    tones = {name: cards[name].facts()[1].tone for name in ("b00", "b10", "b20")}
    assert tones == {"b00": "text", "b10": "warning", "b20": "error"}
    assert cards["b20"].words().startswith("GGUF quants") and "Broken" in cards["b20"].words()
    assert "× 25.4" in cards["b20"].words() and "71.4 % compressed" in cards["b20"].words()
    assert cards["model"].facts()[0].value == "98.4 MB" and cards["model"].facts()[0].change == ""


def test_ways_back_to_the_canvas(studio: Studio, engine: FakeEngine, qtbot: QtBot) -> None:
    begin(studio, engine, pipeline((2,)))
    space, watch = studio.window.workspace, studio.watch
    for leave in (
        lambda: QTest.keyClick(studio.window.focusWidget(), Qt.Key.Key_Escape),
        lambda: QTest.mouseClick(watch.back, Qt.MouseButton.LeftButton),
        lambda: QTest.mouseDClick(watch.map, Qt.MouseButton.LeftButton, pos=watch.map.rect().center()),
        lambda: studio.window.table["view.watch"].trigger(),
    ):
        space.lay_out("watch")
        qtbot.waitUntil(lambda: watch.isVisible() and not studio.canvas.isVisible())
        leave()
        assert space.mode == "build" and studio.canvas.isVisible() and not watch.isVisible()
    assert not studio.window.table["view.build"].isEnabled(), "Esc belongs to the canvas again"


def test_cards_are_chosen_by_mouse_and_keys(studio: Studio, engine: FakeEngine, tmp_path: Path, qtbot: QtBot) -> None:
    run = begin(studio, engine, pipeline((2, 1)))
    measure(studio, engine, run, tmp_path, {"model": 20.0, "b00": 20.4, "b01": 21.0, "b10": 22.0})
    studio.results.show_now()
    cards = studio.watch.cards.cards
    QTest.mouseClick(cards["b00"], Qt.MouseButton.LeftButton)
    assert studio.session.selection == ["b00"] and cards["b00"].hasFocus()
    for key, block in ((Qt.Key.Key_Right, "b01"), (Qt.Key.Key_Left, "b00"), (Qt.Key.Key_Down, "b10")):
        QTest.keyClick(studio.window.focusWidget(), key)
        assert studio.session.selection == [block] and cards[block].hasFocus()
    QTest.keyClick(cards["b10"], Qt.Key.Key_2)
    assert studio.session.pair[1] == "b10" and cards["b10"].item.mark == "B" and ", B," in cards["b10"].words()
    QTest.keyClick(cards["b10"], Qt.Key.Key_Return)
    assert studio.window.workspace.mode == "build" and studio.form.block_id == "b10"


def test_what_needs_a_person_stands_above_the_cards(studio: Studio, engine: FakeEngine, qtbot: QtBot) -> None:
    for state in ("failed", "interrupted"):
        run = begin(studio, engine, pipeline((1,)))
        studio.window.workspace.bring("results")
        qtbot.wait(30)
        high = studio.watch.height()
        engine.say(RunChanged(run=run, state=state, message=f"It was {state} by signal 9"))  # type: ignore[arg-type]
        studio.bridge.pump()
        banner = studio.window.banner
        assert banner.isVisible() and f"{state} by signal 9" in banner.text()
        qtbot.waitUntil(lambda high=high: abs(studio.watch.height() - high) < 12)  # the panels make room for it
        banner.clear()
        qtbot.wait(30)


def test_more_height_is_asked_for_once_when_results_need_it(studio: Studio, qtbot: QtBot) -> None:
    studio.document.open(pipeline((3, 2, 2)), None)
    studio.window.show_workspace()
    studio.window.workspace.lay_out("watch")
    qtbot.wait(30)
    watch, asked = studio.watch, []
    watch.rearranged.connect(lambda: asked.append(watch.height()))
    watch._most = 2 * watch.height()
    watch.setFixedHeight(LEAST_HEIGHT)
    qtbot.wait(10)
    for state in ("running", "done", "running"):
        studio.canvas.pipeline_scene.set_block_state("b00", BlockState(state))
        qtbot.wait(10)
    assert len(asked) == 1, "a height that a person chose after that stays"
