"""Vision-language models: the language model is worked on, all else stays bit for bit, and transformers' own class for
them loads the export."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
import transformers

from engine.architecture import pretrained
from engine.export.registry import export_format
from engine.models.source import open_model
from engine.testing.models import byte_tokenizer
from engine.testing.stage import compress

TEXT: dict[str, Any] = {
    "vocab_size": 260, "hidden_size": 64, "intermediate_size": 96, "num_hidden_layers": 2, "num_attention_heads": 4,
    "num_key_value_heads": 2, "max_position_embeddings": 128,
}  # fmt: skip
VISION: dict[str, Any] = {
    "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2, "image_size": 28,
    "patch_size": 14,
}  # fmt: skip
IMAGE = 259
KINDS: dict[str, tuple[str, dict[str, Any]]] = {
    "llava": ("LlavaForConditionalGeneration", {
        "text_config": {**TEXT, "model_type": "llama"}, "vision_config": {**VISION, "model_type": "clip_vision_model"},
        "image_token_index": IMAGE}),
    "qwen2_5_vl": ("Qwen2_5_VLForConditionalGeneration", {
        "text_config": {**TEXT, "model_type": "qwen2_5_vl_text",
                        "rope_parameters": {"rope_type": "default", "rope_theta": 1e4, "mrope_section": [2, 3, 3]}},
        "vision_config": {"depth": 1, "hidden_size": 32, "intermediate_size": 64, "num_heads": 2, "patch_size": 14,
                          "out_hidden_size": 64, "window_size": 28, "fullatt_block_indexes": [0]}}),
    "gemma3": ("Gemma3ForConditionalGeneration", {
        "text_config": {**TEXT, "model_type": "gemma3_text", "head_dim": 16}, "vision_config": VISION}),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_the_language_model_is_worked_on_and_the_rest_is_kept(kind: str, tmp_path: Path) -> None:
    name, values = KINDS[kind]
    torch.manual_seed(0)
    getattr(transformers, name)._from_config(transformers.AutoConfig.for_model(kind, **values)).save_pretrained(
        tmp_path / "m"
    )
    byte_tokenizer().save_pretrained(tmp_path / "m")
    (tmp_path / "m" / "preprocessor_config.json").write_text('{"size": 28}')
    settings = {"group_size": 32, "text": str(Path(__file__)), "num_samples": 2, "sequence_length": 32}
    compress(tmp_path / "m", "gptq", settings, tmp_path)
    source, made = open_model(tmp_path / "m"), open_model(tmp_path / "artifact")
    packed = set(made.compressed())
    assert len(packed) == 2 * 7 and all("language_model.layers" in name for name in packed)
    left = [n for n in made.state() if n.rpartition(".")[0] not in packed and not n.startswith(tuple(packed))]
    assert any("vis" in name for name in left)
    assert all(torch.equal(made.tensor(name), source.tensor(name)) for name in left)
    inputs: dict[str, Any] = {"input_ids": torch.arange(24)[None] * 7 % 250}
    if kind == "llava":
        inputs["input_ids"][0, 2:6] = IMAGE
        inputs["pixel_values"] = torch.randn(1, 3, 28, 28)
    ours = made.load(dtype=torch.float32).module.eval()
    for form in ("dense", "compressed-tensors"):
        entry = export_format(form)
        entry.write(open_model(tmp_path / "artifact"), tmp_path / form, entry.options(), lambda *_: None)
        auto = pretrained.auto_class(made.config, "logits")
        stock, told = pretrained.stock_model(tmp_path / form, auto, torch.float32)
        assert type(stock).__name__ == name and not any(told.values())
        with torch.no_grad():
            torch.testing.assert_close(stock.eval()(**inputs).logits, ours(**inputs).logits, rtol=0, atol=1e-5)
        assert (tmp_path / form / "preprocessor_config.json").read_text() == '{"size": 28}'
