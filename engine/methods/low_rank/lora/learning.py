"""Learning adapters: the model opened with frozen weights, the objective, what the training will cost."""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch
from torch import nn

from engine import devices
from engine.architecture.anatomy import Anatomy, Linear
from engine.checkpoints.checkpoint import CheckpointHeader
from engine.checkpoints.tensor_sources import DTYPES
from engine.contracts.problem import Estimate, Problem
from engine.methods.costs.bytes import is_tied
from engine.methods.costs.primitives import Train
from engine.methods.costs.training import parameters_of, token_problems
from engine.methods.low_rank.lora.adapters import Attached, Update
from engine.methods.low_rank.lora.settings import OF_THE_WEIGHTS, AdapterSettings
from engine.methods.shared.layers import matches, pattern_problems
from engine.models.model import Model, config_dtype
from engine.models.parameters import dense_parameters
from engine.models.stage import Stage
from engine.training.batches import TokenBatches
from engine.training.language_model import LanguageModeling
from engine.training.loop import train
from engine.training.objective import Group
from engine.training.settings import TrainingSettings

ADAPTED_VALUES = 2.0
"""An adapter goes over the values of its layer once more."""


class AdapterObjective(LanguageModeling):
    """The next token; B may learn at another rate than A (LoRA+, arXiv 2402.12354)."""

    def __init__(
        self, module: nn.Module, batches: TokenBatches, stage: Stage, settings: TrainingSettings, b_rate: float
    ) -> None:
        super().__init__(module, batches, stage)
        self._b_rate = settings.learning_rate * b_rate

    def groups(self) -> list[Group]:
        """Matrices B, and all else."""
        learned = [(name, p) for name, p in self.named_parameters() if p.requires_grad]
        return [
            Group([p for name, p in learned if ".lora_B." not in name]),
            Group([p for name, p in learned if ".lora_B." in name], rate=self._b_rate),
        ]


def targets_of(anatomy: Anatomy, settings: AdapterSettings) -> dict[str, Linear]:
    """The linears that get an adapter, by name: those of experts, which peft has in one tensor, only if they are
    named; those that a state space writes with never, whose weights its kernels read."""
    linears = settings.target_modules
    states = {layer.index for layer in anatomy.layers if "state space" in layer.mixer}
    refused = {x.name for x in anatomy.linears if x.role == "out_proj" and x.layer in states}  # by peft
    return {
        x.name: x
        for x in anatomy.linears
        if x.name not in refused
        and (any(matches(x, pattern) for pattern in linears) or (not linears and not x.role.startswith("expert")))
    }


def problems(anatomy: Anatomy, settings: AdapterSettings) -> list[Problem]:
    """Nothing that predicts tokens, patterns that mean nothing, no layer, ranks that do not fit."""
    results = token_problems(anatomy)
    if results:
        return results
    results += pattern_problems(anatomy, settings.target_modules)
    targets = targets_of(anatomy, settings)
    if not targets:
        roles = ", ".join(sorted({linear.role for linear in anatomy.linears}))
        results.append(Problem("error", "No layer would get an adapter", advice=f"Roles are: {roles}"))
    narrow = next((x for x in targets.values() if min(x.in_features, x.out_features) < settings.r), None)
    if narrow is not None:
        size = min(narrow.in_features, narrow.out_features)
        inside = settings.init_lora_weights in OF_THE_WEIGHTS
        message = f"The rank is {settings.r}, and {narrow.name} is only {size} wide: its update has full rank"
        advice = f"Choose a rank of {size} or less"
        results.append(Problem("error" if inside else "warning", message, where=narrow.name, advice=advice))
    turned = next((x for x in targets.values() if x.transposed), None)
    if turned is not None and settings.init_lora_weights == "olora":
        message = f"peft can't start OLoRA in transposed layers such as {turned.name}"
        results.append(Problem("error", message, where=turned.name, advice="Choose another start, PiSSA for instance"))
    return results


def costs(
    header: CheckpointHeader,
    anatomy: Anatomy,
    settings: AdapterSettings,
    disk: int,
    device: torch.device,
    unpacked: int = 0,
) -> Estimate:
    """Of the training, whose result takes ``disk`` bytes. ``unpacked``: weights of compressed layers that are held
    densely too."""
    parameters = parameters_of(header, anatomy)
    learned = sum(settings.r * (x.in_features + x.out_features) for x in targets_of(anatomy, settings).values())
    memory = frozen_bytes(header, anatomy, settings, device) + Train(settings).memory(learned, anatomy, device)
    memory += devices.reading_dtype(device, config_dtype(header.config)).itemsize * unpacked
    train = Train(settings)
    seconds = train.seconds(anatomy, parameters + learned, device, learned=learned, frozen=True, values=ADAPTED_VALUES)
    return Estimate(disk, int(memory), seconds)


def frozen_bytes(header: CheckpointHeader, anatomy: Anatomy, settings: AdapterSettings, device: torch.device) -> int:
    """Of weights that stay: as they are held, and those in float32 once more in the dtype of products."""
    total, wide = 0, 0
    for info in (info for info in header.tensors if not is_tied(info, anatomy)):
        dtype = DTYPES.get(info.dtype, torch.float32)  # blocks of GGUF are unpacked
        dtype = devices.frozen_dtype(device) or dtype if dtype.is_floating_point else dtype
        count = math.prod(info.shape)
        total += dtype.itemsize * count
        wide += count if dtype == torch.float32 else 0
    return total + Train(settings).cast_memory(wide, anatomy, device)


def open_frozen(model: Model, stage: Stage, *, hold: bool) -> None:
    """Load everything for frozen passes: on a GPU in the stored dtypes, else in float32; with ``hold`` the dense
    weights of compressed layers stay in memory, in 16 bits on a GPU."""
    model.load(dtype=devices.frozen_dtype(stage.device), device=stage.device)
    if hold:
        for module in model.compressed().values():
            module.cache_dense_weight(model.reading_dtype(stage.device))
    model.module.requires_grad_(False)


def learn(
    model: Model,
    targets: Mapping[str, Linear],
    settings: AdapterSettings,
    stage: Stage,
    batches: TokenBatches,
    *,
    masked: frozenset[str] = frozenset(),
    span: tuple[float, float] = (0.0, 1.0),
) -> tuple[dict[str, Update], dict[str, int]]:
    """Train adapters beside ``targets`` of a model whose weights are loaded and frozen, and take them off again; gives
    also the bytes that lay in memory while it trained."""
    stay = dense_parameters(model)
    attached = Attached(model, targets, settings, stage, masked=masked)
    learned = attached.parameters
    stage.detail("trainable parameters", float(learned))
    stage.log(f"{learned:,} parameters are learned in {len(targets)} layers, beside {stay:,} that stay")
    objective = AdapterObjective(model.module, batches, stage, settings, settings.loraplus_lr_ratio)
    train(objective, batches, settings, stage, span=span)
    resident = resident_bytes(model)
    return attached.detach(), resident


def resident_bytes(model: Model) -> dict[str, int]:
    """Bytes of all tensors that a model holds right now, each storage once: of adapters and of all else."""
    totals = {"adapters": 0, "base": 0}
    seen: set[int] = set()
    tensors = [*model.module.named_parameters(), *model.module.named_buffers()]
    for name, tensor in tensors:
        if tensor.is_meta or tensor.data_ptr() in seen:
            continue
        seen.add(tensor.data_ptr())
        totals["adapters" if ".lora_" in f".{name}" else "base"] += tensor.numel() * tensor.element_size()
    return totals
