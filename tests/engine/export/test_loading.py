"""Own containers: loaded by `engine.load` and, after ``import engine.transformers``, by transformers; else refused."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import warm_children
from transformers import AutoModel, AutoModelForCausalLM

import engine.transformers
from engine.checkpoints.container_config import from_container_config, to_container_config
from engine.export.verification.check import export
from engine.models.source import open_model
from engine.testing.stage import compress, logits

Tiny = Callable[[str], Path]
TOKENS = "torch.arange(48).view(2, 24) * 7 % 250"
COMPRESSIONS: list[tuple[str, str, dict[str, Any]]] = [
    ("llama", "nf4", {"ignore": ("down",)}),
    (
        "qwen2",
        "round_to_nearest",
        {"format": "int4", "group_size": 32, "quantize_head": True, "quantize_embeddings": True},
    ),
    ("llama_untied", "round_to_nearest", {"format": "int8", "granularity": "channel", "activations": 8}),
    ("gpt2", "nf4", {"block_size": 32, "double_quant": False}),
    ("bert", "nf4", {}),
]


def exported(source: Path, method: str, settings: dict[str, Any], folder: Path) -> Path:
    compress(source, method, settings, folder)
    verified = export(folder / "artifact", "container", folder / "out", {}, lambda *_: None, lambda: None)
    assert verified.ok, verified.sentence
    return folder / "out"


def said(module: Any) -> torch.Tensor:
    with torch.no_grad():
        output = module(input_ids=torch.arange(48).view(2, 24) * 7 % 250)
    found: torch.Tensor = output.logits if "logits" in output else output.last_hidden_state
    return found


@pytest.mark.parametrize(("kind", "method", "settings"), COMPRESSIONS)
def test_what_is_loaded_says_the_same(
    kind: str, method: str, settings: dict[str, Any], tiny: Tiny, tmp_path: Path
) -> None:
    settings = {key: value for key, value in settings.items() if key != "activations"}
    folder = exported(tiny(kind), method, settings, tmp_path)
    expected = logits(tmp_path / "artifact")
    assert torch.equal(logits(folder), expected)  # the container is still an artifact to this program
    assert torch.equal(said(engine.load(folder)), expected)
    torch.testing.assert_close(said(engine.load(folder, dtype=torch.float32)), expected, rtol=1e-5, atol=1e-6)
    auto = AutoModel if kind == "bert" else AutoModelForCausalLM
    module, info = auto.from_pretrained(folder, output_loading_info=True)
    assert not any(info.values()), info
    assert torch.equal(said(module), expected)
    packed = open_model(folder).load().compressed()
    for name, layer in packed.items():
        theirs = module.get_submodule(name)
        for key, tensor in layer.packed_tensors().items():
            assert torch.equal(theirs.packed_tensors()[key], tensor)
            assert theirs.packed_tensors()[key].dtype == tensor.dtype


def python(*lines: str) -> subprocess.CompletedProcess[str]:
    """In a process that has imported transformers, and nothing of the program."""
    return warm_children.run("-c", "\n".join(lines), folder=Path.cwd())


def fresh(*lines: str) -> subprocess.CompletedProcess[str]:
    """In one that has imported nothing."""
    return subprocess.run([sys.executable, "-c", "\n".join(lines)], capture_output=True, text=True, check=False)


def test_stock_transformers_refuses_and_after_the_import_loads(tiny: Tiny, tmp_path: Path) -> None:
    folder = exported(tiny("llama"), "nf4", {}, tmp_path)
    refused = python(
        "from transformers import AutoModelForCausalLM, LlamaForCausalLM",
        "for auto in (AutoModelForCausalLM, LlamaForCausalLM):",
        "    try:",
        f"        auto.from_pretrained({str(folder)!r})",
        "        print('loaded')",
        "    except ValueError as error:",
        "        print(str(error).split('.')[0].splitlines()[0])",
    )
    lines = refused.stdout.splitlines()
    assert len(lines) == 2 and "loaded" not in lines, refused.stdout + refused.stderr
    assert "compression_studio" in lines[0]
    prompt = f"module = AutoModelForCausalLM.from_pretrained({str(folder)!r})"
    run = f"print(module.generate(({TOKENS})[:1], max_new_tokens=4, do_sample=False).tolist())"
    ahead = fresh("import torch, engine.transformers", "from transformers import AutoModelForCausalLM", prompt, run)
    stock = "from transformers import AutoModelForCausalLM"
    late = python("import torch", stock, "import engine.transformers", prompt, run)
    again = python("import torch, engine", f"module = engine.load({str(folder)!r})", run)
    assert ahead.returncode == 0, ahead.stderr
    assert ahead.stdout.startswith("[[") and ahead.stdout == late.stdout == again.stdout


def test_nothing_compressed_is_a_plain_folder(tiny: Tiny, tmp_path: Path) -> None:
    verified = export(tiny("llama"), "container", tmp_path / "out", {}, lambda *_: None, lambda: None)
    assert verified.ok
    loaded = python(
        "from transformers import AutoModelForCausalLM",
        f"AutoModelForCausalLM.from_pretrained({str(tmp_path / 'out')!r})",
        "import sys; print('engine' in sys.modules)",
    )
    assert loaded.stdout.strip() == "False", loaded.stderr


def test_the_disguise_comes_off() -> None:
    config = {"model_type": "llama", "hidden_size": 64}
    assert from_container_config(to_container_config(config)) == config
    assert from_container_config(config) == config
