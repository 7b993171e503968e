"""The pipelines that ship with the program: what they are about, and that a damaged one is left out."""

from __future__ import annotations

from pathlib import Path

from engine.pipeline.document import Pipeline
from engine.pipeline.templates import templates


def test_damaged_templates_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "bad.json").write_text("{")
    (tmp_path / "worse.json").write_text("[]")
    (tmp_path / "good.json").write_text(Pipeline(name="Good").to_json())
    assert [template.pipeline.name for template in templates(tmp_path)] == ["Good"]


def test_a_template_is_in_the_family_of_what_it_is_about() -> None:
    family = {template.path.stem: template.family for template in templates()}
    assert family["svd"] == family["qlora"] == family["lora"] == "low_rank"  # rounded before or after
    assert family["sheared_llama"] == family["lottery_ticket"] == family["depth_pruning"] == "pruning"
    assert family["train_from_scratch"] == "training" and family["formats"] == "quantization"
    assert {family[name] for name in ("svd_int4", "pruning_lora", "sheared_llama_distillation_spinquant")} == {None}
    assert "sparsegpt" in next(t for t in templates() if t.path.stem == "one_shot_pruning").words
