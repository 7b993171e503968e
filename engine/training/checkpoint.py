"""Checkpoints of a training: tensors in one safetensors file, whole or not at all, and numbers in its header.

With parameters that are split over devices (FSDP2's DTensors) every process gathers them and the first one writes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import torch
from torch import nn

from engine.checkpoints import checksum
from engine.models import ranks
from engine.models.stage import Stage
from engine.numerics.randomness import Random
from engine.training.objective import Batches, Objective


def trained(objective: Objective) -> dict[str, nn.Parameter]:
    """The parameters that are trained, by name."""
    _split(objective)
    return {name: parameter for name, parameter in objective.named_parameters() if parameter.requires_grad}


def save_parameters(file: Path, objective: Objective, numbers: Mapping[str, Any], *, write: bool) -> None:
    """The trained parameters, with ``numbers`` as JSON."""
    _write(file, _weights(objective), numbers, write)


def load_parameters(file: Path, objective: Objective) -> dict[str, Any]:
    """Take them back; gives the numbers."""
    tensors, numbers = _read(file)
    _take_weights(objective, tensors)
    return numbers


def is_kept(file: Path, best: Path | None, stage: Stage) -> bool:
    """True if a training can go on from a checkpoint: it exists and is sound, and so is the file of the best parameters
    where one is kept and there were any by then. What is damaged is removed, with a word to the log."""
    if not checksum.is_sound(file, stage.log):
        return False
    if best is not None and _numbers(file)["best_step"] and not checksum.is_sound(best, stage.log):
        file.unlink(missing_ok=True)
        return False
    return True


def gather(objective: Objective) -> None:
    """Put whole tensors in the place of parameters that are split over devices."""
    _split(objective)
    for module in objective.modules():
        for name, parameter in module._parameters.items():
            if ranks.is_split_tensor(parameter):
                whole = parameter.full_tensor().detach()
                module._parameters[name] = nn.Parameter(whole, requires_grad=parameter.requires_grad)


def save(
    file: Path,
    objective: Objective,
    optimizers: list[torch.optim.Optimizer],
    batches: Batches,
    random: Mapping[str, torch.Tensor],
    numbers: Mapping[str, Any],
    *,
    write: bool,
) -> None:
    """Everything. ``random``: the state of the generators. ``write``: whether this process is the one that writes."""
    tensors = _weights(objective)
    scalars: dict[str, Any] = {}
    for key, value in _optimizer_state(objective, optimizers).items():
        if isinstance(value, torch.Tensor):
            tensors[f"optimizer/{key}"] = _whole(value)
        else:
            scalars[key] = value
    tensors |= {f"objective/{key}": tensor for key, tensor in objective.state().items()}
    tensors |= {f"batches/{key}": tensor for key, tensor in batches.state().items()}
    tensors |= {f"random/{key}": tensor for key, tensor in random.items()}
    _write(file, tensors, {**numbers, "optimizer": scalars}, write)


def load(
    file: Path,
    objective: Objective,
    optimizers: list[torch.optim.Optimizer],
    batches: Batches,
    random: Random,
) -> dict[str, Any]:
    """Take everything back; gives the numbers."""
    tensors, numbers = _read(file)
    _take_weights(objective, tensors)
    parameters = trained(objective)
    for optimizer in optimizers:
        optimizer.state.clear()
    owners = _owners(objective, optimizers)
    values: dict[str, Any] = {**_below("optimizer/", tensors), **numbers.pop("optimizer")}
    for key, value in values.items():
        field, _, name = key.partition("/")
        if isinstance(value, torch.Tensor):
            # torch keeps the count of steps on the CPU
            value = value if field == "step" else _placed(owners[name], parameters[name], value)
        owners[name].state[parameters[name]][field] = value
    objective.take_state(_below("objective/", tensors))
    batches.take_state(_below("batches/", tensors))
    random.take_state(_below("random/", tensors))
    return numbers


def _placed(optimizer: torch.optim.Optimizer, parameter: torch.Tensor, value: torch.Tensor) -> torch.Tensor:
    """A value of the optimizer's state where the optimizer keeps it: bitsandbytes' paged ones in memory of their own,
    which the driver moves away from the device; a plain tensor in its place would be read as one that stays there."""
    if getattr(optimizer, "is_paged", False) and value.shape == parameter.shape:
        buffer: torch.Tensor = optimizer.get_state_buffer(parameter, dtype=value.dtype)  # type: ignore[attr-defined]
        return buffer.copy_(value)
    return _like(parameter, value)


def _split(objective: Objective) -> None:
    """A forward pass without a backward pass leaves weights whole that are split otherwise."""
    for module in objective.modules():
        if ranks.is_split_module(module):
            module.reshard()


def _weights(objective: Objective) -> dict[str, torch.Tensor]:
    tensors: dict[str, torch.Tensor] = {f"weight/{name}": _whole(p) for name, p in trained(objective).items()}
    return tensors


def _take_weights(objective: Objective, tensors: Mapping[str, torch.Tensor]) -> None:
    with torch.no_grad():
        for name, parameter in trained(objective).items():
            parameter.copy_(_like(parameter, tensors[f"weight/{name}"]))


def _optimizer_state(objective: Objective, optimizers: list[torch.optim.Optimizer]) -> dict[str, Any]:
    """By field and parameter's name, e.g. "exp_avg/model.norm.weight"."""
    owners = _owners(objective, optimizers)
    return {
        f"{field}/{name}": value
        for name, parameter in trained(objective).items()
        for field, value in owners[name].state.get(parameter, {}).items()
    }


def _owners(objective: Objective, optimizers: list[torch.optim.Optimizer]) -> dict[str, torch.optim.Optimizer]:
    """The optimizer of each parameter."""
    by_id = {id(p): optimizer for optimizer in optimizers for group in optimizer.param_groups for p in group["params"]}
    return {name: by_id[id(parameter)] for name, parameter in trained(objective).items() if id(parameter) in by_id}


def _whole(tensor: torch.Tensor) -> torch.Tensor:
    tensor = tensor.detach()
    if ranks.is_split_tensor(tensor):
        tensor = tensor.full_tensor()
    return tensor.cpu().contiguous()


def _like(parameter: torch.Tensor, tensor: torch.Tensor) -> torch.Tensor:
    if ranks.is_split_tensor(parameter) and tensor.shape == parameter.shape:
        from torch.distributed.tensor import distribute_tensor

        return cast(torch.Tensor, distribute_tensor(tensor, parameter.device_mesh, parameter.placements))
    return tensor.to(parameter.device)


def _below(prefix: str, tensors: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}


def _write(file: Path, tensors: dict[str, torch.Tensor], numbers: Mapping[str, Any], write: bool) -> None:
    if not write:
        return
    checksum.save(tensors, file, {"numbers": json.dumps(numbers)})


def _read(file: Path) -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
    return checksum.load(file), _numbers(file)


def _numbers(file: Path) -> dict[str, Any]:
    return cast("dict[str, Any]", json.loads(checksum.metadata(file)["numbers"]))
