"""GGUF files: headers, names and values as transformers and the original model have them; damaged files."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable
from pathlib import Path

import gguf
import numpy as np
import pytest
import torch
from gguf_files import ARCHITECTURES, write_gguf
from transformers import AutoModelForCausalLM

from engine.architecture import pretrained
from engine.base.errors import BadInput
from engine.checkpoints.checkpoint import read_header
from engine.checkpoints.container import ArtifactWriter
from engine.checkpoints.headers import gguf as headers
from engine.checkpoints.headers.gguf import TYPES, read_file
from engine.models.source import load_tokenizer, open_model

IDS = torch.randint(0, 256, (2, 12), generator=torch.Generator().manual_seed(1))


@pytest.fixture(scope="module")
def small(tiny: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_gguf("llama", tiny("llama"), tmp_path_factory.mktemp("gguf") / "llama.gguf")


@pytest.mark.parametrize("kind", ARCHITECTURES)
def test_the_model_is_the_same_as_before_conversion(kind: str, tiny: Callable[[str], Path], tmp_path: Path) -> None:
    path = write_gguf(kind, tiny(kind), tmp_path / "model.gguf")
    model = open_model(path).load()
    original = AutoModelForCausalLM.from_pretrained(tiny(kind), dtype=torch.float32)
    if kind == "gemma2":  # not in the file: llama.cpp scales by the size of a head
        original.config.query_pre_attn_scalar = original.config.head_dim
        for layer in original.model.layers:
            layer.self_attn.scaling = original.config.head_dim**-0.5
    with torch.no_grad():
        expected = original.eval()(input_ids=IDS).logits
        torch.testing.assert_close(model.module(input_ids=IDS).logits, expected, rtol=1e-4, atol=1e-4)
    for name, tensor in original.state_dict().items():
        torch.testing.assert_close(model.module.state_dict()[name], tensor, rtol=0, atol=2e-7)
    assert read_header(path).parameters == original.num_parameters()


@pytest.mark.parametrize("kind", ["llama", "llama_untied", "qwen2", "gemma2", "phi3"])
@pytest.mark.parametrize("dtype", ["F16", "Q8_0"])
def test_tensors_are_those_of_transformers(kind: str, dtype: str, tiny: Callable[[str], Path], tmp_path: Path) -> None:
    path = write_gguf(kind, tiny(kind), tmp_path / "model.gguf", dtype)
    theirs = AutoModelForCausalLM.from_pretrained(tmp_path, gguf_file=path.name, dtype=torch.float32).state_dict()
    model = open_model(path)
    for name in model.source.names():
        assert torch.equal(model.source.load(name).float(), theirs[name]), name
    matrix = next(
        name for name in model.source.names() if name.endswith(("q_proj.weight", "qkv_proj.weight", "c_fc.weight"))
    )
    assert model.source.load(matrix).dtype == (torch.float16 if dtype == "F16" else torch.float32)


def test_every_listed_type_can_be_unpacked() -> None:
    from gguf.quants import _type_traits

    known = {kind.name for kind in _type_traits} | {"F32", "F16"}
    assert known >= TYPES


def test_llama3_frequencies_become_settings(tiny: Callable[[str], Path], tmp_path: Path) -> None:
    import shutil

    from transformers import AutoConfig
    from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS

    rope = {
        "rope_type": "llama3",
        "rope_theta": 10000.0,
        "factor": 8.0,
        "low_freq_factor": 1.0,
        "high_freq_factor": 4.0,
        "original_max_position_embeddings": 8192,
    }
    folder = shutil.copytree(tiny("llama"), tmp_path / "model")
    config = AutoConfig.from_pretrained(folder)
    config.rope_parameters = rope
    config.save_pretrained(folder)
    scaled, _ = ROPE_INIT_FUNCTIONS["llama3"](config, "cpu")
    plain = 1.0 / 10000.0 ** (torch.arange(0, 16, 2).float() / 16)
    path = write_gguf("llama", folder, tmp_path / "model.gguf")
    extra = tmp_path / "scaled.gguf"
    _copy_with_tensor(path, extra, "rope_freqs.weight", (plain / scaled).numpy())
    model = open_model(extra).load()
    torch.testing.assert_close(model.module.model.rotary_emb.inv_freq, scaled, rtol=1e-5, atol=0)
    broken = tmp_path / "strange.gguf"
    _copy_with_tensor(path, broken, "rope_freqs.weight", np.linspace(1, 3, 8).astype(np.float32))
    with pytest.raises(BadInput, match="scaled in an unknown way"):
        read_file(broken)


def _copy_with_tensor(path: Path, target: Path, name: str, array: np.ndarray) -> None:
    reader = gguf.GGUFReader(path)
    writer = gguf.GGUFWriter(target, "llama")
    for field in reader.fields.values():
        if not field.name.startswith("GGUF.") and field.name != "general.architecture":
            kind, inner = field.types[0], field.types[-1]
            writer.add_key_value(
                field.name, field.contents(), kind, inner if kind == gguf.GGUFValueType.ARRAY else None
            )
    for tensor in reader.tensors:
        writer.add_tensor(tensor.name, tensor.data)
    writer.add_tensor(name, array)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


@pytest.mark.parametrize("kind", ["odd", "qwen3", "gpt2"])
def test_what_is_stored_of_it_is_a_model_for_everybody(kind: str, tiny: Callable[[str], Path], tmp_path: Path) -> None:
    model = open_model(write_gguf(kind, tiny(kind), tmp_path / "model.gguf"))
    writer = ArtifactWriter(tmp_path / "artifact", [part.name for part in model.parts])
    for part in model.parts:
        writer.write(part.name, model.load(part).tensors(part), {})
    folder = writer.finish(model.config, (), model.companions)
    with torch.no_grad():
        ours = AutoModelForCausalLM.from_pretrained(folder).eval()(input_ids=IDS).logits
        theirs = AutoModelForCausalLM.from_pretrained(tiny(kind)).eval()(input_ids=IDS).logits
    torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-4)


def tokenizer_file(path: Path, architecture: str, scores: list[float] | None) -> Path:
    """Nothing but a SentencePiece vocabulary in which "ab" comes before "bc"."""
    writer = gguf.GGUFWriter(path, architecture)
    writer.add_tokenizer_model("llama")
    writer.add_token_list(["<unk>", "a", "b", "c", "\u2581", "ab", "bc"])
    if scores is not None:
        writer.add_token_scores(scores)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def test_a_tokenizer_is_that_of_its_architecture(tmp_path: Path) -> None:
    """Also where transformers does not know the architecture itself: Gemma's merges come in the order of its words, the
    scores of Llama's tell theirs."""
    found = {}
    for name in ("gemma", "olmo2"):
        work, target = tmp_path / f"{name}-work", tmp_path / name
        work.mkdir()
        path = tokenizer_file(tmp_path / f"{name}.gguf", name, [0, -1, -2, -3, -4, -6, -5])
        pretrained.convert_gguf_tokenizer(path, work, target)
        found[name] = pretrained.tokenizer(target).tokenize("abc")
    assert found["gemma"][-2:] == ["ab", "c"] and found["olmo2"][-2:] == ["a", "bc"]


def test_a_tokenizer_that_lacks_something_is_not_tried_twice(tmp_path: Path) -> None:
    path = tokenizer_file(tmp_path / "llama.gguf", "llama", None)
    (tmp_path / "work").mkdir()
    with pytest.raises(KeyError, match="scores") as raised:
        pretrained.convert_gguf_tokenizer(path, tmp_path / "work", tmp_path / "made")
    assert raised.value.__context__ is None


def test_a_tokenizer_that_can_not_be_converted_leaves_the_weights_usable(small: Path) -> None:
    model = open_model(small)
    assert model.companions == ()
    with pytest.raises(BadInput, match="no tokenizer"):
        load_tokenizer(model)


# -- what is refused ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("keep", [0, 3, 4, 12, 24, 30, 100, 1000, -1])
def test_a_truncated_file_is_refused(small: Path, tmp_path: Path, keep: int) -> None:
    cut = tmp_path / "cut.gguf"
    cut.write_bytes(small.read_bytes()[:keep])
    with pytest.raises(BadInput, match=r"damaged|Not a GGUF"):
        read_header(cut)


def test_absurd_counts_are_refused_at_once(small: Path, tmp_path: Path) -> None:
    for at in (8, 16):  # counts of tensors and of keys
        data = bytearray(small.read_bytes())
        data[at : at + 8] = struct.pack("<Q", 1 << 60)
        (tmp_path / "absurd.gguf").write_bytes(data)
        with pytest.raises(BadInput, match="claimed"):
            read_file(tmp_path / "absurd.gguf")


def test_random_damage_never_gives_anything_but_a_sentence(small: Path, tmp_path: Path) -> None:
    data = small.read_bytes()
    header = min(tensor.offset for tensor in read_file(small)[1])
    dice = random.Random(3)
    refused = 0
    for _ in range(300):
        broken = bytearray(data)
        for _ in range(dice.choice((1, 1, 4))):
            broken[dice.randrange(header)] = dice.randrange(256)
        (tmp_path / "broken.gguf").write_bytes(broken)
        try:
            read_file(tmp_path / "broken.gguf")
        except BadInput:
            refused += 1
    assert refused > 50


@pytest.mark.parametrize("kind", ["odd", "gemma2", "gpt2"])
def test_a_shape_that_is_missing_or_not_a_whole_number_is_refused(
    kind: str, tiny: Callable[[str], Path], tmp_path: Path
) -> None:
    path = write_gguf(kind, tiny(kind), tmp_path / "whole.gguf")
    data, prefix = path.read_bytes(), ARCHITECTURES[kind]
    refused = set()
    for key in headers.ARCHITECTURES[prefix].keys:
        spelled = f"{prefix}.{key}".encode()
        if spelled not in data:
            continue
        at = data.index(spelled)
        (tmp_path / "missing.gguf").write_bytes(data[:at] + b"?" * len(spelled) + data[at + len(spelled) :])
        try:
            open_model(tmp_path / "missing.gguf")
        except BadInput as error:
            assert f"{prefix}.{key} is not in it" in str(error)
            refused.add(key)
        kind_at = at + len(spelled)
        for damage in (struct.pack("<If", 6, 2.5), struct.pack("<Ii", 5, 0), struct.pack("<Ii", 5, -4)):
            if key.endswith(("freq_base", "epsilon", "softcapping")):
                break
            (tmp_path / "damaged.gguf").write_bytes(data[:kind_at] + damage + data[kind_at + 8 :])
            with pytest.raises(BadInput, match="not a whole number above zero"):
                open_model(tmp_path / "damaged.gguf")
    asked = {"context_length", "block_count", "feed_forward_length", "embedding_length", "attention.head_count"}
    assert refused == asked


@pytest.mark.parametrize("factors", [[0.0] * 8, [float("nan")] * 8, [float("inf")] * 8, [-1.0] * 8])
def test_rotary_factors_that_no_settings_give_are_refused(
    factors: list[float], tiny: Callable[[str], Path], tmp_path: Path
) -> None:
    small = write_gguf("llama", tiny("llama"), tmp_path / "whole.gguf")
    _copy_with_tensor(small, tmp_path / "odd.gguf", "rope_freqs.weight", np.array(factors, np.float32))
    with pytest.raises(BadInput, match=r"unknown way|damaged"):
        read_header(tmp_path / "odd.gguf")


@pytest.mark.parametrize(("version", "why"), [(1, "version 1"), (9, "version 9"), (3 << 24, "big-endian")])
def test_other_versions_are_refused(small: Path, tmp_path: Path, version: int, why: str) -> None:
    data = bytearray(small.read_bytes())
    data[4:8] = struct.pack("<I", version)
    (tmp_path / "old.gguf").write_bytes(data)
    with pytest.raises(BadInput, match=why):
        read_file(tmp_path / "old.gguf")


def _minimal(path: Path, architecture: str, tensors: dict[str, np.ndarray] | None = None, **keys: int) -> Path:
    writer = gguf.GGUFWriter(path, architecture)
    for key, value in keys.items():
        writer.add_uint32(f"{architecture}.{key}".replace("__", "."), value)
    for name, array in (tensors or {"token_embd.weight": np.zeros((4, 32), np.float32)}).items():
        writer.add_tensor(name, array)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


SHAPE = {
    "context_length": 8,
    "block_count": 1,
    "feed_forward_length": 8,
    "embedding_length": 32,
    "attention__head_count": 4,
}


@pytest.mark.parametrize(
    ("architecture", "keys", "sentence"),
    [
        ("mamba", {}, "architecture 'mamba' can't be read"),
        ("qwen2", {"expert_count": 8}, "mixture of experts"),
        ("llama", {"rope__scaling__factor": 4}, "stretches its positions"),
        ("llama", {}, "llama.context_length is not in it"),
    ],
)
def test_what_is_not_supported_is_refused(
    tmp_path: Path, architecture: str, keys: dict[str, int], sentence: str
) -> None:
    with pytest.raises(BadInput, match=sentence):
        read_file(_minimal(tmp_path / "m.gguf", architecture, **keys))


def test_an_unknown_tensor_is_refused(tmp_path: Path) -> None:
    tensors = {"token_embd.weight": np.zeros((4, 32), np.float32), "blk.0.mystery.weight": np.zeros(4, np.float32)}
    with pytest.raises(BadInput, match=r"blk\.0\.mystery"):
        read_file(_minimal(tmp_path / "m.gguf", "llama", tensors, **SHAPE))


def test_keys_mean_what_they_mean_to_transformers() -> None:
    from transformers.integrations.ggml import GGUF_CONFIG_MAPPING

    from engine.checkpoints.headers.gguf_architectures import ARCHITECTURES as READ

    for name, architecture in READ.items():
        spelled = {"qwen3moe": "qwen3_moe", "gpt-oss": "gpt_oss"}.get(name, name)
        if spelled not in GGUF_CONFIG_MAPPING and name != "gemma":
            continue  # transformers reads no files of these
        theirs = dict(GGUF_CONFIG_MAPPING["gemma2" if name == "gemma" else spelled])  # they have no table for the first
        if name == "gpt2":  # words of theirs that GPT-2's config does not know
            theirs |= {"context_length": "n_positions", "feed_forward_length": "n_inner"}
        wanted = {key: word for key, word in theirs.items() if word is not None and key != "vocab_size"}
        if name == "gemma":
            del wanted["attention.sliding_window"]
        if name == "gpt-oss":  # llama.cpp writes another key, and the config of LFM2 another word
            del wanted["sliding_window"]
        if name == "lfm2":
            wanted["attention.layer_norm_rms_epsilon"] = "norm_eps"
        assert {key: architecture.keys.get(key) for key in wanted} == wanted, name


def test_names_of_modules_are_those_that_the_gguf_package_gives(small: Path) -> None:
    from engine.checkpoints.headers.gguf import _names
    from engine.checkpoints.headers.gguf_architectures import ARCHITECTURES as READ

    llama, gemma2, phi3, gpt2 = (_names(READ[name]) for name in ("llama", "gemma2", "phi3", "gpt2"))
    assert llama["blk.0.ffn_norm"] == "model.layers.0.post_attention_layernorm" and "blk.0.attn_q_norm" not in llama
    assert gemma2["blk.0.ffn_norm"] == "model.layers.0.pre_feedforward_layernorm"
    assert gemma2["blk.0.post_attention_norm"] == "model.layers.0.post_attention_layernorm"
    assert phi3["blk.0.ffn_up"] == "model.layers.0.mlp.gate_up_proj"
    assert gpt2["blk.0.attn_qkv"] == "transformer.h.0.attn.c_attn" and gpt2["position_embd"] == "transformer.wpe"


NORM = "blk.0.attn_norm.weight"


def _with_norm_at(path: Path, offset: int) -> Path:
    """Two tensors, 512 bytes at 0 and 128 bytes at this offset of the data."""
    tensors = {"token_embd.weight": np.zeros((4, 32), np.float32), NORM: np.zeros(32, np.float32)}
    data = bytearray(_minimal(path, "llama", tensors, **SHAPE).read_bytes())
    at = data.index(NORM.encode()) + len(NORM) + 4 + 8 + 4  # behind its count of dimensions, its one size, its type
    assert struct.unpack_from("<Q", data, at) == (512,)
    struct.pack_into("<Q", data, at, offset)
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("offset", [0, 32, 384, 508])
def test_tensors_that_share_bytes_are_refused(tmp_path: Path, offset: int) -> None:
    assert len(read_file(_with_norm_at(tmp_path / "whole.gguf", 512))[1]) == 2
    with pytest.raises(BadInput, match="overlaps"):
        read_file(_with_norm_at(tmp_path / "m.gguf", offset))


def test_unreadable_types_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="type I8"):
        read_file(_minimal(tmp_path / "m.gguf", "llama", {"token_embd.weight": np.zeros((4, 32), np.int8)}, **SHAPE))


@pytest.mark.slow
@pytest.mark.real_model
def test_smollm2_is_what_transformers_loads(smollm2: Path) -> None:
    from transformers.modeling_gguf_pytorch_utils import load_gguf_checkpoint

    model = open_model(smollm2)
    theirs = load_gguf_checkpoint(smollm2, return_tensors=True, model_to_load=model.module)
    assert set(theirs["tensors"]) == set(model.source.names())
    for name, tensor in theirs["tensors"].items():
        assert torch.equal(model.source.load(name), tensor), name
    ours = {**model.module.config.to_dict(), **model.config}
    assert {key: ours.get(key) for key in theirs["config"] if key not in ("_model_name_or_path", "unk_token_id")} == {
        key: value for key, value in theirs["config"].items() if key not in ("_model_name_or_path", "unk_token_id")
    }
    assert model.anatomy.tied
    assert model.header.parameters == 134515008
    tokenizer = load_tokenizer(model)
    text = "Größe 12 345!\n  def f(x): return x"
    assert tokenizer.decode(tokenizer(text).input_ids) == text
    assert len(tokenizer("Hello world").input_ids) == 2
    assert "<|im_start|>user\nhi" in tokenizer.apply_chat_template([{"role": "user", "content": "hi"}], tokenize=False)


def test_blocks_without_values_are_damage(tmp_path: Path) -> None:
    writer = gguf.GGUFWriter(tmp_path / "m.gguf", "llama")
    writer.add_tensor("output.weight", np.zeros((0, 34), np.uint8), raw_dtype=gguf.GGMLQuantizationType.Q8_0)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    with pytest.raises(BadInput) as error:
        read_file(tmp_path / "m.gguf")
    assert "no values" in str(error.value)
