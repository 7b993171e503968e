"""Architectures beside those of `test_gguf`: llama.cpp computes what the model does, and the file is read back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gguf
import pytest
import torch
import transformers
from transformers import AutoConfig, AutoModelForCausalLM

from engine.base.llama_cpp import serve, tokenize
from engine.export.gguf.keys import why_not
from engine.export.registry import export_format
from engine.export.verification.check import export
from engine.export.verification.llama_cpp import hidden_states, log_probabilities
from engine.models.source import load_tokenizer, open_model
from engine.testing.models import byte_tokenizer, with_merges, with_mxfp4, wordpiece_tokenizer
from engine.testing.stage import compress, logits

pytest.importorskip("xllamacpp")
SIZE: dict[str, Any] = {
    "vocab_size": 260, "hidden_size": 64, "intermediate_size": 96, "num_hidden_layers": 2, "num_attention_heads": 4,
    "num_key_value_heads": 2, "max_position_embeddings": 128, "bos_token_id": 256, "eos_token_id": 257,
    "pad_token_id": 258,
}  # fmt: skip
EXPERTS = {"num_experts": 4, "num_experts_per_tok": 2}
LATENT = {
    "q_lora_rank": 32,
    "kv_lora_rank": 32,
    "qk_rope_head_dim": 8,
    "qk_nope_head_dim": 16,
    "v_head_dim": 24,
    "first_k_dense_replace": 1,
    "n_routed_experts": 4,
    "num_experts_per_tok": 2,
    "n_shared_experts": 1,
    "moe_intermediate_size": 32,
    "num_key_value_heads": 4,
    "routed_scaling_factor": 1.5,
    "rope_parameters": {
        "rope_type": "yarn",
        "rope_theta": 1e4,
        "factor": 4.0,
        "mscale": 0.7,
        "mscale_all_dim": 0.7,
        "beta_fast": 32,
        "beta_slow": 1,
        "original_max_position_embeddings": 32,
    },
}
KINDS: dict[str, dict[str, Any]] = {
    "olmo2": {},
    "smollm3": {"num_hidden_layers": 4},
    "granite": {"attention_multiplier": 0.3, "embedding_multiplier": 2.0, "residual_multiplier": 0.5,
                "logits_scaling": 4.0},
    "granitemoe": {"num_local_experts": 4, "num_experts_per_tok": 2, "attention_multiplier": 0.3,
                   "embedding_multiplier": 2.0, "residual_multiplier": 0.5, "logits_scaling": 4.0},
    "gemma3_text": {"head_dim": 16, "num_hidden_layers": 6, "query_pre_attn_scalar": 16, "sliding_window": 8},
    "qwen3_moe": {**EXPERTS, "head_dim": 16, "moe_intermediate_size": 32, "norm_topk_prob": True},
    "olmoe": {**EXPERTS, "num_key_value_heads": 4},
    "mixtral": {"num_local_experts": 4},
    "gpt_oss": {"num_local_experts": 4, "num_experts_per_tok": 2, "head_dim": 16, "sliding_window": 8,
                "intermediate_size": 64, "rope_parameters": {"rope_type": "default", "rope_theta": 1e4}},
    "gemma4_text": {"head_dim": 16, "global_head_dim": 32, "num_hidden_layers": 4, "sliding_window": 8,
                    "layer_types": ["sliding_attention", "full_attention"] * 2, "num_kv_shared_layers": 2,
                    "use_double_wide_mlp": True, "hidden_size_per_layer_input": 32, "vocab_size_per_layer_input": 260},
    "gemma4_text, experts": {"head_dim": 16, "global_head_dim": 32, "sliding_window": 8, "num_kv_shared_layers": 0,
                             "layer_types": ["sliding_attention", "full_attention"], "hidden_size_per_layer_input": 0,
                             "enable_moe_block": True, "num_experts": 4, "top_k_experts": 2,
                             "moe_intermediate_size": 32},
    "qwen3_5_text": {"head_dim": 32, "num_hidden_layers": 4, "linear_num_key_heads": 2, "linear_num_value_heads": 4,
                     "linear_key_head_dim": 32, "linear_value_head_dim": 32},
    "deepseek_v2": {**LATENT, "topk_method": "greedy"},
    "deepseek_v3": {**LATENT, "n_group": 2, "topk_group": 1},
    "llama4_text": {"num_hidden_layers": 4, "num_local_experts": 4, "num_experts_per_tok": 1, "head_dim": 16,
                    "intermediate_size": 64, "intermediate_size_mlp": 96, "interleave_moe_layer_step": 2,
                    "rope_parameters": {"rope_type": "llama3", "rope_theta": 1e4, "factor": 8.0, "low_freq_factor": 1.0,
                                        "high_freq_factor": 1.0, "original_max_position_embeddings": 8192}},
    "lfm2": {"layer_types": ["conv", "full_attention"], "block_auto_adjust_ff_dim": False},
}  # fmt: skip
PROMPT = [token * 7 % 250 for token in range(24)]


def tiny(kind: str, folder: Path, **more: Any) -> Path:
    """A random model whose norms and biases are random too."""
    config = AutoConfig.for_model(kind.partition(",")[0], **{**SIZE, **KINDS[kind], **more})
    torch.manual_seed(0)
    model = AutoModelForCausalLM.from_config(config)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if parameter.ndim > 1:
                parameter.normal_(0, 0.08)
            else:
                parameter.copy_(float("norm" in name) + 0.2 * torch.randn_like(parameter))
    model.save_pretrained(folder / "plain")
    byte_tokenizer().save_pretrained(folder / "plain")
    return with_merges(folder / "plain", folder / "model")


def written(source: Path, folder: Path) -> Path:
    entry, model = export_format("gguf"), open_model(source)
    promised = entry.expected_bytes(model, entry.options())
    entry.write(model, folder, entry.options(), lambda *_: None)
    (file,) = folder.glob("*.gguf")
    assert file.stat().st_size == promised
    return file


def last(found: torch.Tensor) -> torch.Tensor:
    """Log-probabilities of what follows the first row of the tokens that `logits` gives."""
    return torch.log_softmax(found[0, -1], -1)


@pytest.mark.parametrize("kind", KINDS)
def test_llama_cpp_computes_the_same(kind: str, tmp_path: Path) -> None:
    source = tiny(kind, tmp_path)
    if "experts" not in str(KINDS[kind]):
        file, allowed = written(source, tmp_path / "dense"), 0.01 if "gemma" in kind else 1e-3  # GELU from a table
    else:  # experts in blocks, which llama.cpp multiplies with inputs that it rounds
        compress(source, "round_to_nearest", {"format": "int8", "group_size": 32}, tmp_path / "packed")
        source = tmp_path / "packed" / "artifact"
        file, allowed = written(source, tmp_path / "packed" / "out"), 0.1
        blocks = [t for t in gguf.GGUFReader(file).tensors if "_exps.weight" in t.name]
        assert blocks and all(t.tensor_type == gguf.GGMLQuantizationType.Q8_0 for t in blocks)
    ours = logits(source)
    theirs = torch.from_numpy(log_probabilities(serve(file, 64), PROMPT, 260))
    assert float((last(ours) - theirs).abs().max()) < allowed * float(ours.std())
    back = open_model(file)
    if "qwen3_5" in kind:  # norms as 1 + w, and a logarithm as its power
        torch.testing.assert_close(logits(back), ours, rtol=0, atol=1e-5 * float(ours.abs().max()))
    else:
        assert torch.equal(logits(back), ours)
    if kind == "gemma3_text":  # transformers reads tokenizers of Gemma's own kind from such files
        return
    assert load_tokenizer(back)("he said")["input_ids"] == load_tokenizer(open_model(source))("he said")["input_ids"]


def test_bounds_of_yarn_that_llama_cpp_rounds_are_said_and_allowed_for(tmp_path: Path) -> None:
    """gpt-oss stretches between fractions of dimensions, which no key of GGUF says: what llama.cpp gives is compared
    with the model whose bounds are whole, and is not what the model gives."""
    rope = {"rope_type": "yarn", "rope_theta": 150000.0, "factor": 32.0, "beta_fast": 32.0, "beta_slow": 1.0,
            "original_max_position_embeddings": 4096}  # fmt: skip
    found = {}
    for truncate in (False, True):
        source = tiny("gpt_oss", tmp_path / str(truncate), rope_parameters={**rope, "truncate": truncate})
        file, ours = written(source, tmp_path / str(truncate) / "out"), logits(source)
        off = torch.from_numpy(log_probabilities(serve(file, 64), PROMPT, 260)) - last(ours)
        found[truncate] = float(off.abs().max() / ours.std())
        verified = export(source, "gguf", tmp_path / str(truncate) / "gguf", {}, lambda *_: None, lambda: None)
        assert verified.ok and verified.metrics["max_relative_difference"] < 1e-4, verified.sentence
        assert ("with YaRN's bounds rounded as llama.cpp does" in verified.sentence) != truncate
        assert ("rounds the bounds of YaRN" in " ".join(verified.warnings)) != truncate
    assert found[True] < 1e-4 < 1e-3 < found[False]


def test_the_mxfp4_of_gpt_oss_is_carried_over(tmp_path: Path) -> None:
    """Its codes as they are published are those of the file, and llama.cpp computes with them."""
    source = with_mxfp4(tiny("gpt_oss", tmp_path))
    file, ours = written(source, tmp_path / "out"), logits(source)
    tensors = {t.name: t for t in gguf.GGUFReader(file).tensors}
    assert all(t.tensor_type == gguf.GGMLQuantizationType.MXFP4 for n, t in tensors.items() if "_exps.weight" in n)
    values = gguf.dequantize(tensors["blk.1.ffn_up_exps.weight"].data, gguf.GGMLQuantizationType.MXFP4)
    experts = open_model(source).tensor("model.layers.1.mlp.experts.gate_up_proj.2.weight").float()
    assert torch.equal(torch.from_numpy(values[2]), experts[1::2])
    theirs = torch.from_numpy(log_probabilities(serve(file, 64), PROMPT, 260))
    assert float((last(ours) - theirs).abs().max()) < 0.1 * float(ours.std())
    assert torch.equal(logits(open_model(file)), ours)


def test_keys_and_values_of_deepseek_may_lie_apart(tmp_path: Path) -> None:
    """As llama.cpp's own converter writes them: the file is read, and llama.cpp takes it for the same model."""
    source = tiny("deepseek_v2", tmp_path)
    file, apart, ours = written(source, tmp_path / "out"), tmp_path / "apart.gguf", logits(source)
    reader, writer = gguf.GGUFReader(file), gguf.GGUFWriter(apart, "deepseek2")
    changed = {"head_count_kv": 1, "key_length": 32 + 8, "value_length": 32}
    for key, entry in reader.fields.items():
        if not key.startswith("GGUF.") and key != "general.architecture":
            value = changed.get(key.rpartition(".")[2], entry.contents())
            writer.add_key_value(key, value, entry.types[0], entry.types[1] if len(entry.types) > 1 else None)
    writer.add_key_length_mla(16 + 8)
    writer.add_value_length_mla(24)
    for found in reader.tensors:
        if ".attn_kv_b." not in found.name:
            writer.add_tensor(found.name, found.data)
            continue
        heads = found.data.reshape(4, 16 + 24, 32)
        writer.add_tensor(found.name.replace("kv_b", "k_b"), heads[:, :16].transpose(0, 2, 1).copy())
        writer.add_tensor(found.name.replace("kv_b", "v_b"), heads[:, 16:].copy())
    for write in (writer.write_header_to_file, writer.write_kv_data_to_file, writer.write_tensors_to_file):
        write()
    writer.close()
    assert torch.equal(logits(open_model(apart)), ours)
    theirs = torch.from_numpy(log_probabilities(serve(apart, 64), PROMPT, 260))
    assert float((last(ours) - theirs).abs().max()) < 1e-3 * float(ours.std())
    again = {t.name for t in gguf.GGUFReader(written(apart, tmp_path / "again")).tensors}
    assert "blk.0.attn_kv_b.weight" in again and "blk.0.attn_k_b.weight" not in again


def test_a_file_with_experts_leaves_bit_for_bit(tmp_path: Path) -> None:
    compress(tiny("mixtral", tmp_path), "round_to_nearest", {"format": "int4", "group_size": 32}, tmp_path / "a")
    first = written(tmp_path / "a" / "artifact", tmp_path / "a" / "out")
    again = written(first, tmp_path / "b")
    before, after = ({t.name: t for t in gguf.GGUFReader(file).tensors} for file in (first, again))
    assert before.keys() == after.keys()
    for name, tensor in before.items():
        assert tensor.tensor_type == after[name].tensor_type and (tensor.data == after[name].data).all(), name


def encoder(folder: Path, kind: str = "BertModel", lower: bool = True) -> Path:
    """A tiny BERT, bare or with a head."""
    config = AutoConfig.for_model("bert", **{**SIZE, "pad_token_id": 0})
    torch.manual_seed(0)
    model = getattr(transformers, kind)._from_config(config)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            offset = float("LayerNorm.weight" in name)
            parameter.copy_(offset + 0.2 * torch.randn_like(parameter))
    model.save_pretrained(folder)
    wordpiece_tokenizer(lower=lower).save_pretrained(folder)
    return folder


@pytest.mark.parametrize(("kind", "lower"), [("BertModel", True), ("BertForMaskedLM", False)])
def test_llama_cpp_gives_the_hidden_states_of_bert(kind: str, lower: bool, tmp_path: Path) -> None:
    """The encoder of whatever stands on it, and the words that its tokenizer makes; read back it is the same."""
    source = encoder(tmp_path / "model", kind, lower)
    (source / "1_Pooling").mkdir()
    (source / "1_Pooling" / "config.json").write_text('{"pooling_mode_mean_tokens": true}')
    model, entry = open_model(source), export_format("gguf")
    told = [problem.message for problem in entry.check(model, entry.options())]
    assert bool(told) == (kind != "BertModel") and all("no head" in message for message in told)
    file, back = written(source, tmp_path / "out"), open_model(next((tmp_path / "out").glob("*.gguf")))
    tokens = torch.tensor([[2, *PROMPT, 3]])
    with torch.no_grad():
        ours, again = (
            each.load(dtype=torch.float32).module.base_model(input_ids=tokens).last_hidden_state[0]
            for each in (model, back)
        )
    server = serve(file, 64, embeddings=True)
    assert float((torch.from_numpy(hidden_states(server, tokens[0].tolist())) - ours).abs().max()) < 0.01 * float(
        ours.std()
    )
    assert torch.equal(again, ours)
    assert (back.module.pooler is None) == (kind != "BertModel")  # type: ignore[union-attr]
    text = "He said: Hello, the café's x_y"
    words = load_tokenizer(model)(text)["input_ids"]
    assert tokenize(server, text) == words == load_tokenizer(back)(text)["input_ids"]
    assert gguf.GGUFReader(file).fields["bert.pooling_type"].contents() == gguf.PoolingType.MEAN


def test_a_rounded_bert_is_verified_by_llama_cpp(tmp_path: Path) -> None:
    """int4 leaves as Q4_0, and leaves the file that is read back bit for bit."""
    compress(encoder(tmp_path / "model"), "round_to_nearest", {"format": "int4", "group_size": 32}, tmp_path)
    found = export(tmp_path / "artifact", "gguf", tmp_path / "out", {}, lambda *_: None, lambda: None)
    assert found.ok and "llama.cpp" in found.loaded_by, found.sentence
    (first,) = (tmp_path / "out").glob("*.gguf")
    again = written(first, tmp_path / "again")
    before, after = ({t.name: t for t in gguf.GGUFReader(file).tensors} for file in (first, again))
    assert before.keys() == after.keys()
    assert sum(t.tensor_type == gguf.GGMLQuantizationType.Q4_0 for t in before.values()) == 2 * 6 + 1
    for name, tensor in before.items():
        assert tensor.tensor_type == after[name].tensor_type and (tensor.data == after[name].data).all(), name


@pytest.mark.parametrize(
    ("kind", "values", "auto", "reason"),
    [
        ("t5", {"d_model": 32, "num_heads": 4, "d_kv": 8}, "Seq2SeqLM", "an encoder-decoder, not a causal language"),
        ("distilbert", {"dim": 32, "hidden_dim": 64, "n_layers": 1}, "MaskedLM", "an encoder, not a causal language"),
        ("bert", {"is_decoder": True}, "CausalLM", "a causal language model, not an encoder"),
        ("bert", {"hidden_act": "relu"}, "MaskedLM", "its activation is relu"),
        ("falcon", {}, "CausalLM", "llama.cpp has the architecture 'falcon', which this program does not write"),
        ("biogpt", {}, "CausalLM", "llama.cpp has no architecture called 'biogpt'"),
        (
            "gemma3",
            {
                "text_config": {**SIZE, "head_dim": 16},
                "vision_config": {
                    "hidden_size": 32,
                    "num_hidden_layers": 1,
                    "num_attention_heads": 2,
                    "intermediate_size": 32,
                    "image_size": 28,
                    "patch_size": 14,
                },
            },
            "ImageTextToText",
            "the language model alone ('gemma3_text')",
        ),
    ],
)
def test_why_a_kind_of_model_is_not_written(
    kind: str, values: dict[str, Any], auto: str, reason: str, tmp_path: Path
) -> None:
    config = AutoConfig.for_model(kind, **{**SIZE, "num_key_value_heads": 4, **values})
    getattr(transformers, f"AutoModelFor{auto}").from_config(config).save_pretrained(tmp_path)
    assert reason in why_not(open_model(tmp_path))


@pytest.mark.parametrize(
    ("kind", "more", "reason"),
    [
        ("qwen3_moe", {"norm_topk_prob": False}, "normalizes the weights"),
        ("olmoe", {"num_key_value_heads": 2}, "as many heads"),
        ("smollm3", {"no_rope_layers": [1, 1, 1, 1]}, "layers without positions"),
        ("llama4_text", {"moe_layers": [0]}, "do not come at one interval"),
        ("llama4_text", {"use_qk_norm": False}, "norms queries and keys"),
        ("llama4_text", {"max_position_embeddings": 9000, "attention_chunk_size": 16}, "chunks of 16 tokens"),
        ("gemma3_text", {"sliding_window_pattern": 3}, "all but every 6th"),
    ],
)
def test_what_llama_cpp_takes_for_granted_is_refused(
    kind: str, more: dict[str, Any], reason: str, tmp_path: Path
) -> None:
    assert reason in why_not(open_model(tiny(kind, tmp_path, **more)))
