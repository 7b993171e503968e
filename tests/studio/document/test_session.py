"""One session: what every panel shows belongs to one document and one run; what no longer holds is cleared or said."""

from __future__ import annotations

import dataclasses

import pytest
from fake_engine import BLOCKS, FREE, PIPELINE, finish_run
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLabel, QPlainTextEdit

from engine.contracts.commands import Checked, Inspect
from engine.contracts.events import Generated, RunChanged
from engine.pipeline.document import Evaluation, Pipeline
from engine.record.history import Result
from studio.shell.assembly import Studio
from studio.shell.results import SHOWING


def words(studio: Studio) -> str:
    """Everything that the panels of results, and the one of the run, say where they are shown."""
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    found = []
    for name in (*SHOWING, "run"):
        panel = studio.window.workspace.panels[name]
        for widget in panel.findChildren(QLabel):
            found.append(widget.text() if not widget.isHidden() else "")
        found += [each.text() for each in panel.findChildren(QAbstractButton) if each.isVisibleTo(panel)]
        found += [each.toPlainText() for each in panel.findChildren(QPlainTextEdit)]
        boxes = [box for box in panel.findChildren(QComboBox) if box.isVisibleTo(panel)]
        found += [box.itemText(i) for box in boxes for i in range(box.count())]
    return "\n".join(found)


def notes(studio: Studio) -> set[str]:
    return {studio.window.workspace.panels[name].note() for name in SHOWING}


@pytest.mark.parametrize("verb", ["file.new", "open"])
def test_nothing_of_the_former_document_stays(studio, engine, tmp_path, verb):
    finish_run(studio, engine, tmp_path)
    studio.tryit.generate()
    engine.say(Generated(run=engine.commands[-1].id, model=str(tmp_path / BLOCKS[1]), text="once there was a result"))
    studio.bridge.pump()
    studio.window.workspace.panel("compare").show_rotations([])
    before = words(studio)
    assert "Round to nearest" in before and "once there was" in before and studio.session.run is not None
    if verb == "open":
        studio.document.open(Pipeline.linear([("model", {"model": "sample"})]), None)
    else:
        studio.window.table[verb].trigger()
    after = words(studio)
    assert "Round to nearest" not in after and "curve of" not in after and "once there was" not in after
    assert studio.session.run is None and studio.session.pair == ("", "") and studio.session.selection == []
    charts, compare = studio.window.workspace.panel("charts"), studio.window.workspace.panel("compare")
    assert not charts._data.metrics and not charts._data.layers and compare.pair() is None
    assert not compare._tabs.isTabVisible(2)
    assert engine.calls[-1] == ("cancel", engine.commands[-1].id) or studio.tryit._job is None
    assert notes(studio) == {""}


def test_results_that_an_edit_outdates_say_of_which_run_they_are(studio, engine, tmp_path):
    finish_run(studio, engine, tmp_path)
    assert notes(studio) == {""}
    studio.document.change("group", studio.document.pipeline.with_settings(BLOCKS[1], group_size=64))
    assert notes(studio) == {"From the run at 14:03. Changed since then: Round to nearest."}
    studio.document.undo_stack.undo()
    assert notes(studio) == {""}


@pytest.mark.parametrize("change", [{"text": "other.txt"}, {"window_size": 512}, {"num_windows": 3}])
def test_metrics_measured_in_another_way_are_outdated(studio, engine, tmp_path, change):
    finish_run(studio, engine, tmp_path)
    state = studio.canvas.pipeline_scene.block_state
    assert state(BLOCKS[1]).state == "done"
    studio.document.change("text", studio.document.pipeline.with_evaluation(Evaluation(**change)))
    assert {state(name).state for name in BLOCKS} == {"stale"}
    (note,) = notes(studio)
    assert note.startswith("From the run at 14:03.") and "evaluation" in note
    studio.document.undo_stack.undo()
    assert state(BLOCKS[1]).state == "done" and notes(studio) == {""}


def test_an_edit_of_a_block_that_waits_is_marked_while_the_run_goes_on(studio, engine):
    studio.document.open(PIPELINE, None)
    studio.window.show_workspace()
    studio.window.table["run.start"].trigger()
    engine.answer(Checked((), {}, (), FREE, FREE))
    studio.bridge.pump()
    engine.say(RunChanged(run=engine.commands[-1].id, state="running"))
    studio.bridge.pump()
    studio.document.change("group", studio.document.pipeline.with_settings(BLOCKS[1], group_size=64))
    mark = studio.canvas.pipeline_scene.block_state(BLOCKS[1])
    assert mark.state == "queued" and "original settings" in mark.badge
    engine.say(RunChanged(run=engine.commands[-1].id, state="cancelled"))
    studio.bridge.pump()


def test_the_pair_is_one_for_all_views(studio, engine, tmp_path):
    finish_run(studio, engine, tmp_path)
    compare = studio.window.workspace.panel("compare")
    assert studio.session.pair == BLOCKS == compare.ids()
    compare._on_swap()
    assert studio.session.pair == BLOCKS[::-1] == compare.ids()
    assert studio.tryit._left.path == str(tmp_path / BLOCKS[1])
    studio.session.choose(a=BLOCKS[0], b=BLOCKS[1])
    assert compare.ids() == BLOCKS and studio.tryit._left.path == str(tmp_path / BLOCKS[0])


def test_the_inspector_offers_what_is_selected_and_reads_nothing_yet(studio, engine, tmp_path):
    finish_run(studio, engine, tmp_path)
    sent = len(engine.commands)
    studio.canvas.select([BLOCKS[1]])
    inspector = studio.window.workspace.panel("inspector")
    assert inspector.artifact == str(tmp_path / BLOCKS[1]) and len(engine.commands) == sent
    inspector._tabs.setCurrentIndex(1)
    inspector.rotation.ask_requested.emit()
    assert engine.commands[-1].model == str(tmp_path / BLOCKS[1])


def test_the_inspector_offers_the_last_result_where_nothing_is_selected(studio, engine, tmp_path):
    finish_run(studio, engine, tmp_path)
    studio.canvas.select([])
    inspector = studio.window.workspace.panel("inspector")
    assert inspector.artifact == str(tmp_path / BLOCKS[-1]) and inspector._go.isVisibleTo(inspector)
    studio.canvas.select([BLOCKS[0]])
    assert inspector.artifact == str(tmp_path / BLOCKS[0])


def test_what_a_low_panel_asks_for_can_be_seen(studio, engine, tmp_path, qtbot):
    """At 1280 × 720 nobody has to scroll to the button that the panel is about."""
    studio.window.resize(1280, 720)
    finish_run(studio, engine, tmp_path)
    studio.window.workspace.arrange()
    studio.canvas.select([BLOCKS[1]])
    for name, button in (
        ("inspector", studio.window.workspace.panel("inspector")._go),
        ("tryit", studio.tryit._go),
        ("export", studio.export_panel._folder),
    ):
        studio.window.workspace.bring(name)
        qtbot.waitUntil(lambda button=button: button.isVisible() and not button.visibleRegion().isEmpty(), timeout=3000)
        assert button.visibleRegion().boundingRect().height() == button.height(), name


def test_what_is_ignored_in_the_inspector_is_a_setting_of_the_block(studio, engine, tmp_path):
    finish_run(studio, engine, tmp_path)
    studio.window.workspace.panel("inspector").ignore_requested.emit(str(tmp_path / BLOCKS[1]), "down")
    assert studio.document.pipeline.block(BLOCKS[1]).settings["ignore"] == ["down"]
    assert studio.session.run.blocks[BLOCKS[1]].stale
    studio.window.workspace.panel("inspector").ignore_requested.emit(str(tmp_path / BLOCKS[0]), "down")
    assert "can't skip layers" in studio.window.status.message(), "a source has none"


def test_a_run_is_watched_and_a_key_goes_back_to_building(studio, engine, tmp_path, qtbot):
    workspace = studio.window.workspace
    studio.document.open(PIPELINE, None)
    studio.window.show_workspace()
    qtbot.waitUntil(lambda: studio.canvas.height() > workspace.height() / 2)
    assert workspace.panels["run"].height() < 130, "one line until there is something"
    finish_run(studio, engine, tmp_path)
    QCoreApplication.processEvents()
    assert workspace.mode == "watch" and studio.window.table["view.watch"].isChecked()
    assert studio.watch.isVisible() and studio.watch.height() < workspace.height() / 2
    assert workspace.panels["settings"].isHidden() and workspace.panels["charts"].in_front
    studio.window.table["view.watch"].trigger()
    assert workspace.mode == "build" and not workspace.panels["settings"].isHidden()
    qtbot.waitUntil(lambda: workspace.panels["charts"].height() > 130)
    studio.window.table["view.watch"].trigger()
    studio.canvas.editor.block_activated.emit(BLOCKS[1])
    assert workspace.mode == "build" and studio.form.block_id == BLOCKS[1], "its settings can be seen"


def test_rows_of_results_are_compared_whichever_runs_they_are_of(studio, engine, tmp_path):
    finish_run(studio, engine, tmp_path)
    space = studio.window.workspace
    results, compare = space.panel("results"), space.panel("compare")
    known = studio.session.results()
    old = Result(
        run="0", run_name="before", status="done", started="2026-03-01T10:00:00", folder=tmp_path, note="", block="b",
        title="Old", method="gptq", settings={}, metrics={"perplexity": 9.0}, protocol={}, seconds=1.0,
        artifact=str(tmp_path / "old"), cached=False, source="m", model="m", device="cpu",
    )  # fmt: skip
    same = dataclasses.replace(old, block="c", title="Same", artifact=str(known[0].artifact))
    results.compare_requested.emit([old, same])
    assert space.panels["compare"].in_front and [each.id for each in compare.compared()] == ["0:b", known[0].id]
    studio.results.show_now()
    assert compare.ids() == ("0:b", known[0].id), "results of the run that come change nothing of that"
    compare.inspect_requested.emit(compare.compared())
    asked = [command for command in engine.commands if isinstance(command, Inspect)]
    assert asked[-1].model == old.artifact and "1 of 2" in compare.layer_pages.text.text()
    studio.session.swap_pair()
    assert compare.ids() == studio.session.pair, "A and B chosen on the canvas are shown"


def test_the_run_goes_by_the_name_that_its_pipeline_was_saved_under(studio, engine, tmp_path) -> None:
    finish_run(studio, engine, tmp_path)
    assert studio.session.run.pipeline.name == "Untitled"
    studio.document.save(tmp_path / "smol.json")
    assert studio.session.run.pipeline.name == "smol"
    assert not any(block.stale for block in studio.session.run.blocks.values()), "its results fit all the same"


def test_a_run_that_lost_much_does_not_end_with_a_green_tick(studio, engine, tmp_path) -> None:
    told: list[tuple[str, str]] = []
    studio.session.message.connect(lambda kind, text: told.append((kind, text)))
    finish_run(studio, engine, tmp_path)  # from a perplexity of 20 to one of 30
    assert told[-1][0] == "warning" and "Finished" in told[-1][1]
