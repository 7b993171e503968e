"""The network of a model without its weights."""

from __future__ import annotations

import contextlib
import copy
import dataclasses
import hashlib
import json
import math
import re
import threading
from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path
from types import FunctionType
from typing import Any

import torch
from torch import nn
from torch.overrides import TorchFunctionMode

from engine.architecture import pretrained
from engine.architecture.bounds import check_config
from engine.architecture.expert_counts import is_uneven, set_layers
from engine.base.errors import BadInput
from engine.base.human import bytes_text, count_text
from engine.checkpoints import consent
from engine.checkpoints.checkpoint import CheckpointHeader, read_header
from engine.checkpoints.consent import Code
from engine.numerics.randomness import Random

_sizes: dict[str, tuple[int, int]] = {}
"""Hash of a config -> values of its network, and bytes of the tables that it computes when it is built."""
LARGEST_BUFFERS = 2_000_000_000
"""Bytes of the tables that a network computes when it is built."""
LARGEST_NETWORK = 2_000_000_000_000
"""Values of a network that no files belong to."""
CACHED, CACHED_MODULES, CACHED_BUFFERS = 4, 1000, 8 << 20
"""Skeletons that are kept to be copied, and the largest, in modules and in bytes of tables."""
_cache: dict[tuple[str, bool, bool], tuple[nn.Module, dict[str, Any]]] = {}
"""The last skeletons by their configs: a run opens the same network for each block and measurement, and results of many
methods have the network of their source. A copy takes a quarter of the time."""
_PLAIN = (type(None), bool, int, float, str, bytes, torch.dtype, torch.device, type, FunctionType)
"""Types of values that a copy shares."""
_TABLES = (dict, OrderedDict, list, set)
_BUILDING = threading.Lock()
_FILLS = frozenset((torch.Tensor.uniform_, torch.Tensor.normal_, torch.Tensor.fill_, torch.Tensor.zero_))
"""Methods that layers fill their parameters with when they are made, besides the functions of torch.nn.init."""
_NEUTRAL = torch.float32
"""transformers builds under a default dtype for the whole process: any but this would change what other threads
compute. Tensors get the dtype that they are stored in when they are loaded."""


class _Unfilled(TorchFunctionMode):
    """Functions that fill a tensor do nothing with one on the meta device: building takes half as long. Of the calling
    thread only: in another one a run may be filling layers with values that it draws."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func in _FILLS or getattr(func, "__module__", "") == nn.init.__name__:
            tensor = args[0] if args else (kwargs or {}).get("tensor")  # torch.nn.init gives it as a keyword, too
            if isinstance(tensor, torch.Tensor) and tensor.is_meta:
                return tensor
        return func(*args, **(kwargs or {}))


@contextlib.contextmanager
def _empty_parameters() -> Iterator[None]:
    """Parameters made by this thread go to the meta device at once. `accelerate.init_empty_weights` does that to all
    threads, and another one may be building a layer in a run."""
    thread = threading.get_ident()
    register = nn.Module.register_parameter

    def empty(module: nn.Module, name: str, parameter: nn.Parameter | None) -> None:
        register(module, name, parameter)
        if parameter is not None and threading.get_ident() == thread:
            empty_parameter = nn.Parameter(parameter.to("meta"), requires_grad=False)
            empty_parameter._is_hf_initialized = True  # type: ignore[attr-defined]  # transformers draws no values for it
            module._parameters[name] = empty_parameter

    nn.Module.register_parameter = empty  # type: ignore[method-assign,assignment]
    try:
        with _Unfilled():
            yield
    finally:
        nn.Module.register_parameter = register  # type: ignore[method-assign]


def build_skeleton(header: CheckpointHeader, execute: bool | None = None) -> tuple[nn.Module, dict[str, Any]]:
    """The network on the meta device in evaluation mode (buffers that are in no file are real), and its config with
    all defaults filled in.

    ``execute``: whether code that the model brings may run, see `engine.checkpoints.consent.require`.

    Raises `BadInput` if transformers does not know the architecture, and `ConsentNeeded` if it needs code of its own
    that may not run.
    """
    return skeleton_with(header, consented_code(header, execute))


def skeleton_with(header: CheckpointHeader, code: Code | None) -> tuple[nn.Module, dict[str, Any]]:
    """`build_skeleton` with the ``code`` that a person said yes to, None where the network needs none."""
    if code is not None:
        with _BUILDING:
            return _assemble(header, code)
    config, names = _config_key(header), [info.name for info in header.tensors]
    key = (config, bool(names), any("pooler." in name for name in names))
    with _BUILDING:
        skeleton = _cache.pop(key, None) if config in _sizes else None
        if skeleton is None:
            skeleton = _assemble(header, None)
            if _is_large(skeleton[0]):
                return skeleton
        else:
            _refuse_other_size(header, *_sizes[config])
        _cache[key] = skeleton
        while len(_cache) > CACHED:
            del _cache[next(iter(_cache))]
        return copied(skeleton[0], {}), copy.deepcopy(skeleton[1])


def copied(module: nn.Module, memo: dict[int, Any]) -> nn.Module:
    """`copy.deepcopy`, in a quarter of the time: most of what a module holds is a plain value or an empty table."""
    if id(module) in memo:
        done: nn.Module = memo[id(module)]
        return done
    kind = type(module)
    is_usual = kind.__reduce_ex__ is object.__reduce_ex__ and kind.__getstate__ is nn.Module.__getstate__
    if hasattr(kind, "__deepcopy__") or not is_usual:
        return copy.deepcopy(module, memo)
    network = memo[id(module)] = kind.__new__(kind)
    state = network.__dict__
    for name, value in module.__dict__.items():
        if name == "_compiled_call_impl":  # as in its __getstate__
            continue
        if name == "_modules":
            state[name] = {key: None if child is None else copied(child, memo) for key, child in value.items()}
        elif type(value) in _PLAIN:
            state[name] = value
        elif type(value) in _TABLES and not value:
            state[name] = type(value)()
        else:
            state[name] = copy.deepcopy(value, memo)
    return network


def _is_large(module: nn.Module) -> bool:
    """True for a network that is not kept."""
    tables = sum(buffer.numel() * buffer.element_size() for buffer in module.buffers())
    return tables > CACHED_BUFFERS or sum(1 for _ in module.modules()) > CACHED_MODULES


def _assemble(header: CheckpointHeader, code: Code | None) -> tuple[nn.Module, dict[str, Any]]:
    """`skeleton_with`, built."""
    config = _config(header, code)
    dtype = config.dtype
    try:
        with _empty_parameters():
            if code is None:
                _check_size(header, config)
            module = _build(header, config, code)
            if is_uneven(header.config):
                set_layers(module, header.config, lambda other: _other(header, other, code))
        module.tie_weights()
        stored = [info.name for info in header.tensors]
        if stored and getattr(module, "pooler", None) is not None and not any("pooler." in name for name in stored):
            module.pooler = None  # BERT without what makes one vector of a text, as GGUF files have it
        config.dtype = dtype
        filled: dict[str, Any] = config.to_dict()
    except BadInput:
        raise
    except Exception as error:
        raise _unbuildable(header, error) from error
    for parameter in module.parameters():
        parameter.requires_grad_(False)
    if hasattr(config, "rescale_every"):  # RWKV halves weights in place as it runs, which only float16 needs
        config.rescale_every = 0
    return module.eval(), filled


def check_fits(folder: Path) -> None:
    """Raise `BadInput` for the folder of a model that `build_skeleton` would refuse for its config.json: before another
    library builds a network of the size that stands there."""
    header = read_header(folder)
    code = consented_code(header, None)
    config = _config(header, code)
    try:
        with _BUILDING, _empty_parameters():
            if code is None:
                _check_size(header, config)
    except BadInput:
        raise
    except Exception as error:
        raise _unbuildable(header, error) from error


def _unbuildable(header: CheckpointHeader, error: Exception) -> BadInput:
    return BadInput(
        "The network can't be built from config.json",
        where=str(header.path),
        why=_line(error),
        advice="copy config.json again from where the model came from",
    )


def _other(header: CheckpointHeader, config: dict[str, Any], code: Code | None) -> nn.Module:
    """The network of another config of the same architecture."""
    header = dataclasses.replace(header, config=config)
    network: nn.Module = _build(header, _config(header, code), code)
    return network


def build_initialized(header: CheckpointHeader, seed: int) -> tuple[nn.Module, dict[str, Any]]:
    """The network of a config with the random weights that its architecture starts from, float32 on the CPU, and its
    whole config. The same seed gives the same weights. Raises `BadInput` as `build_skeleton` does."""
    config = _config(header, consented_code(header, False))
    try:
        with _BUILDING, Random(seed).drawing():
            module: nn.Module = _build(header, config, None)
    except BadInput:
        raise
    except Exception as error:
        raise BadInput("The network can't be built", where=str(header.path), why=_line(error)) from error
    return module.requires_grad_(False).eval(), config.to_dict()


def consented_code(header: CheckpointHeader, execute: bool | None) -> Code | None:
    """The model's own code, where nothing else can build its network. Raises `ConsentNeeded` if it may not run."""
    return consent.require(header, execute) if pretrained.needs_code(header) else None


def _config(header: CheckpointHeader, code: Code | None) -> Any:
    check_config(header.config, header.path)
    if code is None and not pretrained.is_known(header.model_type):
        raise BadInput(
            f"The architecture '{header.model_type}' is not known",
            where=str(header.path),
            why="the installed transformers library has no such model",
            advice="update the program, or choose another model",
        )
    try:
        if code is not None:
            return pretrained.config_by_code(header, code)
        values = {
            key: value for key, value in header.config.items() if key not in ("model_type", "quantization_config")
        }
        return pretrained.config_for(header.model_type, values)
    except BadInput:
        raise
    except Exception as error:
        raise BadInput(
            "The model's config.json is damaged",
            where=str(header.path),
            why=_line(error),
            advice="copy it again from where the model came from",
        ) from error


def _stored_values(header: CheckpointHeader) -> int:
    return sum(math.prod(tensor.shape) for tensor in header.tensors)


def _config_key(header: CheckpointHeader) -> str:
    """Hash of a config."""
    words = json.dumps([header.model_type, header.config], default=str)
    return hashlib.sha256(words.encode("utf-8", "surrogatepass")).hexdigest()


def _check_size(header: CheckpointHeader, config: Any) -> None:
    """Raise `BadInput` if a config asks for far more than the files hold: found by building it without any memory,
    which is done once for a config."""
    key = _config_key(header)
    sizes = _sizes.get(key)
    if sizes is None:
        with torch.device("meta"):
            module = _build(header, copy.deepcopy(config), None)
        values = sum(parameter.numel() for parameter in module.parameters())
        sizes = values, sum(buffer.numel() * buffer.element_size() for buffer in module.buffers())
    _refuse_other_size(header, *sizes)
    _sizes[key] = sizes


def _refuse_other_size(header: CheckpointHeader, values: int, tables: int) -> None:
    """Raise `BadInput` for a network of so many values, and bytes of tables, if the files hold far less."""
    stored = _stored_values(header)
    # packed tensors stand for up to 32 values each, and factors of low rank for more
    allowed = LARGEST_NETWORK if not stored else stored * (4000 if header.format == "artifact" else 4) + 100_000_000
    if values > allowed or tables > LARGEST_BUFFERS:
        requested = f"{count_text(values)} values" if values > allowed else f"tables of {bytes_text(tables)}"
        raise BadInput(
            "The model's config.json does not fit its tensors",
            where=str(header.path),
            why=f"it asks for {requested}, the files hold {count_text(stored)} values",
            advice="copy it again from where the model came from",
        )


def _build(header: CheckpointHeader, config: Any, code: Code | None) -> Any:
    """The class that config.json names, otherwise a causal language model, a masked one, or the bare network."""
    if code is not None:
        network = pretrained.network_by_code(header, code, config, _NEUTRAL)
    else:
        network = pretrained.network(config, header.config.get("architectures"), _NEUTRAL)
    if network is not None:
        return network
    raise BadInput(
        f"The architecture '{header.model_type}' has no network that can be built",
        where=str(header.path),
        advice="choose a language model",
    )


def _line(error: Exception) -> str:
    """The message of a library, without the names of its validators."""
    text = " ".join(str(error).split())
    text = re.sub(r"^Class validation error for validator '\w+': (\w+Error: )?", "", text)
    return text[:300] or type(error).__name__
