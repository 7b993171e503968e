"""A network that is in memory already, as a model to work on: transformers' module in, the same module out.

Everything else reads models part by part from files. Here the tensors that the module came with take the part of the
files: they are never changed, so that a method that fails can leave the module as it was.
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import nn

from engine.architecture.anatomy import Anatomy
from engine.architecture.experts import separate_experts
from engine.architecture.recognition import find_anatomy
from engine.architecture.skeleton import build_skeleton
from engine.base.errors import BadInput
from engine.checkpoints.checkpoint import CheckpointHeader
from engine.checkpoints.headers import TensorInfo
from engine.checkpoints.packed import PackedTensor
from engine.checkpoints.tensor_sources import DTYPES
from engine.models.model import Model

_WORDS = {dtype: word for word, dtype in DTYPES.items()}


class MemorySource:
    """Tensors by name, given out as copies on the CPU, as a file would."""

    def __init__(self, tensors: dict[str, torch.Tensor]) -> None:
        self._tensors = tensors

    def names(self) -> Iterable[str]:
        """All names."""
        return self._tensors

    def load(self, name: str) -> torch.Tensor:
        """A copy of one tensor."""
        return self._tensors[name].detach().to("cpu", copy=True)

    def packed(self, name: str) -> PackedTensor | None:
        """None: what is in memory is unpacked."""
        return None


@dataclass(frozen=True)
class MemoryStructure(CheckpointHeader):
    """The headers of a network in memory; there is not a file."""

    state: dict[str, torch.Tensor] = field(default_factory=dict, repr=False, compare=False)

    @property
    def companions(self) -> tuple[Path, ...]:
        """None."""
        return ()

    @property
    def file_bytes(self) -> int:
        """Bytes of its tensors: there is not a file."""
        return self.nbytes

    @functools.cached_property
    def fingerprint(self) -> str:
        """Hash of config and tensors; reads them all the first time."""
        digest = hashlib.sha256(json.dumps(self.config, sort_keys=True, default=str).encode())
        for name in sorted(self.state):
            tensor = self.state[name]
            digest.update(f"{name} {tuple(tensor.shape)} {tensor.dtype}".encode())
            digest.update(tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy().data)
        return digest.hexdigest()


class NetworkParts:
    """Modules of a network and the tensors in them."""

    def __init__(self, root: nn.Module) -> None:
        self._root = root
        self._training = root.training
        self._trained = {name for name, parameter in root.named_parameters() if parameter.requires_grad}
        self._tables = [
            (module, [dict(table) for table in (module._parameters, module._buffers, module._modules)])
            for module in root.modules()
        ]

    def put_back(self) -> None:
        """As it was, to the same tensor objects."""
        for module, before in self._tables:
            for table, old in zip((module._parameters, module._buffers, module._modules), before, strict=True):
                now: dict[str, Any] = table  # type: ignore[assignment] # of parameters, buffers or modules
                now.clear()
                now.update(old)
        self._root.train(self._training)

    def same_use(self, root: nn.Module) -> None:
        """Training mode, and which parameters are trained, of what is left: as they were."""
        for name, parameter in root.named_parameters():
            parameter.requires_grad_(name in self._trained and parameter.is_floating_point())
        root.train(self._training)


@dataclass(frozen=True)
class _Past:
    """History of a network that a method was applied to, which its compressed layers don't show."""

    anatomy: Anatomy
    config: dict[str, Any]
    history: tuple[dict[str, Any], ...]


_PAST = "_compression_past"
"""The attribute of a network that holds it; copies and pickles of the network have it too."""


def remember(model: Model) -> None:
    """A later `model_in_memory` of this model's network knows what its layers were before they were compressed."""
    vars(model.module)[_PAST] = _Past(model.anatomy, model.config, model.history)


def model_in_memory(module: nn.Module, companions: tuple[Path, ...] = (), *, apart: bool = False) -> Model:
    """A model whose tensors are those of ``module``, a network of transformers. ``companions``: files of its tokenizer.

    ``apart``: it has a network of its own, on the meta device, and gets copies of the tensors as they are now, whatever
    becomes of ``module``. Otherwise ``module`` is the network of the model; `NetworkParts` remembers what it was.

    Raises `BadInput` for what is not a network of transformers, is quantized by another program, or is not in memory.
    """
    if not isinstance(module, nn.Module) or not hasattr(getattr(module, "config", None), "to_dict"):
        raise BadInput(
            "This is not a network of transformers",
            why=f"it is of type {type(module).__name__}",
            advice="give what AutoModelForCausalLM.from_pretrained(…) returned",
        )
    if not apart:
        return _opened(module, companions, apart=False)
    before = NetworkParts(module)
    try:
        return _opened(module, companions, apart=True)
    finally:
        before.put_back()  # the experts of a network that is only read are in one tensor again


def _opened(module: Any, companions: tuple[Path, ...], *, apart: bool) -> Model:
    settings: Any = module.config
    past: _Past | None = vars(module).get(_PAST)
    config: dict[str, Any] = past.config if past else {"architectures": [type(module).__name__]}
    config = config if past else config | _plain(settings.to_dict())
    separate_experts(module)
    state = module.state_dict(keep_vars=True)
    where = Path(str(getattr(settings, "name_or_path", "") or type(module).__name__))
    if away := next((name for name, tensor in state.items() if tensor.is_meta), None):
        raise BadInput("The network is not in memory", where=away, advice="load it whole, without offloading")
    tensors = {name: tensor.detach() for name, tensor in state.items()}
    infos = tuple(_info(name, tensor) for name, tensor in tensors.items())
    header = MemoryStructure(where, "safetensors", config, infos, tensors)
    _refuse_quantized(header)
    anatomy = past.anatomy if past else find_anatomy(module, config)
    if not anatomy.tied:
        config["tie_word_embeddings"] = False
    source = MemorySource(tensors)
    network = build_skeleton(header, execute=False)[0] if apart else module
    separate_experts(network)
    model = Model(header, network, source, anatomy, config, companions, past.history if past else ())
    if apart:
        specs = {name: layer.spec() for name, layer in dataclasses.replace(model, module=module).compressed().items()}
        for part in model.parts:
            model.load_stored_part(part, source, {name: spec for name, spec in specs.items() if part.owns(name)})
    return model


def _refuse_quantized(header: CheckpointHeader) -> None:
    """Raise `BadInput` for a network that another program quantized: its layers hold no weights to work on."""
    other = header.config.get("quantization_config")
    if other is not None:
        method = other.get("quant_method", "another program") if isinstance(other, dict) else "another program"
        raise BadInput(
            f"The model was already quantized ({method})",
            where=str(header.path),
            why="its layers are those of another program",
            advice="give the folder that it was loaded from, which is unpacked, or the original model",
        )


def _info(name: str, tensor: torch.Tensor) -> TensorInfo:
    if tensor.dtype not in _WORDS:
        raise BadInput(f"Tensors of the type {tensor.dtype} can't be worked on", where=name)
    return TensorInfo(name, tuple(tensor.shape), _WORDS[tensor.dtype], tensor.numel() * tensor.element_size())


def _plain(config: dict[str, Any]) -> dict[str, Any]:
    """The words of config.json: what was not set is not in it."""
    plain = {key: value for key, value in config.items() if value is not None and not key.startswith("_")}
    return {key: str(v).removeprefix("torch.") if isinstance(v, torch.dtype) else v for key, v in plain.items()}
