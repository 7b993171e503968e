"""Export: formats of the chosen result, why one can't be written, and what the verification found."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

from engine.contracts.commands import DescribeFormats, Export, FormatInfo
from engine.contracts.events import Failure, Progress
from engine.contracts.problem import Problem
from engine.contracts.settings import FieldInfo, Settings, fields, setting
from engine.record.state import BlockRun
from studio.document.settings import UserSettings
from studio.export.panel import ExportPanel
from tests.looks import faults


class Options(Settings):
    shards: int = setting(1, title="Files", help="How many.", ge=1)


def described(options: tuple[FieldInfo, ...] = ()) -> tuple[FormatInfo, ...]:
    why = Problem("error", "3 bit has no place in this format", advice="Choose int4")
    return (
        FormatInfo("bad", "Impossible", "Can't hold it.", (why,), None, ()),
        FormatInfo("good", "Possible", "Holds it.", (), 1_000_000, options),
    )


class Choices(Settings):
    dense: Literal["as it is", "F32", "BF16", "F16"] = setting("as it is", title="Dense tensors as", help="How.")


@pytest.fixture
def panel(qtbot, bridge, engine, tmp_path):
    settings = UserSettings(export_folder=str(tmp_path))
    made = ExportPanel(bridge, settings)
    qtbot.addWidget(made)
    made.resize(1100, 320)
    made.show()
    yield made


def fill(panel, bridge, engine, options: tuple[FieldInfo, ...] = ()) -> None:
    blocks = [BlockRun("a", "Model", "done", artifact="/a"), BlockRun("b", "Small", "done", artifact="/b")]
    panel.set_results(blocks, "My pipeline")
    engine.answer(described(options))
    bridge.pump()


def test_without_results_there_is_a_sentence(panel, engine):
    assert panel._empty.isVisible() and not panel._go.isVisible() and not engine.commands


def test_formats_are_asked_for_the_last_result(panel, bridge, engine):
    fill(panel, bridge, engine)
    assert isinstance(engine.commands[0], DescribeFormats) and engine.commands[0].artifact == "/b"
    assert panel.format.id == "good" and panel._go.isEnabled()
    assert panel._folder.text().endswith("My-pipeline-good") and "1.00 MB" in panel._bytes.text()


def test_an_impossible_format_says_why(panel, bridge, engine):
    fill(panel, bridge, engine)
    panel._formats.setCurrentRow(0)
    assert "3 bit has no place" in panel._problems.text() and not panel._go.isEnabled()


def test_a_folder_that_was_typed_stays_when_formats_come_late(panel, bridge, engine, tmp_path):
    fill(panel, bridge, engine)
    panel._folder.selectAll()
    QTest.keyClicks(panel._folder, str(tmp_path / "mine"))
    engine.answer(described())
    panel._ask_formats()
    engine.answer(described())
    bridge.pump()
    assert panel._folder.text() == str(tmp_path / "mine")
    panel._formats.setCurrentRow(0)
    assert panel._folder.text() == str(tmp_path / "mine")


@pytest.mark.parametrize("width", [700, 1100])
def test_the_words_beside_options_are_whole(panel, bridge, engine, width):
    panel.resize(width, 320)
    fill(panel, bridge, engine, fields(Choices))
    QTest.qWait(50)
    (words,) = (each for each in panel.findChildren(QLabel) if each.text() == "Dense tensors as")
    assert words.isVisible() and not words.visibleRegion().isEmpty()
    assert [fault for fault in faults(panel) if "Dense" in fault] == []
    assert words.width() >= words.sizeHint().width()


def test_options_are_edited_and_sent(panel, bridge, engine, tmp_path):
    fill(panel, bridge, engine, fields(Options))
    panel._editors["shards"].edited.emit(3)
    panel._folder.setText(str(tmp_path / "out"))
    panel._go.click()
    command = engine.commands[-1]
    assert isinstance(command, Export) and command.options == {"shards": 3} and command.folder == tmp_path / "out"
    engine.say(Progress(run=command.id, fraction=0.5, total=0.5, text="Writing"))
    bridge.pump()
    assert panel.row.fraction == 0.5 and panel.row.text() == "50% · Writing" and panel.row.stop.isVisible()


@pytest.mark.parametrize("ok", [True, False])
def test_the_verification_is_shown(panel, bridge, engine, ok):
    from engine.contracts.commands import Verified

    fill(panel, bridge, engine)
    panel._go.click()
    metrics = {"max_difference": 0.001, "size_bytes": 990_000.0, "expected_bytes": 1_000_000.0, "top1_agreement": 1.0}
    engine.answer(Verified(Path("/out"), "good", ok, "It gives the same logits.", "transformers 5", 2.0, metrics))
    bridge.pump()
    assert panel._settings.export_folder == str(Path("/"))
    shown = " | ".join(label.text() for label in panel.result.findChildren(QLabel))
    assert ("written and verified" in shown) == ok and ("verification failed" in shown) == (not ok)
    for words in ("It gives the same logits.", "990 kB (-1.00 % from the estimate)", "100.0 %"):
        assert words in shown


def test_what_only_this_program_read_is_amber_and_says_how_to_have_it_verified(panel, bridge, engine):
    from engine.contracts.commands import Verified

    fill(panel, bridge, engine)
    empty = " | ".join(each.text() for each in panel.result.findChildren(QLabel) if each.isVisibleTo(panel.result))
    assert "erified" not in empty, "nothing was written"
    panel._go.click()
    working = " | ".join(each.text() for each in panel.result.findChildren(QLabel) if each.isVisibleTo(panel.result))
    assert "Not verified yet" in working
    said = "Written, checked by this program only: it reads the same. For llama.cpp: pip install 'x[llama]'."
    more = {"verified_by": "this program", "advice": "For llama.cpp: pip install 'x[llama]'."}
    engine.answer(Verified(Path("/out"), "good", True, said, "Compression Studio", 2.0, {}, (), **more))
    bridge.pump()
    assert panel.result._title.text().endswith("written, checked by this program only")
    assert panel.result._title.property("look") == "warning"
    shown = [each.text() for each in panel.result.findChildren(QLabel) if each.isVisibleTo(panel.result)]
    assert sum("pip install" in text for text in shown) == 1, "said once"
    assert sum("checked by this program only" in text for text in shown) == 1, "and so is this"
    assert not any("verified" in text.lower() and "Verification time" not in text for text in shown)


def test_a_failed_export_is_a_sentence(panel, bridge, engine):
    fill(panel, bridge, engine)
    panel._folder.setText("/elsewhere/out")
    panel._go.click()
    engine.say(Failure(run=engine.commands[-1].id, what="The disk is full", where="/out", advice="free some space"))
    bridge.pump()
    assert panel.banner.text() == "The disk is full (/out). Free some space." and panel._go.isVisible()
    assert panel._settings.export_folder != str(Path("/elsewhere")), "a folder that failed is not proposed again"


def test_the_newest_result_is_offered_until_one_is_picked(panel, bridge, engine):
    blocks = [BlockRun(name, name.title()) for name in ("first", "second", "third")]
    for block in blocks:
        block.artifact = f"artifacts/{block.id}"
    for count in (1, 2):
        panel.set_results(blocks[:count], "pipeline")
        assert panel._stage.currentData() == blocks[count - 1].artifact
    panel.choose("artifacts/first")
    panel.set_results(blocks, "pipeline")
    assert panel._stage.currentData() == "artifacts/first"
    panel.set_results(blocks[1:], "pipeline")
    assert panel._stage.currentData() == "artifacts/third"


def test_every_registered_format_has_words_and_options_that_make_a_form():
    from engine.export.registry import formats

    found = (
        {each.id: each for each in formats().values()} if isinstance(formats(), dict) else {f.id: f for f in formats()}
    )
    assert {"dense", "container", "compressed-tensors", "gguf", "bitsandbytes", "peft"} <= found.keys()
    for each in found.values():
        assert each.title and each.summary.endswith(".")
        for field in fields(each.options):
            assert field.title and field.help
