"""Pipeline files of the first release: the 28 templates as they were then, read by the program as it is now."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine import resources
from engine.base.errors import BadInput
from engine.contracts.settings import Settings, fields
from engine.methods.quantization.common.asymmetric_settings import ALPHA
from engine.methods.registry import method, methods
from engine.pipeline.document import Block, Pipeline
from engine.pipeline.legality import problems
from engine.pipeline.migrations import VERSION

FILES = sorted((Path(__file__).parent / "first_release").glob("*.json"))
SINCE_CHOSEN: dict[str, dict[str, dict[str, object]]] = {"onebit": {"onebit_1": {"layer_norm": True}}}
"""Template -> block -> settings that it states now: their defaults were these in the first release, and changed."""
FILLED_IN = {"gptaq_alpha": 0.0}
"""Settings that mean what the first release did, and that templates of today leave at their defaults."""
RENAMED = {
    "divergence": "logit_distillation",
    "sequence_level": "sequence_level_distillation",
    "shearing": "sheared_llama",
    "shearing_distillation_spinquant": "sheared_llama_distillation_spinquant",
    "similarity": "hidden_state_distillation",
}
"""Templates whose files have another name now."""


def test_all_templates_are_here() -> None:
    assert len(FILES) == 28


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_pipeline_of_the_first_release_opens_without_problems(path: Path) -> None:
    before = json.loads(path.read_text(encoding="utf-8"))
    pipeline = Pipeline.read(path)
    assert problems(pipeline) == []
    assert (pipeline.version, len(pipeline.blocks)) == (VERSION, len(before["blocks"]))
    for block, old in zip(pipeline.blocks, before["blocks"], strict=True):
        assert (block.id, block.x, block.y, block.title) == (old["id"], old["x"], old["y"], old["title"])
        assert block.method in methods()
        known = {field.name for field in fields(method(block.method).settings)}
        filled_in = _filled_in(block)
        assert set(block.settings) <= known and len(block.settings) == len(old["settings"]) + len(filled_in)
        # nothing of what was chosen is lost, and the old names mean the same when they come from elsewhere
        assert method(old["method"]).settings.parse({**old["settings"], **filled_in}) == method(
            block.method
        ).settings.parse(block.settings)
    assert Pipeline.from_json(pipeline.to_json()) == pipeline


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_templates_of_today_are_what_those_became(path: Path) -> None:
    now = resources.path("pipelines", f"{RENAMED.get(path.stem, path.stem)}.json")
    chosen = SINCE_CHOSEN.get(path.stem, {})
    assert [
        _meant(block, **chosen.get(block.id, {}), **dict.fromkeys(_filled_in(block), ALPHA))
        for block in Pipeline.read(path).order()
    ] == [_meant(block) for block in Pipeline.read(now).order()]


def _filled_in(block: Block) -> dict[str, object]:
    found = {name: block.settings[name] for name in FILLED_IN if name in block.settings}
    assert found in ({}, FILLED_IN)
    return found


def _meant(block: Block, **chosen: object) -> tuple[str, Settings]:
    return block.method, method(block.method).settings.parse({**block.settings, **chosen})


def test_old_names_are_read_wherever_a_block_is_made() -> None:
    block = Block(id="b", method="gptq", settings={"order": False, "unknown": 1})
    assert Pipeline(blocks=(block,)).with_settings("b", samples=3).block("b").settings == {
        "act_order": False,
        "unknown": 1,
        "num_samples": 3,
    }
    assert block.settings["unknown"] == 1  # told by the check, not dropped


@pytest.mark.parametrize("remaining", [20, 20.0, "20"])
def test_a_share_that_was_in_percent_is_a_fraction_now(remaining: object) -> None:
    block = Block(id="b", method="lottery_ticket", settings={"remaining": remaining})
    assert block.settings == {"density": 0.2}


@pytest.mark.parametrize(("old", "new"), [(old, new) for old, new in RENAMED.items() if "_spinquant" not in old])
def test_a_method_by_its_earlier_id_is_found(old: str, new: str) -> None:
    assert method(old) is method(new) and old not in methods()
    assert Block(id="b", method=old).method == new


@pytest.mark.parametrize("version", [2, VERSION])
def test_awq_without_a_choice_means_what_it_meant(version: int) -> None:
    """Its integers were symmetric where a pipeline says nothing; they are asymmetric now."""

    def read(settings: object) -> Block:
        document = {"version": version, "blocks": [{"id": "a", "method": "awq", "settings": settings}]}
        return Pipeline.from_json(json.dumps(document)).block("a")

    assert read({}).value("symmetric") is (version == 2)
    assert read({"symmetric": False}).value("symmetric") is False
    assert read({"symmetric": True, "format": "int3"}).settings == {"symmetric": True, "format": "int3"}


@pytest.mark.parametrize("version", [1, 3, 4, VERSION])
@pytest.mark.parametrize("name", ["gptq", "gguf_quants", "spinquant", "refine", "fit_to_budget"])
def test_gptq_without_a_choice_means_what_it_meant(name: str, version: int) -> None:
    """It made up for nothing that earlier layers have lost where a pipeline says nothing; for half of it now."""

    def read(settings: object) -> Block:
        document = {"version": version, "blocks": [{"id": "a", "method": name, "settings": settings}]}
        return Pipeline.from_json(json.dumps(document)).block("a")

    assert read({}).value("gptaq_alpha") == (0.5 if version >= 4 else 0.0)
    assert read({"gptaq_alpha": 0.25}).value("gptaq_alpha") == 0.25


@pytest.mark.parametrize("version", [1, 3, 4, VERSION])
def test_refine_without_a_choice_means_what_it_meant(version: int) -> None:
    """It left norms as they came where a pipeline says nothing; it trains them now."""

    def read(method: str, settings: object) -> Block:
        document = {"version": version, "blocks": [{"id": "a", "method": method, "settings": settings}]}
        return Pipeline.from_json(json.dumps(document)).block("a")

    assert read("refine", {}).value("train_norms") is (version == VERSION)
    assert read("refine", {"train_norms": True}).value("train_norms") is True
    assert read("onebit", {}).settings == {}, "OneBit always trained them"


@pytest.mark.parametrize("blocks", [None, 3, {"awq": 1}, [None], ["awq"], [{"method": "awq", "settings": [1]}]])
def test_a_damaged_pipeline_of_version_2_is_refused(blocks: object) -> None:
    with pytest.raises(BadInput, match="damaged"):
        Pipeline.from_json(json.dumps({"version": 2, "blocks": blocks}))


@pytest.mark.parametrize("path", sorted(resources.path("pipelines").glob("*.json")), ids=lambda path: path.stem)
def test_no_template_runs_the_same_block_twice(path: Path) -> None:
    pipeline = Pipeline.read(path)
    done: dict[str, str] = {}
    for block in pipeline.order():
        kind, settings = _meant(block)
        above = sorted(link.source for link in pipeline.links if link.target == block.id)
        work = f"{kind} {settings.model_dump_json()} {above}"
        assert done.setdefault(work, block.id) == block.id
