"""Models with random weights: of a named config, or of the same shape as another."""

from __future__ import annotations

import dataclasses
import functools
import json
import math
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from engine import resources
from engine.architecture.anatomy import Anatomy
from engine.architecture.experts import separate_experts
from engine.architecture.recognition import find_anatomy
from engine.architecture.skeleton import build_initialized, build_skeleton
from engine.base import pinned
from engine.base.errors import BadInput
from engine.base.files import expanded, make_folder, restrict, write_json
from engine.checkpoints import checksum
from engine.checkpoints.checkpoint import CheckpointHeader, TensorInfo, read_header
from engine.checkpoints.headers.safetensors import SINGLE
from engine.checkpoints.hub import HubName, is_local, resolve
from engine.checkpoints.tensor_sources import DTYPES
from engine.contracts.problem import Problem
from engine.models.model import Model
from engine.models.source import open_model

_OF_THE_TOKENIZER = ("vocab_size", "bos_token_id", "eos_token_id", "pad_token_id")
_FLOATING = ("F16", "BF16", "F32", "F64")
_BUNDLED = {"sample:experts": ("sample", "experts", "config.json")}
"""Configs that ship with the program."""
_BY_LAYER = ("layer_types", "no_rope_layers")
"""Lists with an entry for each layer, which transformers makes anew where they are missing."""


def read_config(name: str) -> dict[str, Any]:
    """config.json by name: a path to it, a model on this machine (see `engine.checkpoints.hub.resolve`),
    "sample:experts" (a small mixture of experts), or an id on the hub, of which only config.json is fetched. Raises
    `BadInput`."""
    path = resources.path(*_BUNDLED[name]) if name in _BUNDLED else expanded(name)
    if path.is_file() and path.suffix == ".json":
        config = pinned.read_object(path)
    else:
        try:
            return read_header(resolve(name)).config
        except BadInput:
            if path.exists() or HubName.parse(name) is None:
                raise
        config = pinned.read_object(_fetched(name))
    if not isinstance(config.get("model_type"), str):
        raise BadInput("The config does not say what the model is", where=name, why="it has no model_type")
    return config


def config_problems(name: str) -> list[Problem]:
    """The problem with a config that can't be read; none for one that is fetched from the hub when it is used."""
    try:
        if _is_here(name):
            read_config(name)
    except BadInput as error:
        return [Problem.of(error)]
    return []


def _is_here(name: str) -> bool:
    """False only for a config that may be fetched; `BadInput` for a path that does not exist."""
    return name.endswith(".json") or name in _BUNDLED or is_local(name)


def _fetched(name: str) -> Path:
    from huggingface_hub import hf_hub_download

    try:
        return Path(hf_hub_download(name, "config.json"))
    except Exception as error:  # the library raises a dozen kinds, for a network as for a name
        raise BadInput(
            "The config can't be fetched from the hub",
            where=name,
            why=" ".join(str(error).split())[:300],
            advice="check the name and the network connection, or name a config.json file",
        ) from None


def fresh_model(
    model: Model,
    folder: Path,
    seed: int,
    *,
    config: Mapping[str, Any] | None = None,
    changes: Mapping[str, int] | None = None,
) -> Model:
    """A model with the tokenizer of ``model`` and the random weights that its architecture starts from, written to
    ``folder`` (kept if it is there already), in the dtype that ``model`` is stored in.

    Parameters
    ----------
    config: of the architecture; that of ``model`` if it is missing. Vocabulary and special tokens stay the model's.
    changes: settings of the config by their usual names, e.g. ``{"num_hidden_layers": 2}``.

    Raises `BadInput` for an architecture that is not known or numbers that do not fit together.
    """
    weights = folder / SINGLE
    if not (folder / "config.json").is_file() or not weights.is_file() or checksum.damage(weights):
        shutil.rmtree(folder, ignore_errors=True)
        partial = folder.with_name(f".{folder.name}.{os.getpid()}.part")
        shutil.rmtree(partial, ignore_errors=True)
        make_folder(partial)
        _write(model, partial, _config_of(model.config, model.anatomy, config, changes or {}), seed)
        restrict(partial)
        os.replace(partial, folder)
    fresh = open_model(folder)
    fresh.history = model.history
    return fresh


def fresh_headers(
    header: CheckpointHeader, anatomy: Anatomy, config: str = "", changes: Mapping[str, int] | None = None
) -> tuple[CheckpointHeader, Anatomy] | None:
    """Headers and anatomy of the result of `fresh_model`; None where they are not known before it runs: the config (by
    name, see `read_config`) is not on this machine, or numbers do not fit together."""
    try:
        if config and not _is_here(config):
            return None
        named = read_config(config) if config else None
        values = _config_of(header.config, anatomy, named, changes or {})
        shapes, fresh_anatomy = _network(json.dumps(values, sort_keys=True), header.path)
    except BadInput:
        return None
    stored = next((info.dtype for info in header.tensors if info.dtype in _FLOATING), "F32")
    size = DTYPES[stored].itemsize
    tensors = tuple(TensorInfo(name, shape, stored, math.prod(shape) * size) for name, shape in shapes.items())
    return dataclasses.replace(header, config=values, tensors=tensors), fresh_anatomy


@functools.lru_cache(maxsize=8)  # every check of a pipeline asks several times
def _network(config: str, path: Path) -> tuple[dict[str, tuple[int, ...]], Anatomy]:
    """The shapes of all tensors, a tied head left out, and the anatomy, for a config in JSON."""
    module, filled = build_skeleton(CheckpointHeader(path, "safetensors", json.loads(config), ()), False)
    separate_experts(module)
    names = {id(tensor): name for name, tensor in reversed(module.state_dict(keep_vars=True).items())}
    shapes = {name: tuple(module.get_parameter(name).shape) for name in names.values()}
    return shapes, find_anatomy(module, filled)


def _config_of(
    of_model: Mapping[str, Any], anatomy: Anatomy, config: Mapping[str, Any] | None, changes: Mapping[str, int]
) -> dict[str, Any]:
    values = dict(of_model if config is None else config)
    values.pop("quantization_config", None)
    if config is not None:
        values |= {key: of_model[key] for key in _OF_THE_TOKENIZER if key in of_model}
        values["vocab_size"] = anatomy.vocabulary
    if changes:
        values = {key: value for key, value in values.items() if key not in _BY_LAYER}
        values |= _renamed(str(values["model_type"]), changes)
    return values


def _renamed(model_type: str, changes: Mapping[str, int]) -> dict[str, int]:
    """Some architectures have names of their own for what every model has."""
    from transformers import CONFIG_MAPPING

    names: Mapping[str, str] = CONFIG_MAPPING[model_type].attribute_map if model_type in CONFIG_MAPPING else {}
    return {names.get(key, key): value for key, value in changes.items()}


def _write(model: Model, folder: Path, config: dict[str, Any], seed: int) -> None:
    try:
        module, whole = build_initialized(CheckpointHeader(folder, "safetensors", config, ()), seed)
    except BadInput as error:
        raise BadInput(
            "No model can be made of this config",
            where=str(config.get("model_type")),
            why=error.why,
            advice="choose numbers that fit together, or another config",
        ) from None
    dtype = _stored_dtype(model)
    seen: set[int] = set()
    tensors: dict[str, torch.Tensor] = {}
    for name, tensor in module.state_dict(keep_vars=True).items():
        if id(tensor) not in seen:  # a tied head is the embedding
            seen.add(id(tensor))
            tensors[name] = tensor.detach().to(dtype) if tensor.is_floating_point() else tensor.detach()
    checksum.save(tensors, folder / SINGLE)
    names = {"architectures": [type(module).__name__], "dtype": str(dtype).removeprefix("torch.")}
    write_json(folder / "config.json", {**whole, **names})
    for companion in model.companions:
        (folder / companion.name).write_bytes(model.header.pins.pin(companion).read())


def _stored_dtype(model: Model) -> torch.dtype:
    weight = getattr(model.get(model.anatomy.embeddings[0]), "weight", None) if model.anatomy.embeddings else None
    floating = isinstance(weight, torch.Tensor) and weight.is_floating_point()
    return weight.dtype if floating and isinstance(weight, torch.Tensor) else torch.float32
