"""The Claims page: verdicts in a list, details of the selected ones, measuring with progress, and what failed."""

from __future__ import annotations

import dataclasses

from fake_engine import FakeEngine
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from engine.claims.catalog import CLAIMS
from engine.claims.verdicts import arm_means, compared
from engine.contracts.claims import Judged, MeasuredClaims
from engine.contracts.commands import ReadClaims, RunClaims
from engine.contracts.events import Failure, Progress, RunChanged
from studio.shell.assembly import Studio

CLAIM = next(claim for claim in CLAIMS if claim.missing)
VALUES = {arm.name: dict.fromkeys(range(5), 1.0 + 0.1 * number) for number, arm in enumerate(CLAIM.arms)}
RESULTS = [compared(one, VALUES, CLAIM.deterministic, 3) for one in CLAIM.comparisons]
OPEN = Judged(claim=CLAIM, model="sample", verdict="not measured", needed=6)
JUDGED = Judged(
    claim=CLAIM,
    model="sample",
    verdict="not shown",
    arms=arm_means(VALUES),
    compared=tuple(result for result in RESULTS if result is not None),
    seeds=3,
    measured=6,
    needed=6,
    seconds=75.0,
)


def test_a_claim_is_measured_from_the_window(studio: Studio, engine: FakeEngine, qtbot: QtBot) -> None:
    studio.window.table["run.claims"].trigger()
    page = studio.claims
    assert page is not None and engine.commands[-1] == ReadClaims(id=engine.commands[-1].id, model="sample")
    assert page.summary.text() == "Reading what was measured…"
    other = dataclasses.replace(OPEN, claim=CLAIMS[0])
    engine.answer(MeasuredClaims((other, OPEN)))
    studio.bridge.pump()
    assert page.table.rowCount() == 2 and page.summary.text() == "2 not measured"
    assert page.selected() == (other.claim.id,) and other.claim.sentence in page.details.text()
    page.table.selectRow(1)
    assert page.selected() == (CLAIM.id,) and "6 of 6 rows are missing" in page.details.text()
    qtbot.mouseClick(page.one, Qt.MouseButton.LeftButton)
    run = engine.commands[-1]
    assert isinstance(run, RunClaims) and run.claims == (CLAIM.id,)
    assert page.cancel.isVisible() and not page.all.isEnabled() and page.doing.text() == "Starting…"
    engine.say(Progress(run=run.id, fraction=0.5, total=0.5, text=f"{CLAIM.id}: an arm, seed 0", eta=90.0))
    studio.bridge.pump()
    assert page.bar.value() == 500 and "about 1 min 30 s left" in page.doing.text()
    assert isinstance(engine.commands[-1], ReadClaims), "a row more is shown"
    engine.answer(MeasuredClaims((other, JUDGED)))
    studio.bridge.pump()
    assert page.table.item(1, 2).text() == "not shown" and page.selected() == (CLAIM.id,)
    assert CLAIM.missing in page.details.text() and "/" in page.details.text() and "¹" not in page.details.text()
    engine.say(Progress(run=run.id, fraction=0.6, total=0.6, text="another row", eta=None))
    studio.bridge.pump()
    engine.answer(MeasuredClaims((other, dataclasses.replace(JUDGED, outdated=2))))
    studio.bridge.pump()
    assert page.table.item(1, 2).text() == "not shown ¹"
    assert "¹ 2 of 6 rows were measured with earlier code or bundled texts." in page.details.text()
    page.reject()
    studio.window.table["run.claims"].trigger()
    assert studio.claims is page and page.cancel.isVisible(), "it goes on while the window is closed"


def test_a_stop_and_a_failure_end_the_measuring(studio: Studio, engine: FakeEngine, qtbot: QtBot) -> None:
    studio.window.table["run.claims"].trigger()
    page = studio.claims
    assert page is not None
    engine.answer(MeasuredClaims((JUDGED,)))
    studio.bridge.pump()
    qtbot.mouseClick(page.all, Qt.MouseButton.LeftButton)
    run = engine.commands[-1]
    assert isinstance(run, RunClaims) and run.claims == ()
    qtbot.mouseClick(page.cancel, Qt.MouseButton.LeftButton)
    assert engine.calls[-1] == ("cancel", run.id)
    engine.say(RunChanged(run=run.id, state="cancelled"))
    studio.bridge.pump()
    assert not page.cancel.isVisible() and page.all.isEnabled() and not page.banner.text()
    engine.answer(MeasuredClaims((JUDGED,)))
    studio.bridge.pump()
    qtbot.mouseClick(page.all, Qt.MouseButton.LeftButton)
    engine.say(Failure(run=engine.commands[-1].id, what="Claims are being measured by another process already"))
    studio.bridge.pump()
    assert "another process" in page.banner.text() and page.all.isEnabled()
    qtbot.mouseClick(page.all, Qt.MouseButton.LeftButton)
    engine.answer(MeasuredClaims((JUDGED,), ("odd, an arm: it can't be rounded.",)))
    studio.bridge.pump()
    assert "it can't be rounded" in page.banner.text()
