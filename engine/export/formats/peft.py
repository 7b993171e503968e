"""PEFT: adapters as stock peft loads them, with the model that they stand beside in the folder ``base``.

peft resolves no name of a base from the adapter's own folder: it takes a relative path for one from the working folder,
or for a model on the hub. So the config names a model on the hub, with its revision, where the base is that model to
the bit, and otherwise the folder of the base that is written beside the adapter, by its whole path: ``AutoPeftModel``
finds it from any working folder for as long as it stays there. A folder that was moved is loaded as its card says: the
base first, by its own path.

The base is plain safetensors, or in bitsandbytes' 4 bits where its layers are NF4 or FP4 (QLoRA). A factorized layer
(SVD) is an adapter whose base is zero: that is exact, computes with the two factors, and stock programs train it on.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file

from engine.architecture.pretrained import auto_class
from engine.base.errors import BadInput
from engine.contracts.problem import Problem
from engine.export.base import ROUNDED, Progress
from engine.export.folder import came_packed, cast_tensors, experts_of, final_place, loaded_parts
from engine.export.formats import bitsandbytes, dense, peft_experts
from engine.export.formats.expert_layers import ExpertLayers
from engine.export.options import DtypeOptions
from engine.export.provenance import base_model
from engine.export.safetensors_format import SafetensorsFormat
from engine.export.shards import Planned, Shard
from engine.models.model import Model, Part
from engine.modules import CompressedModule
from engine.modules.adapted import AdaptedLinear
from engine.modules.blockwise import BlockwiseLinear
from engine.modules.low_rank import LowRankLinear
from engine.modules.plain import PlainLinear
from engine.modules.tied import TiedLinear
from engine.numerics import adapters

ADAPTER = "adapter_model.safetensors"
CONFIG = "adapter_config.json"
BASE = "base"
_PREFIX = "base_model.model."
_WEIGHT = r"(\.weight)?"
"""Behind the pattern of a layer that is named by its weight."""


class Peft(SafetensorsFormat):
    """The base as a folder of safetensors, the adapters in a file beside it."""

    id = "peft"
    title = "PEFT adapter"
    summary = "What was learned (LoRA, QLoRA), or factorized (SVD), as peft loads it, with the model it belongs to."
    needs = frozenset({"adapters", "low_rank"})
    rounds_inputs = False

    def problems(self, model: Model, options: DtypeOptions) -> list[Problem]:
        """Without adapters there is nothing to write; masked updates are not of low rank; what the base loses."""
        updates = _updates(model)
        if not updates:
            advice = "Run LoRA with 'Keep the adapters', or SVD, or export in another format"
            message = "The model has no adapters and no factorized layers: they were merged, or never there"
            return [Problem("error", message, advice=advice)]
        name, why = peft_experts.why_not(model, *_common(model))
        if why:
            message = f"{name} can't be written as PEFT: {why}"
            advice = "Merge the adapters, or export in the studio's container"
            return [Problem("error", message, where=name, advice=advice)]
        if wrong := _named_like_experts(model) or _of_state_spaces(model):
            return [wrong]
        masked = [name for name, update in updates.items() if update.masked]
        if masked:
            message = (
                f"The updates of {len(masked)} pruned layers are masked, so that zeros stay: PEFT has no such adapters"
            )
            return [Problem("error", message, where=masked[0], advice="Merge them: run LoRA with 'Merge them'")]
        return _base_problems(model)

    def tensors(self, model: Model, part: Part, options: DtypeOptions) -> Iterator[tuple[str, torch.Tensor]]:
        """The tensors of the base."""
        return _base_tensors(model, part, options)

    def quantization_config(self, model: Model, options: DtypeOptions) -> dict[str, Any] | None:
        """The entry of the base's config.json on its layers in 4 bits."""
        packed = list(_packed(model).items())
        dtype = str(options.cast(model.config_dtype)).removeprefix("torch.")
        return bitsandbytes.quantization_config(model, packed, dtype) if packed else None

    def expected_bytes(self, model: Model, options: DtypeOptions) -> int:
        """Bytes of the adapters and of the base."""
        return _adapter_shard(model).nbytes + super().expected_bytes(model, options)

    def stored(self, model: Model, options: DtypeOptions) -> Iterator[tuple[str, int]]:
        """Type and bytes of each tensor of the adapters and of the base."""
        yield from (planned.stored for planned in _adapter_shard(model).planned.values())
        yield from super().stored(model, options)

    def keeps_values(self, model: Model, options: DtypeOptions) -> bool:
        """The lengths of DoRA's rows are computed anew."""
        as_it_is = options.dtype == "stored" and not came_packed(model) and not self.tolerance(model, options)
        return as_it_is and all(update.factor is None for update in _updates(model).values())

    def write_files(self, model: Model, folder: Path, options: DtypeOptions, progress: Progress) -> None:
        """Write the adapters, the base, and the config that names it."""
        shard = _adapter_shard(model)
        with shard.create(folder / ADAPTER) as file:
            for part in loaded_parts(model, lambda share, text: progress(share / 3, text)):
                for name, tensor in _adapter_tensors(model, part):
                    shard.put(file, name, tensor)
        super().write_files(model, folder / BASE, options, lambda share, text: progress((1 + 2 * share) / 3, text))
        _config(model, final_place(folder) / BASE).save_pretrained(str(folder))
        for companion in model.companions:
            if companion.name != "generation_config.json":
                (folder / companion.name).write_bytes(companion.read_bytes())

    def read(self, folder: Path) -> Iterator[tuple[str, torch.Tensor]]:
        """The tensors of the base with the adapters merged."""
        return _merged_tensors(folder)

    def tolerance(self, model: Model, options: DtypeOptions) -> float:
        """By what weights are rounded to that weren't before: layers that were compressed are written, or unpacked by
        bitsandbytes, in the dtype of the model."""
        if options.dtype == "stored" and all(isinstance(module, PlainLinear) for module in _bases(model).values()):
            return 0.0
        return ROUNDED.get(options.cast(model.config_dtype), 0.0)

    def snippet(self, model: Model, name: str) -> str:
        """Through peft."""
        auto = auto_class(model.config, "logits" if model.anatomy.kind != "encoder" else "hidden")
        return (
            f"from peft import PeftModel\nfrom transformers import {auto}\n\n"
            "# both by their paths; peft alone does not look for the base beside the adapter\n"
            f'base = {auto}.from_pretrained("{name}/{BASE}")\n'
            f'model = PeftModel.from_pretrained(base, "{name}")'
        )


def _base_problems(model: Model) -> list[Problem]:
    """Warnings for what the base loses or gains in bytes."""
    problems = []
    zero = [name for name, update in _updates(model).items() if update.base is None]
    if zero:
        message = (
            f"{len(zero)} factorized layers are written as adapters beside zeros, as peft needs them: "
            f"the folder is larger than the model was"
        )
        advice = "To train the factors elsewhere this is the form; for a small file take 'Compression Studio'"
        problems.append(Problem("warning", message, where=zero[0], advice=advice))
    packed = _packed(model)
    wide = {n: kind for n, kind in _bases(model).items() if not isinstance(kind, PlainLinear) and n not in packed}
    if wide:
        name, module = next(iter(wide.items()))
        message = (
            f"{len(wide)} layers of the base are written out in full: transformers has none of the kind '{module.KIND}'"
        )
        problems.append(Problem("warning", message, where=name))
    return problems + bitsandbytes.crossing_problems(packed)


def _named_like_experts(model: Model) -> Problem | None:
    """An error for layers that peft would look for among the experts and can't adapt by the weight alone."""
    single = _single(model)
    packed = _packed(model)
    for name in sorted(peft_experts.taken_for_experts(model, single)):
        if single[name].factor is not None or name in packed:
            what = "packed weights" if name in packed else "DoRA"
            message = f"{name} can't be written as PEFT: peft takes its name for an expert's, and knows no {what} there"
            return Problem("error", message, where=name, advice="Merge the adapters, or leave these layers")
    return None


def _of_state_spaces(model: Model) -> Problem | None:
    """peft refuses layers of networks with state spaces by their names, also where they belong to attention."""
    try:
        from peft import LoraConfig
        from peft.tuners.tuners_utils import _check_lora_target_modules_mamba as check
    except ImportError:  # an older peft refuses none
        return None
    for name in sorted(_single(model)):
        leaf = name.rpartition(".")[2]
        try:
            check(LoraConfig(), model.module, leaf)
        except ValueError:
            message = f"{name} can't be written as PEFT: peft takes no '{leaf}' of a {model.config['model_type']}"
            return Problem("error", message, where=name, advice="Merge the adapters, or leave these layers")
    return None


# -- the adapters ------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class _Update:
    """The update that peft adds to a layer: s B A, with A (r, in) and B (out, r) in float32; ``base`` None: to
    zeros."""

    base: CompressedModule | None
    lora_A: torch.Tensor
    lora_B: torch.Tensor
    scale: float
    module: AdaptedLinear | LowRankLinear

    @property
    def masked(self) -> bool:
        return isinstance(self.module, AdaptedLinear) and self.module.masked

    @property
    def factor(self) -> torch.Tensor | None:
        """DoRA's, (out,)."""
        return self.module.factor if isinstance(self.module, AdaptedLinear) else None

    def base_matrix(self, dtype: torch.dtype) -> torch.Tensor:
        """(out, in): in the dtype that it is stored in, or in ``dtype`` where it has none of its own."""
        if self.base is None:
            shape = len(self.lora_B), self.lora_A.shape[1]
            return torch.zeros(shape, dtype=dtype, device=self.lora_A.device)
        assert isinstance(self.module, AdaptedLinear)
        return self.module.base_matrix().to(self.base.weight.dtype if isinstance(self.base, PlainLinear) else dtype)


def _update(module: CompressedModule) -> _Update | None:
    """None for a layer that has none."""
    if isinstance(module, LowRankLinear):
        return _Update(None, *module.matrices(), 1.0, module)
    if not isinstance(module, AdaptedLinear):
        return None
    first, second = module.lora_A.float(), module.lora_B.float()
    if isinstance(module.base, LowRankLinear) and module.factor is None and not module.masked:
        own_first, own_second = module.base.matrices()
        first, second = torch.cat([own_first, first]), torch.cat([own_second, module.scale * second], dim=1)
        return _Update(None, first, second, 1.0, module)
    return _Update(module.base, first, second, module.scale, module)


def _updates(model: Model, part: Part | None = None) -> dict[str, _Update]:
    updates = {name: _update(module) for name, module in model.compressed(part).items()}
    return {name: update for name, update in updates.items() if update is not None}


def _single(model: Model, part: Part | None = None) -> dict[str, _Update]:
    """Those of layers that are layers to transformers too."""
    experts = experts_of(model)
    return {name: update for name, update in _updates(model, part).items() if name not in experts}


def _common(model: Model) -> tuple[int, float]:
    """The rank and the alpha of most layers."""
    updates = _updates(model).values()
    ranks, alphas = (
        [len(update.lora_A) for update in updates],
        [update.scale * len(update.lora_A) for update in updates],
    )
    return max(set(ranks), key=ranks.count), max(set(alphas), key=alphas.count)


def _adapter_tensors(model: Model, part: Part) -> Iterator[tuple[str, torch.Tensor]]:
    """As peft names them; works on meta."""
    yield from ((_PREFIX + name, tensor) for name, tensor in peft_experts.adapter_tensors(model, part))
    for name, update in _single(model, part).items():
        yield f"{_PREFIX}{name}.lora_A.weight", update.lora_A.contiguous()
        yield f"{_PREFIX}{name}.lora_B.weight", update.lora_B.contiguous()
        if update.factor is not None:
            lengths = update.factor.float()
            if not lengths.is_meta:
                base = update.base_matrix(torch.float32)
                total = adapters.merged(base, update.lora_A, update.lora_B, update.scale)
                lengths = (lengths.double() * total.norm(dim=1)).float()
            yield f"{_PREFIX}{name}.lora_magnitude_vector", lengths


def _adapter_shard(model: Model) -> Shard:
    return Shard(Planned.like(name, t) for part in model.parts for name, t in _adapter_tensors(model, part))


def _config(model: Model, beside: Path) -> Any:
    """peft's own. Ranks and scales that differ from layer to layer are named one by one. ``beside``: the base that is
    written."""
    from peft import LoraConfig

    base, revision = _hub_base(model)
    updates = _single(model)
    by_weight = peft_experts.taken_for_experts(model, updates)
    patterns = {name: _layer_pattern(name) + _WEIGHT * (name in by_weight) for name in updates}
    ranks = {patterns[name]: len(update.lora_A) for name, update in updates.items()}
    alphas = {patterns[name]: update.scale * len(update.lora_A) for name, update in updates.items()}
    rank, alpha = _common(model)
    return LoraConfig(
        base_model_name_or_path=base or str(beside),
        revision=revision,
        task_type={"decoder": "CAUSAL_LM", "encoder_decoder": "SEQ_2_SEQ_LM"}.get(model.anatomy.kind),
        r=rank,
        lora_alpha=alpha,
        rank_pattern={pattern: value for pattern, value in ranks.items() if value != rank},
        alpha_pattern={pattern: value for pattern, value in alphas.items() if value != alpha},
        target_modules=sorted(updates.keys() - by_weight),
        target_parameters=peft_experts.targets(model, by_weight),
        use_dora=any(update.factor is not None for update in updates.values()),
        fan_in_fan_out=any(update.module.transposed for update in updates.values()),
        lora_dropout=0.0,
        bias="none",
        inference_mode=True,
    )


def _layer_pattern(name: str) -> str:
    """The pattern of a layer."""
    return f"^{name}"


def _hub_base(model: Model) -> tuple[str | None, str | None]:
    """The id and the revision of the base on the hub, None where the base that is written is not that model."""
    untouched = all(isinstance(base, PlainLinear) for base in _bases(model).values())
    if len(model.history) != 2 or not untouched or any(update.base is None for update in _updates(model).values()):
        return None, None
    return base_model(model), str(model.history[0].get("settings", {}).get("revision") or "") or None


# -- the base ----------------------------------------------------------------------------------------------------------
def _bases(model: Model) -> dict[str, CompressedModule]:
    """The compressed layers of the model without its adapters; where the base is zero there is none."""
    updates = _updates(model)
    bases = {
        name: updates[name].base if name in updates else module
        for name, module in model.compressed().items()
        if not isinstance(module, TiedLinear)
    }
    return {name: module for name, module in bases.items() if module is not None}


def _packed(model: Model) -> dict[str, BlockwiseLinear]:
    """The layers of the base that stay in bitsandbytes' 4 bits: none of experts, which it has no form for."""
    experts = experts_of(model)
    return {
        name: module
        for name, module in _bases(model).items()
        if isinstance(module, BlockwiseLinear) and name not in experts and not bitsandbytes.FORMAT.why_not(module)
    }


def _base_tensors(model: Model, part: Part, options: DtypeOptions) -> Iterator[tuple[str, torch.Tensor]]:
    dtype = options.cast(model.config_dtype)
    updates, packed = _single(model, part), _packed(model)
    for name, update in updates.items():
        module = update.module
        if name in packed:
            yield from bitsandbytes.layer_tensors(name, packed[name], dtype)
        else:
            weight = update.base_matrix(model.config_dtype)
            weight = weight.to(options.cast(weight.dtype))
            yield f"{name}.weight", (weight.t() if module.transposed else weight).contiguous()
        if module.bias is not None:
            yield f"{name}.bias", module.bias.to(options.cast(module.bias.dtype))
    for name in model.compressed(part):
        if name in packed and name not in updates:
            yield from bitsandbytes.layer_tensors(name, packed[name], dtype)
    fused = list(peft_experts.base_tensors(model, part))
    yield from ((name, tensor.to(options.cast(tensor.dtype))) for name, tensor in fused)
    done = {*updates, *packed, *(f"{name}.{index}" for name, tensor in fused for index in range(len(tensor)))}
    experts = ExpertLayers.of(model, bitsandbytes.METHOD) if packed else ExpertLayers(None)
    for name, tensor in cast_tensors(model, part, lambda name, _: name in done, options):
        if name in experts.sequential:
            yield from experts.split_dense(name, tensor)
        else:
            yield name, tensor


# -- reading -----------------------------------------------------------------------------------------------------------
def _merged_tensors(folder: Path) -> Iterator[tuple[str, torch.Tensor]]:
    """The tensors of the base of a written folder, with the adapters merged into the weights, float32."""
    if not (folder / CONFIG).is_file():
        raise BadInput("Not a PEFT folder", where=str(folder), why=f"it has no {CONFIG}")
    config = json.loads((folder / CONFIG).read_text("utf-8"))
    learned = load_file(folder / ADAPTER)
    base = json.loads((folder / BASE / "config.json").read_text("utf-8"))
    base_format = bitsandbytes.FORMAT if "quantization_config" in base else dense.FORMAT
    fused = sorted(config.get("target_parameters") or ())
    for name, tensor in base_format.read(folder / BASE):
        if name in fused and tensor.ndim == 3:
            yield name, _merged_experts(name, tensor, fused, learned, config)
            continue
        stem = f"{_PREFIX}{name.removesuffix('.weight')}"
        if f"{stem}.lora_A.weight" not in learned or not name.endswith(".weight"):
            yield name, tensor
            continue
        first, second = learned[f"{stem}.lora_A.weight"], learned[f"{stem}.lora_B.weight"]
        pattern = _layer_pattern(name.removesuffix(".weight"))
        alphas = config["alpha_pattern"]
        scale = alphas.get(pattern, alphas.get(pattern + _WEIGHT, config["lora_alpha"])) / len(first)
        turned = config["fan_in_fan_out"]
        magnitude = learned.get(f"{stem}.lora_magnitude_vector")
        total = adapters.merged(tensor.t() if turned else tensor, first, second, scale, magnitude=magnitude).float()
        yield name, total.t() if turned else total


def _merged_experts(
    name: str, base: torch.Tensor, fused: list[str], learned: dict[str, torch.Tensor], config: dict[str, Any]
) -> torch.Tensor:
    """Of the tensors of a module (gate_up_proj, down_proj) the adapter of the last stands around those of the others;
    which is whose, and what rows are, the shapes tell, where they do."""
    owner = f"{_PREFIX}{name.rpartition('.')[0]}"
    count = sum(other.rpartition(".")[0] == name.rpartition(".")[0] for other in fused)
    for depth in range(count):
        stem = owner + ".base_layer" * depth
        first, second = learned[f"{stem}.lora_A.weight"], learned[f"{stem}.lora_B.weight"]
        scale = config["lora_alpha"] / (len(first) / len(base))
        for transposed, shape in ((False, (len(second), first.shape[1])), (True, (first.shape[1], len(second)))):
            if tuple(base.shape[1:]) == shape and shape[0] != shape[1]:
                return peft_experts.merged(base, first, second, scale, transposed)
    raise BadInput("The adapter of experts can't be told from its shapes", where=name, advice="merge it with peft")


FORMAT = Peft()
