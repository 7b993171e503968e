"""A block's card: size and quality against the source, a warning when it grew, a picture of what happened."""

from __future__ import annotations

import itertools

import pytest
from PySide6.QtGui import QPainter, QPixmap

from engine.contracts.events import Measured, StageChanged
from engine.pipeline.document import Pipeline
from engine.record.block_digest import Glance
from engine.record.state import RunState
from studio.canvas import card
from studio.canvas.card import BlockItem
from studio.canvas.describe import BlockState, Fact
from studio.runs.card import block_state
from studio.runs.table import STATE, BlockModel

PIPELINE = Pipeline.linear([("model", {"model": "sample"}), ("round_to_nearest", {})])
MODEL, ROUNDED = "model_1", "round_to_nearest_1"


def run_of(size: float, perplexity: float, **more: float) -> RunState:
    """A run whose source has 100 MB and a perplexity of 20, and whose result is this."""
    run = RunState.start("r", PIPELINE, None, {})
    for block, metrics in (
        (MODEL, {"size_bytes": 1e8, "perplexity": 20.0}),
        (ROUNDED, {"size_bytes": size, "perplexity": perplexity, **more}),
    ):
        run.apply(Measured(run="r", block=block, artifact=f"/a/{block}", metrics=metrics, protocol={}))
        run.apply(StageChanged(run="r", block=block, state="done", seconds=1.0))
    return run


def shown(run: RunState) -> list[tuple[str, str, str]]:
    return [tuple(fact[:3]) for fact in block_state(run, run.blocks[ROUNDED]).facts]


def test_size_and_quality_stand_against_the_source() -> None:
    run = run_of(2.6e7, 21.5, coverage=0.87)
    assert shown(run) == [
        ("26.0 MB", "× 0.26", "success"),
        ("ppl 21.50", "+1.50", "warning"),
        ("87 % compressed", "", "muted"),
    ]
    assert block_state(run, run.blocks[ROUNDED]).state == "done"
    assert block_state(run, run.blocks[MODEL]).facts == (), "a source stands against nothing"


def test_a_result_that_grew_has_a_warning() -> None:
    run = run_of(1.7e8, 20.0)
    state = block_state(run, run.blocks[ROUNDED])
    assert shown(run)[0] == ("170 MB", "× 1.7", "warning")
    assert state.state == "warning" and "Larger than the source: 170 MB, up from 100 MB." in state.badge
    assert block_state(*(lambda r: (r, r.blocks[ROUNDED]))(run_of(1.0e8 + 200, 20.0))).state == "done", "200 B are none"


def test_collapsed_models_have_no_difference() -> None:
    run = run_of(2.6e7, 1e9)
    run.blocks[ROUNDED].protocol["collapsed"] = "worse than guessing"
    assert shown(run)[1] == ("collapsed", "", "error")


@pytest.mark.parametrize("kind", ["loss", "spectrum", "histogram", "density", "kurtosis"])
def test_a_card_grows_for_its_result_and_its_ports_stay(qapp, kind) -> None:
    item = BlockItem(PIPELINE.block(ROUNDED))
    before, port = item.height, item.output_pos()
    state = block_state(*(lambda r: (r, r.blocks[ROUNDED]))(run_of(2.6e7, 21.5)))
    item.set_state(state.__class__(state.state, facts=state.facts, picture=Glance(kind, (0.5, 1.0), (1.0,))))
    assert item.height > before and item.output_pos() == port
    assert item.boundingRect().height() >= item.height


@pytest.mark.parametrize(
    ("perplexity", "word", "token", "change"),
    [
        (20.5, "Done", "success", ("+0.50", "text")),
        (25.0, "Degraded", "warning", ("+5.00", "warning")),
        (509.04, "Broken", "error", ("× 25.5", "error")),
        (19.0, "Done", "success", ("−1.00", "success")),
    ],
)
def test_a_result_is_colored_by_what_it_lost(perplexity: float, word: str, token: str, change: tuple[str, str]) -> None:
    run = run_of(2.6e7, perplexity)
    state = block_state(run, run.blocks[ROUNDED])
    assert (state.word, state.look.token, tuple(state.facts[1][1:3])) == (word, token, change)
    assert "Perplexity" in state.reason and "20.00" in state.reason
    table = BlockModel()
    table.show_run(run)
    cell = table.cell(1, STATE)
    assert (cell.text, cell.tone) == (word, token), "card and table have one owner"


@pytest.mark.parametrize("digits", [("ppl 445.23", "+425.33"), ("ppl 123456.78", "+123436.90"), ("99.9 GB", "× 0.882")])
def test_a_value_and_its_change_are_never_painted_over_each_other(qapp, monkeypatch, digits: tuple[str, str]) -> None:
    item = BlockItem(PIPELINE.block(ROUNDED))
    facts = (Fact("86.7 MB", "× 0.88", "success"), Fact(*digits, "text"))
    item.set_state(BlockState("done", facts=facts, picture=Glance("histogram", (0.1,) * 24, (0.2,) * 24)))
    spans: dict[float, list[tuple[float, float]]] = {}
    real = card.write

    def write(painter, place, text, pixels, token="text", *, bold=False, right=False):
        wide = real(painter, place, text, pixels, token, bold=bold, right=right)
        left = place.right() - wide if right else place.left()
        spans.setdefault(place.top(), []).append((left, left + wide))
        return wide

    monkeypatch.setattr(card, "write", write)
    picture = QPixmap(400, 300)
    painter = QPainter(picture)
    item._paint_result(painter)
    painter.end()
    assert len(spans) == 2
    for line in spans.values():
        for (_, end), (start, _) in itertools.pairwise(sorted(line)):
            assert end <= start, f"{digits} overlap: {line}"
