"""Regular expressions of files and pipelines end, and those that are none are refused with a sentence."""

from __future__ import annotations

import re
import struct
from pathlib import Path

import pytest

from engine.base import patterns
from engine.base.errors import BadInput
from engine.base.patterns import LONGEST, BoundedRe, Pattern
from engine.checkpoints.headers import TensorInfo, packed
from engine.methods.quantization.gguf_quants.settings import GgufQuantsSettings

NAMES = ("model.layers.0.self_attn.q_proj", "model.layers.11.mlp.down_proj", "lm_head", "")
USUAL = (
    ".*",
    r"model\.layers\.[0-3]\..*",
    "^(?!.*lm_head).*$",
    "(q|k|v)_proj$",
    "(?i)LM_HEAD",
    r"blk\.(\d+)\.ffn_down",
)

ENDLESS = r"(.|.|.)*[^\w.]"


@pytest.mark.parametrize("text", USUAL)
def test_patterns_mean_what_they_mean_to_re(text: str) -> None:
    pattern = Pattern(text)
    for name in NAMES:
        assert pattern.is_found_in(name) == bool(re.search(text, name))
        assert pattern.begins(name) == bool(re.match(text, name))


@pytest.mark.parametrize("text", ["(.|.|.)*#", "(a*)*b", "(.*)*(.*)*(.*)*#", "((.+)+)+#"])
def test_a_pattern_that_does_not_end_is_ended(text: str) -> None:
    try:
        assert not Pattern(text).is_found_in("a" * 30 + NAMES[1] * 3)  # some are seen through at once
    except BadInput as error:
        assert "takes too long" in str(error) and "repetitions" in str(error)


def test_the_one_of_ten_characters_is_refused() -> None:
    with pytest.raises(BadInput, match="takes too long"):
        Pattern(ENDLESS).begins(NAMES[1])


@pytest.mark.parametrize(
    "text", ["(", "*", "[", "(?P<a", "a" * (LONGEST + 1), "(" * 900, "(?<=a*)b(?", "a{99999999999999999999}"]
)
def test_what_is_none_is_refused(text: str) -> None:
    try:
        Pattern(text).is_found_in(NAMES[0])
    except BadInput as error:
        assert "not a regular expression" in str(error)
    else:
        assert text.startswith(("a{", "(?<="))


def checkpoint(folder: Path, targets: list[str]) -> tuple[dict[str, object], list[TensorInfo]]:
    """Config and headers of a layer that compressed-tensors packed to int4."""
    (folder / "model.safetensors").write_bytes(struct.pack("<qq", 8, 8))
    said = {"quant_method": "compressed-tensors", "config_groups": {"g": {"targets": targets, "weights": WEIGHTS}}}
    infos = [
        TensorInfo("model.layers.0.self_attn.q_proj.weight_packed", (8, 1), "I32", 32, "model.safetensors", 0),
        TensorInfo("model.layers.0.self_attn.q_proj.weight_scale", (8, 1), "F16", 16, "model.safetensors", 0),
        TensorInfo("model.layers.0.self_attn.q_proj.weight_shape", (2,), "I64", 16, "model.safetensors", 0),
    ]
    return {"quantization_config": said}, infos


WEIGHTS = {"num_bits": 4, "type": "int"}


@pytest.mark.parametrize(
    ("targets", "sentence"),
    [
        (["re:nothing"], r"no entry of its config_groups is about model\.layers\.0\.self_attn\.q_proj"),
        (["re:("], "not a regular expression"),
        (["re:(.|.|.)*#"], "no entry of its config_groups"),
        ([f"re:{ENDLESS}"], "takes too long"),
    ],
)
def test_groups_of_packed_checkpoints(targets: list[str], sentence: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=sentence):
        packed.find(tmp_path, *checkpoint(tmp_path, targets))
    for good in (["re:.*q_proj$"], ["Linear"], ["model.layers.0.self_attn.q_proj"], ["re:nothing", "Linear"]):
        assert set(packed.find(tmp_path, *checkpoint(tmp_path, good))) == {"model.layers.0.self_attn.q_proj.weight"}


def test_tensor_types_of_a_pipeline(tmp_path: Path) -> None:
    from types import SimpleNamespace

    from engine.methods.quantization.gguf_quants.mixes import linear_types

    with pytest.raises(BadInput, match="not a regular expression"):
        GgufQuantsSettings.parse({"tensor_types": ["(=Q4_K"]}, where="here")
    given = GgufQuantsSettings.parse({"tensor_types": ["(.|.|.)*#=Q4_K"]}, where="here").tensor_types
    linear = SimpleNamespace(name="model.layers.0.mlp.down_proj", role="down", layer=0)
    assert linear_types(SimpleNamespace(linears=[linear]), given) == ({}, list(given))  # type: ignore[arg-type]


def test_a_library_that_is_given_patterns_has_a_limit_of_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """`BoundedRe` in the place of its ``re``."""
    monkeypatch.setattr(patterns, "SECONDS", 0.05)
    bounded = BoundedRe()
    endless, text = ENDLESS, "a" * 90
    for call in (bounded.search, bounded.findall, bounded.split, bounded.finditer):
        with pytest.raises(BadInput, match="takes too long"):
            call(endless, text)
    with pytest.raises(BadInput, match="takes too long"):
        bounded.sub(endless, "", text)
    with pytest.raises(BadInput, match="takes too long"):
        bounded.compile(endless).findall(text)
    words = re.compile(r"(\d+)", re.IGNORECASE)
    assert bounded.compile(words.pattern, bounded.IGNORECASE).findall("7 of 12") == words.findall("7 of 12")
    assert bounded.sub(r"(\w)\.", r"\1", "a. b.") == "a b" and bounded.escape("a.b") == re.escape("a.b")
