"""Facts of a model on the block that opens it."""

from __future__ import annotations

import pytest
from fake_engine import FREE, FakeEngine
from PySide6.QtGui import QFontMetricsF
from PySide6.QtWidgets import QApplication

from engine.contracts.commands import Checked, ModelFacts
from engine.pipeline.document import Pipeline
from engine.run.estimate import check
from studio.canvas.card import MODEL_WIDTH, canvas_font, model_pixels
from studio.document.settings import LanguageChoice
from studio.runs.card import model_line
from studio.shell import languages
from studio.shell.assembly import Studio

PIPELINE = Pipeline.linear([("model", {"model": "sample"}), ("round_to_nearest", {})])
LLAMA = ModelFacts("LlamaForCausalLM", 134_515_008, 4.5, 8192)
SMOL = ModelFacts("llama", 134_515_008, 5.742, 8192)


@pytest.mark.parametrize(
    ("facts", "line"),
    [
        (LLAMA, "134.5 M · 4.5 bits · context 8K · Llama"),
        (ModelFacts("GPT2LMHeadModel", 124_439_808, 32.0, 1024), "124.4 M · 32 bits · context 1K · GPT2"),
        (ModelFacts("OPTForCausalLM", 0, 0.0, 2050), "context 2050 · OPT"),
        (ModelFacts("LlamaForCausalLM"), "Llama"),
    ],
)
def test_only_what_is_known_is_said(facts: ModelFacts, line: str) -> None:
    assert model_line(facts) == line


@pytest.mark.parametrize("language", ["en", "de", "zh_CN"])
def test_facts_are_whole_on_the_block(qapp: QApplication, language: LanguageChoice) -> None:
    made = languages.install(qapp, language)
    try:
        for facts in (LLAMA, ModelFacts("Qwen3ForCausalLM", 8_190_000_000, 16.0, 40960), SMOL):
            line = model_line(facts)
            wide = QFontMetricsF(canvas_font(model_pixels(line))).horizontalAdvance(line)
            assert wide <= MODEL_WIDTH, (line, wide)
        assert model_pixels("Llama") == 11 and model_pixels("Llama " * 40) == 9
    finally:
        for translator in made:
            qapp.removeTranslator(translator)
            translator.deleteLater()


def test_a_check_says_what_the_model_is() -> None:
    checked = check(PIPELINE, quick=True)
    assert list(checked.models) == ["model_1"]
    facts = checked.models["model_1"]
    assert facts.parameters > 1e6 and 0 < facts.bits <= 32 and facts.context > 0
    assert facts.architecture.endswith("ForCausalLM")


def test_the_block_shows_it_until_it_opens_another_model(studio: Studio, engine: FakeEngine) -> None:
    studio.document.open(PIPELINE, None)
    studio.window.show_workspace()
    card = studio.canvas.pipeline_scene.blocks["model_1"]
    plain = studio.canvas.grab().toImage()
    studio.checking._timer.stop()
    studio.checking._ask()
    engine.answer(Checked((), {}, (), FREE, FREE, models={"model_1": LLAMA}))
    studio.bridge.pump()
    assert card.state.model == model_line(LLAMA) and card.state.model in card.toolTip()
    assert studio.canvas.grab().toImage() != plain
    studio.document.change("Model", studio.document.pipeline.with_settings("model_1", model="other.gguf"))
    studio.runs.show_background_check(Checked((), {}, (), FREE, FREE))
    assert card.state.model == "" and model_line(LLAMA) not in card.toolTip()


def test_it_stays_while_the_pipeline_runs(studio: Studio, engine: FakeEngine) -> None:
    studio.files.open_sample()
    studio.checking._timer.stop()
    studio.checking._ask()
    name = studio.document.pipeline.blocks[0].id
    engine.answer(Checked((), {}, (), FREE, FREE, models={name: LLAMA}))
    studio.bridge.pump()
    studio.document.undo_stack.setClean()
    studio.window.table["run.start"].trigger()
    blocks = {block.id: (10, 10, 1.0) for block in studio.document.pipeline.blocks}
    engine.answer(Checked((), blocks, (), FREE, FREE, models={name: LLAMA}))
    studio.bridge.pump()
    assert studio.runs.is_active
    assert studio.canvas.pipeline_scene.blocks[name].state.model == model_line(LLAMA)
