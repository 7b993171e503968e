"""Own containers as ready transformers models: `load`, and what ``from_pretrained`` needs to know of them."""

from __future__ import annotations

import copy
import dataclasses
import importlib
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from engine.architecture import pretrained
from engine.base.errors import BadInput
from engine.checkpoints.checkpoint import DESCRIPTION
from engine.checkpoints.container_config import MODEL_TYPE, from_container_config

if TYPE_CHECKING:
    from transformers import PreTrainedModel

    from engine.models.model import Model


def load(
    folder: str | os.PathLike[str], *, dtype: torch.dtype | None = None, device: torch.device | str = "cpu"
) -> PreTrainedModel:
    """The model in ``folder`` (an own container or artifact, or any that the program opens) as a transformers model,
    ready to run: ``engine.load(folder).generate(...)``.

    dtype: of its dense tensors, and in which compressed layers keep their weights unpacked; None: dense tensors as they
    are stored, compressed ones unpacked as they are used, which is slower and takes the memory that they promise.

    Raises `BadInput` for what is not a model, or damaged.
    """
    from engine.models.saving import make_savable, needs_container
    from engine.models.source import open_model

    if not isinstance(folder, str | os.PathLike):
        raise BadInput(
            "This is not a model",
            why=f"it is of type {type(folder).__name__}",
            advice="name a folder, a GGUF file, an id on the hub, or 'sample'",
        )
    opened = open_model(os.fspath(folder))
    if dtype is None:
        opened.load(device=device)
    else:
        opened.ready(dtype, device)
    module: Any = opened.module
    module.config.name_or_path = str(folder)
    if any(path.name == "generation_config.json" for path in opened.companions) and hasattr(module, "generate"):
        module.generation_config = pretrained.generation_config(opened.path)
    if needs_container(opened):
        make_savable(opened)
    loaded: PreTrainedModel = module.eval()
    return loaded


def register_config() -> None:
    """Tell transformers what the model type of an own container means. See `engine.transformers`."""
    auto = importlib.import_module("transformers.models.auto.configuration_auto")
    base: Any = importlib.import_module("transformers.configuration_utils").PreTrainedConfig

    class ContainerConfig(base):  # type: ignore[misc]
        """Stands for the config of the network, which it gives in its place."""

        model_type = MODEL_TYPE

        @classmethod
        def from_dict(cls, config_dict: dict[str, Any], **kwargs: Any) -> Any:
            """The network's own config, with the mark that its layers are compressed."""
            real = from_container_config(config_dict)
            if real["model_type"] == MODEL_TYPE:
                where = str(kwargs.get("name_or_path", ""))
                raise BadInput("config.json does not say what network it is", where=where, advice="export it again")
            real = {**real, "quantization_config": {"quant_method": MODEL_TYPE}}
            return auto.CONFIG_MAPPING[real["model_type"]].from_dict(real, **kwargs)

    auto.AutoConfig.register(MODEL_TYPE, ContainerConfig, exist_ok=True)


def register_quantizer() -> None:
    """Tell transformers how to put compressed layers in their places before it reads their tensors."""
    auto = importlib.import_module("transformers.quantizers.auto")
    if MODEL_TYPE in auto.AUTO_QUANTIZER_MAPPING:
        return
    mixin: Any = importlib.import_module("transformers.utils.quantization_config").QuantizationConfigMixin
    base: Any = importlib.import_module("transformers.quantizers.base").HfQuantizer

    class ContainerQuantization(mixin):  # type: ignore[misc]
        """Nothing to say: compression.json says it all."""

        def __init__(self, **_: Any) -> None:
            self.quant_method = MODEL_TYPE

    class ContainerQuantizer(base):  # type: ignore[misc]
        """Puts the layers of compression.json in their places."""

        is_trainable = False

        def __init__(self, quantization_config: Any, **options: Any) -> None:
            super().__init__(quantization_config, **options)
            # tables are made when these are imported; later, under transformers' context, they would have no values
            for name in ("engine.checkpoints.container", "engine.models.model", "engine.models.source"):
                importlib.import_module(name)
            importlib.import_module("engine.modules").kind("plain")

        def is_serializable(self, *_: Any, **__: Any) -> bool:
            """The studio exports."""
            return False

        def _process_model_before_weight_loading(self, model: Any, **_: Any) -> Any:
            folder = pretrained.file_of(str(model.config.name_or_path), DESCRIPTION).parent
            self._folder = folder
            put_modules(model, folder)
            for module in _without_weight(model):
                module.__dict__["weight"] = torch.empty(0)  # networks initialize the weights of layers that they know
            names = packed_names(folder)
            tied = getattr(model, "all_tied_weights_keys", None) or {}
            names += tuple(one for one, other in tied.items() if other in names)
            for attribute in ("_keys_to_ignore_on_load_missing", "_keys_to_ignore_on_load_unexpected"):
                specs = set(getattr(model, attribute, None) or ())
                setattr(model, attribute, specs | {rf"^{re.escape(name)}(\..*)?$" for name in names})
            return model

        def _process_model_after_weight_loading(self, model: Any, **_: Any) -> Any:
            for module in model.modules():
                if isinstance(module, nn.Module) and "weight" in vars(module):
                    del module.__dict__["weight"]
            if packed_names(self._folder):
                unpack_kept(model, self._folder)
                model.tie_weights()
            # not before: under transformers' context a second network would not share what this one shares
            opened = importlib.import_module("engine.models.source").open_model(self._folder, trust_remote_code=False)
            network = dataclasses.replace(opened, module=model)
            importlib.import_module("engine.models.saving").make_savable(network)
            return model

    auto.register_quantization_config(MODEL_TYPE)(ContainerQuantization)
    auto.register_quantizer(MODEL_TYPE)(ContainerQuantizer)


def put_modules(root: nn.Module, folder: Path) -> nn.Module:
    """Put the compressed modules of a container on the meta device into ``root``, their tensors in the dtypes of the
    files."""
    from engine.architecture.experts import separate_experts
    from engine.checkpoints.checkpoint import read_header
    from engine.checkpoints.container import read_description
    from engine.checkpoints.tensor_sources import SafetensorsSource
    from engine.models.model import built
    from engine.modules import CompressedModule

    separate_experts(root)
    source = SafetensorsSource(read_header(folder))
    specs: dict[str, dict[str, Any]] = read_description(folder)["modules"]
    for name, spec in specs.items():
        parent, _, leaf = name.rpartition(".")
        setattr(root.get_submodule(parent), leaf, built(spec, name, root))
    for name in specs:
        module = root.get_submodule(name)
        assert isinstance(module, CompressedModule)
        module.connect(root)
        for key, tensor in [*module.named_parameters(name), *module.named_buffers(name)]:
            dtype = source.dtype(key)
            if dtype is not None and tensor.is_meta:
                tensor.data = tensor.data.to(dtype)
        module.requires_grad_(False)
    _untie(root, specs)
    return root


def packed_names(folder: Path) -> tuple[str, ...]:
    """The tensors that a container keeps packed as they came."""
    from engine.checkpoints.checkpoint import read_header

    return tuple(read_header(folder).packed)


def unpack_kept(root: nn.Module, folder: Path) -> None:
    """Read the tensors that a container keeps packed as they came, unpacked, into the network that it is loaded in."""
    from engine.checkpoints.checkpoint import read_header
    from engine.checkpoints.tensor_sources import SafetensorsSource

    header = read_header(folder)
    source = SafetensorsSource(header)
    for name in header.packed:
        owner, _, leaf = name.rpartition(".")
        there: torch.Tensor = getattr(root.get_submodule(owner), leaf)
        with torch.no_grad():  # in its place: a tied head shares it
            there.copy_(source.load(name).to(there.device, there.dtype))


def share_settings(model: Model, original: nn.Module) -> None:
    """Let the network of ``model``, which a method left of the network ``original``, say of itself what is true now:
    its config, and which tensors are shared. How it generates and where it came from stay."""
    module: Any = model.module
    before: Any = original
    for name, value in model.config.items():
        if name not in _NOT_SHARED and getattr(module.config, name, value) != value:
            setattr(module.config, name, value)
    if module is not before:
        module.config.name_or_path = before.config.name_or_path
        if hasattr(before, "generation_config"):
            module.generation_config = copy.deepcopy(before.generation_config)
    _untie(module, {name: layer.spec() for name, layer in model.compressed().items()})


_NOT_SHARED = ("architectures", "dtype", "torch_dtype", "model_type", "quantization_config", "transformers_version")
"""Words of config.json that say nothing of what a method changes, or say it in another form."""


def _without_weight(root: nn.Module) -> list[nn.Module]:
    """The compressed modules that have no tensor of this name."""
    from engine.modules import CompressedModule

    modules = (module for module in root.modules() if isinstance(module, CompressedModule))
    return [module for module in modules if "weight" not in (*module._parameters, *module._buffers)]


def _untie(root: Any, specs: dict[str, Any]) -> None:
    """Tensors that compressed modules share are shared by them: transformers would look for dense ones."""
    gone = {f"{name}.weight" for name in specs}
    for attribute in ("_tied_weights_keys", "all_tied_weights_keys"):
        tied = getattr(root, attribute, None)
        if isinstance(tied, dict):
            names = {one: other for one, other in tied.items() if one not in gone and other not in gone}
            setattr(root, attribute, names)
