"""PEFT: adapters as stock peft loads them, with the model that they stand beside in the folder ``base``.

The base is plain safetensors, or in bitsandbytes' 4 bits where its layers are NF4 or FP4 (QLoRA).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file

from engine.contracts.errors import BadInput
from engine.contracts.problem import Problem
from engine.export import bitsandbytes_format, dense
from engine.export import folder as folders
from engine.export.base import ROUNDED, DtypeOptions, ExportFormat, Progress
from engine.export.shards import Planned, Shard, shards
from engine.models.model import Model, Part
from engine.models.modules import CompressedModule
from engine.models.modules.adapted import AdaptedLinear
from engine.models.modules.blockwise import BlockwiseLinear
from engine.models.modules.plain import PlainLinear
from engine.models.modules.tied import TiedLinear
from engine.numerics import adapters

ADAPTER = "adapter_model.safetensors"
CONFIG = "adapter_config.json"
BASE = "base"
_PREFIX = "base_model.model."


def problems(model: Model, options: DtypeOptions) -> list[Problem]:
    """Without adapters there is nothing to write; masked updates are not of low rank; what the base loses."""
    found = _adapted(model)
    if not found:
        advice = "Run LoRA with 'Keep the adapters', or export in another format"
        return [Problem("error", "The model has no adapters: they were merged, or never there", advice=advice)]
    masked = [name for name, module in found.items() if module.masked]
    if masked:
        message = (
            f"The updates of {len(masked)} pruned layers are masked, so that zeros stay: PEFT has no such adapters"
        )
        return [Problem("error", message, where=masked[0], advice="Merge them: run LoRA with 'Merge them'")]
    wide = {
        name: kind for name, kind in _bases(model).items() if not isinstance(kind, PlainLinear) and not _packs(kind)
    }
    if not wide:
        return []
    name, module = next(iter(wide.items()))
    message = (
        f"{len(wide)} layers of the base are written out in full: transformers has none of the kind '{module.KIND}'"
    )
    return [Problem("warning", message, where=name)]


def expected_bytes(model: Model, options: DtypeOptions) -> int:
    """Exact."""
    return _adapter_shard(model).nbytes + sum(shard.nbytes for shard in shards(_plan(model, options)))


def write(model: Model, folder: Path, options: DtypeOptions, progress: Progress) -> None:
    """See `ExportFormat`."""
    folders.refuse(problems(model, options))
    with folders.whole_folder(folder) as work:
        shard = _adapter_shard(model)
        with shard.create(work / ADAPTER) as file:
            for part in folders.loaded_parts(model, lambda share, text: progress(share / 3, text)):
                for name, tensor in _adapter_tensors(model, part):
                    shard.put(file, name, tensor)
        folders.write_folder(
            model,
            work / BASE,
            _plan(model, options),
            lambda part: _base_tensors(model, part, options),
            _base_config(model, options),
            lambda share, text: progress((1 + 2 * share) / 3, text),
        )
        _config(model, f"{folder.name}/{BASE}").save_pretrained(str(work))
        for companion in model.companions:
            if companion.name != "generation_config.json":
                (work / companion.name).write_bytes(companion.read_bytes())
    progress(1.0, "Written")


# -- the adapters ------------------------------------------------------------------------------------------------------
def _adapted(model: Model) -> dict[str, AdaptedLinear]:
    return {name: module for name, module in model.compressed().items() if isinstance(module, AdaptedLinear)}


def _adapter_tensors(model: Model, part: Part) -> Iterator[tuple[str, torch.Tensor]]:
    """As peft names them; works on meta."""
    for name, module in model.compressed(part).items():
        if not isinstance(module, AdaptedLinear):
            continue
        yield f"{_PREFIX}{name}.lora_A.weight", module.first.float()
        yield f"{_PREFIX}{name}.lora_B.weight", module.second.float()
        if module.factor is not None:
            lengths = module.factor.float()
            if not lengths.is_meta:
                total = adapters.merged(module.base_matrix(), module.first, module.second, module.scale)
                lengths = (lengths.double() * total.norm(dim=1)).float()
            yield f"{_PREFIX}{name}.lora_magnitude_vector", lengths


def _adapter_shard(model: Model) -> Shard:
    return Shard(Planned.like(name, t) for part in model.parts for name, t in _adapter_tensors(model, part))


def _config(model: Model, base: str) -> Any:
    """peft's own. Ranks and scales that differ from layer to layer are named one by one."""
    from peft import LoraConfig

    found = _adapted(model)
    ranks = {name: len(module.first) for name, module in found.items()}
    alphas = {name: module.scale * len(module.first) for name, module in found.items()}
    rank = max(set(ranks.values()), key=list(ranks.values()).count)
    alpha = max(set(alphas.values()), key=list(alphas.values()).count)
    return LoraConfig(
        base_model_name_or_path=base,
        task_type="CAUSAL_LM" if model.anatomy.kind == "decoder" else None,
        r=rank,
        lora_alpha=alpha,
        rank_pattern={f"^{name}": value for name, value in ranks.items() if value != rank},
        alpha_pattern={f"^{name}": value for name, value in alphas.items() if value != alpha},
        target_modules=sorted(found),
        use_dora=any(module.factor is not None for module in found.values()),
        fan_in_fan_out=any(module.transposed for module in found.values()),
        lora_dropout=0.0,
        bias="none",
        inference_mode=True,
    )


# -- the base ----------------------------------------------------------------------------------------------------------
def _bases(model: Model) -> dict[str, CompressedModule]:
    """The compressed layers of the model without its adapters."""
    return {
        name: module.base if isinstance(module, AdaptedLinear) else module
        for name, module in model.compressed().items()
        if not isinstance(module, TiedLinear)
    }


def _packs(module: CompressedModule) -> bool:
    return isinstance(module, BlockwiseLinear) and not bitsandbytes_format.why_not(module)


def _base_tensors(model: Model, part: Part, options: DtypeOptions) -> Iterator[tuple[str, torch.Tensor]]:
    dtype = options.cast(folders.config_dtype(model))
    adapted = {name: module for name, module in model.compressed(part).items() if isinstance(module, AdaptedLinear)}
    for name, module in adapted.items():
        if isinstance(module.base, BlockwiseLinear) and _packs(module.base):
            yield from bitsandbytes_format.layer_tensors(name, module.base, dtype)
        else:
            stored = module.base.weight.dtype if isinstance(module.base, PlainLinear) else folders.config_dtype(model)
            weight = module.base_matrix().to(options.cast(stored))
            yield f"{name}.weight", (weight.t() if module.transposed else weight).contiguous()
        if module.bias is not None:
            yield f"{name}.bias", module.bias.to(options.cast(module.bias.dtype))
    for name, alone in model.compressed(part).items():
        if isinstance(alone, BlockwiseLinear) and _packs(alone):
            yield from bitsandbytes_format.layer_tensors(name, alone, dtype)
    done = {name for name, each in model.compressed(part).items() if name in adapted or _packs(each)}
    for name, tensor in folders.dense_tensors(model, part, lambda name, _: name in done):
        yield name, tensor.to(options.cast(tensor.dtype))


def _plan(model: Model, options: DtypeOptions) -> list[Planned]:
    return [Planned.like(name, tensor) for part in model.parts for name, tensor in _base_tensors(model, part, options)]


def _base_config(model: Model, options: DtypeOptions) -> dict[str, Any]:
    dtype = str(options.cast(folders.config_dtype(model))).removeprefix("torch.")
    config = {key: value for key, value in model.config.items() if key not in ("torch_dtype", "quantization_config")}
    packed = {name: module for name, module in _bases(model).items() if _packs(module)}
    if packed:
        config["quantization_config"] = bitsandbytes_format.quantization_config(model, list(packed.items()), dtype)
    return {**config, "dtype": dtype}


# -- reading -----------------------------------------------------------------------------------------------------------
def read(folder: Path) -> Iterator[tuple[str, torch.Tensor]]:
    """See `ExportFormat`: the merged weights."""
    if not (folder / CONFIG).is_file():
        raise BadInput("Not a PEFT folder", where=str(folder), why=f"it has no {CONFIG}")
    config = json.loads((folder / CONFIG).read_text("utf-8"))
    learned = load_file(folder / ADAPTER)
    base = json.loads((folder / BASE / "config.json").read_text("utf-8"))
    reader = bitsandbytes_format.read if "quantization_config" in base else dense.FORMAT.read
    for name, tensor in reader(folder / BASE):
        stem = f"{_PREFIX}{name.removesuffix('.weight')}"
        if f"{stem}.lora_A.weight" not in learned or not name.endswith(".weight"):
            yield name, tensor
            continue
        first, second = learned[f"{stem}.lora_A.weight"], learned[f"{stem}.lora_B.weight"]
        place = f"^{name.removesuffix('.weight')}"
        scale = config["alpha_pattern"].get(place, config["lora_alpha"]) / len(first)
        turned = config["fan_in_fan_out"]
        magnitude = learned.get(f"{stem}.lora_magnitude_vector")
        total = adapters.merged(tensor.t() if turned else tensor, first, second, scale, magnitude=magnitude).float()
        yield name, total.t() if turned else total


def _tolerance(model: Model, options: DtypeOptions) -> float:
    """By what weights are rounded to that weren't before: layers that were compressed are written, or unpacked by
    bitsandbytes, in the dtype of the model."""
    if options.dtype == "as stored" and all(isinstance(module, PlainLinear) for module in _bases(model).values()):
        return 0.0
    return ROUNDED.get(options.cast(folders.config_dtype(model)), 0.0)


def _snippet(model: Model, name: str) -> str:
    return (
        "from peft import PeftModel\nfrom transformers import AutoModelForCausalLM\n\n"
        f'base = AutoModelForCausalLM.from_pretrained("{name}/{BASE}")\n'
        f'model = PeftModel.from_pretrained(base, "{name}")'
    )


FORMAT = ExportFormat(
    id="peft",
    title="PEFT adapter",
    summary="What was learned (LoRA, QLoRA) as peft loads it, small, with the model it belongs to beside it.",
    options=DtypeOptions,
    problems=problems,
    expected_bytes=expected_bytes,
    write=write,
    read=read,
    rounds_inputs=False,
    tolerance=_tolerance,
    snippet=_snippet,
)
