"""The model card: front matter that parses, every step, every metric, no path of this machine."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from engine.base.errors import BadInput
from engine.export.model_card import model_card
from engine.export.origin import mix_name
from engine.export.registry import export_format
from engine.models.source import open_model
from engine.testing.stage import compress

Tiny = Callable[[str], Path]
STEPS: tuple[dict[str, Any], ...] = (
    {"method": "model", "title": "Model", "version": 1, "settings": {"model": "Owner/Some-Model", "revision": ""}},
    {
        "method": "round_to_nearest",
        "title": "Round | nearest",
        "version": 1,
        "settings": {"format": "int4", "group_size": 32, "file": "/home/me/secret/text.txt"},
    },
)


def card(tiny: Tiny, folder: Path, format_id: str = "dense", **more: Any) -> str:
    model = open_model(tiny("llama"))
    model.history = STEPS
    folder.mkdir(exist_ok=True)
    (folder / "model.safetensors").write_bytes(b"x" * 1234)
    return model_card(model, export_format(format_id), folder, **more)


def front_matter(text: str) -> dict[str, Any]:
    found = re.match(r"---\n(.*?)\n---\n", text, re.DOTALL)
    assert found is not None
    return dict(yaml.safe_load(found[1]))


def test_the_front_matter_parses_and_names_the_base(tiny: Tiny, tmp_path: Path) -> None:
    data = front_matter(card(tiny, tmp_path / "small"))
    assert data == {
        "library_name": "transformers",
        "base_model": "Owner/Some-Model",
        "base_model_relation": "finetune",
        "pipeline_tag": "text-generation",
        "tags": ["compression-studio", "dense", "round-to-nearest"],
    }


def test_steps_are_there_to_read_and_as_data(tiny: Tiny, tmp_path: Path) -> None:
    text = card(tiny, tmp_path / "small")
    assert "| 2 | Round \\| nearest | format = int4, group\\_size = 32, file = text.txt |" in text
    found = re.search(r"```json\n(.*?)\n```", text, re.DOTALL)
    assert found is not None
    assert json.loads(found[1])[1]["settings"] == {"format": "int4", "group_size": 32, "file": "text.txt"}
    assert "/home/me" not in text and str(tmp_path) not in text
    assert "1,234 bytes" in text


def test_metrics_come_with_their_protocol(tiny: Tiny, tmp_path: Path) -> None:
    protocol: dict[str, Any] = {
        "text": "/data/wiki.txt",
        "sha256": "4f3e",
        "window": 2048,
        "windows": 16,
        "windows_of": 148,
    }
    protocol |= {"tokens": 32768, "dtype": "float32", "device": "cpu", "reference": "", "part": None}
    stages = [
        {"title": "Model", "metrics": {"perplexity": 20.819, "size_bytes": 98362432.0}, "protocol": protocol},
        {"title": "Rounded", "metrics": {"perplexity": 28.71, "kl_divergence": 0.25}, "protocol": protocol},
    ]
    text = card(tiny, tmp_path / "small", stages=stages)
    assert "| After | Perplexity | KL divergence (nats/token) | Size on disk |" in text
    assert "| Model | 20.82 |  | 98.4 MB |" in text
    assert "| Rounded | 28.71 | 0.25 |  |" in text
    how = "Measured on 16 of 148 windows of 2048 tokens of wiki.txt (SHA-256 4f3e); dtype: float32; device: cpu."
    assert how in text
    assert "## Measured" not in card(tiny, tmp_path / "small")


@pytest.mark.parametrize("format_id", ["dense", "container"])
def test_the_snippet_loads_it(format_id: str, tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compress(tiny("llama"), "round_to_nearest", {"group_size": 32}, tmp_path)
    entry = export_format(format_id)
    model = open_model(tmp_path / "artifact")
    entry.write(model, tmp_path / "small", entry.options(), lambda *_: None)
    found = re.search(r"```python\n(.*?)\n```", model_card(model, entry, tmp_path / "small"), re.DOTALL)
    assert found is not None
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    exec(found[1], names)
    network = names.get("network", names["model"])
    ids = names["tokenizer"]("Once", return_tensors="pt")["input_ids"]
    assert network(input_ids=ids).logits.shape == (1, 4, 260)


def test_a_collapsed_model_has_no_perplexity_on_its_card(tiny: Tiny, tmp_path: Path) -> None:
    protocol = {"text": "wiki.txt", "windows": 4, "windows_of": 9, "window": 64}
    lost = {**protocol, "collapsed": "collapsed: a perplexity of 9e+04 is worse than guessing"}
    stages = [
        {"title": "Model", "metrics": {"perplexity": 20.819}, "protocol": protocol},
        {"title": "Plain SVD", "metrics": {"perplexity": 91234.5}, "protocol": lost},
    ]
    text = card(tiny, tmp_path / "small", stages=stages)
    assert "| Plain SVD | collapsed |" in text and "91234" not in text and "9.123e" not in text
    assert "worse than guessing." in text
    alone = card(tiny, tmp_path / "small", stages=stages[1:])
    assert alone.count("worse than guessing") == 1  # said once, and not as a way to measure


def test_words_of_a_history_write_no_line_of_their_own(tiny: Tiny, tmp_path: Path) -> None:
    """An artifact of somebody else's may say anything in its history."""
    evil = "x\nlicense: mit\nbase_model: meta-llama/Other"
    model = open_model(tiny("llama"))
    model.history = (
        {"method": "model", "title": "Model", "settings": {"model": "a\u2028b: c/d"}},
        {"method": evil, "title": evil, "settings": {evil: evil, "fence": "```\n# Heading"}},
    )
    (tmp_path / "model.safetensors").write_bytes(b"x")
    text = model_card(model, export_format("dense"), tmp_path)
    data = front_matter(text)
    assert set(data) == {"library_name", "pipeline_tag", "tags"}
    assert data["tags"] == ["compression-studio", "dense", evil.replace("_", "-")]
    assert "\nlicense: mit" not in text and "\n# Heading" not in text
    model.history = ({"method": "model", "settings": {"model": "a/b"}}, {"method": "c", "settings": {"k": "```"}})
    fenced = model_card(model, export_format("dense"), tmp_path)
    found = re.search(r"(`{3,})json\n(.*?)\n\1\n", fenced, re.DOTALL)
    assert found is not None and json.loads(found[2])[1]["settings"] == {"k": "```"} and len(found[1]) > 3


def test_a_history_of_another_form_is_refused(tiny: Tiny, tmp_path: Path) -> None:
    compress(tiny("llama"), "round_to_nearest", {"format": "int8", "group_size": 32}, tmp_path / "a")
    path = tmp_path / "a" / "artifact" / "compression.json"
    described = json.loads(path.read_text("utf-8"))
    described["history"] = [{"method": "model", "settings": ["no", "object"]}]
    path.write_text(json.dumps(described), "utf-8")
    with pytest.raises(BadInput, match=r"history\.0.*settings is list"):
        open_model(path.parent)


def test_where_a_model_came_from_may_be_anything(tiny: Tiny) -> None:
    """Names become parts of paths and of files' names: none leaves its folder, none is too long for the disk."""
    from engine.export.gguf.metadata import file_name, pooling_of
    from engine.export.gguf.tokenizer import origin

    model = open_model(tiny("llama"))
    for name in ("x" * 5000, "a\0b", 7, None, "/", "\ud800", "../../x"):
        for kind in ("../../x", "x" * 300, ["Q4_0"]):
            model.history = (
                {"method": "model", "settings": {"model": name}},
                {"method": "gguf_quants", "settings": {"type": kind}},
            )
            assert origin(model) is None and pooling_of(model) is None
            assert "/" not in file_name(model, "out") and mix_name(model) == ""
    model.history = (
        {"method": "model", "settings": {"model": "a/b"}},
        {"method": "gguf_quants", "settings": {"type": "Q4_K_M"}},
    )
    assert mix_name(model) == "Q4_K_M"


def test_a_model_that_no_longer_writes_says_so_on_its_card(tiny: Tiny, tmp_path: Path) -> None:
    protocol = {"windows": 2, "windows_of": 4, "window": 64, "generation": "13 prompts"}
    stage = {"title": "NF4", "metrics": {"perplexity": 20.0, "loops": 0.5}, "protocol": protocol}
    assert "Warning" not in card(tiny, tmp_path / "fine", stages=[stage])
    damaged = {
        **protocol,
        "generation_damaged": "does not write as the original: 50 % of the answers repeat themselves",
    }
    text = card(tiny, tmp_path / "small", stages=[{**stage, "protocol": damaged}])
    assert "**Warning**: NF4 does not write as the original: 50 % of the answers repeat themselves." in text
    assert text.count("repeat themselves") == 1 and "| NF4 | 20 | 50 %" in text
