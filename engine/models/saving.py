"""Networks with compressed layers that save themselves: ``save_pretrained`` writes the program's own container.

transformers would write the tensors of compressed layers under their names and say nothing of how they are packed;
``from_pretrained`` would then begin every such layer at random. So a ``save_pretrained`` of the network's own stands in
front of the library's: what it writes is read by ``from_pretrained`` after ``import engine.transformers``, and by
`engine.load`.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import nn

from engine.architecture.experts import fused_tensors
from engine.base.errors import BadInput
from engine.base.files import disk_error, read_object
from engine.checkpoints.checkpoint import DESCRIPTION
from engine.checkpoints.container import ArtifactWriter
from engine.checkpoints.container_config import to_container_config
from engine.models.memory import model_in_memory, remember
from engine.models.model import Model, in_dtype

_SAVE = "save_pretrained"
_WEIGHTS = (".safetensors", ".bin", ".pt", ".pth", ".gguf", ".msgpack", ".h5")


def make_savable(model: Model) -> None:
    """Let the network of ``model`` save itself, if it has layers that only the own container can hold, and remember
    what can't be read off them. Copies of the network do so too."""
    remember(model)
    vars(model.module).pop(_SAVE, None)
    if needs_container(model):
        vars(model.module)[_SAVE] = SavePretrained(model.module)


class SavePretrained:
    """Stands in front of the ``save_pretrained`` of one network."""

    def __init__(self, network: nn.Module) -> None:
        self._network = network

    def __call__(
        self,
        save_directory: str | os.PathLike[str],
        is_main_process: bool = True,
        state_dict: Mapping[str, torch.Tensor] | None = None,
        push_to_hub: bool = False,
        max_shard_size: int | str = "",
        variant: str | None = None,
        **options: Any,
    ) -> None:
        """Write the network into a folder, which may hold an earlier state of it; its tokenizer saves itself.

        A file per layer is written, whatever ``max_shard_size`` is. Raises `BadInput` for what can't be: other tensors
        than the network's own (``state_dict``), a ``variant``, a folder with the weights of another model, a network
        whose code came with it; `RunFailed` for a full disk.
        """
        if not is_main_process:
            return
        for value, name, advice in (
            (state_dict, "state_dict", "leave it out: the network's own tensors are written"),
            (variant, "variant", "leave it out"),
            (push_to_hub, "push_to_hub", "call network.push_to_hub(…), or upload the folder once it is written"),
        ):
            if value:
                raise BadInput(f"A network with compressed layers can't be saved with '{name}'", advice=advice)
        if "auto_map" in model_in_memory(self._network).config:
            raise BadInput(
                "A network whose code came with it can't be saved after it was compressed",
                advice="compress its folder with engine.compress, and export the result",
            )
        save(self._network, Path(save_directory))


def save(network: nn.Module, folder: Path) -> None:
    """Write a network that is in memory into ``folder``, which may hold an earlier state of it. Raises `BadInput` if
    the weights of another model lie there."""
    folder = folder.absolute()
    before = _weights_before(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".saving-", dir=folder) as partial:
            generation = getattr(network, "generation_config", None)
            if generation is not None:
                generation.save_pretrained(partial)
            companions = () if generation is None else (Path(partial) / "generation_config.json",)
            written = write_container(model_in_memory(network, companions, apart=True), Path(partial) / "container")
            for name in before:
                (folder / name).unlink(missing_ok=True)
            for file in sorted(
                written.iterdir(), key=lambda file: file.name == DESCRIPTION
            ):  # what vouches for all last
                os.replace(file, folder / file.name)
    except OSError as error:
        raise disk_error(error, folder) from error


def write_container(model: Model, folder: Path) -> Path:
    """Write a model part by part into the new ``folder`` as a container; gives the folder. Its parts are freed."""
    writer = ArtifactWriter(folder, [part.name for part in model.parts])
    for part in model.parts:
        model.load(part)
        writer.write(part.name, model.tensors(part), model.specs(part))
        model.free(part)
    config = _config(model)
    if needs_container(model):
        config = to_container_config(config)
    return writer.finish(config, model.history, model.companions)


def needs_container(model: Model) -> bool:
    """True if its network has what only the program's own container can store: compressed layers, or experts that are
    linears of their own."""
    return bool(model.compressed()) or any(True for _ in fused_tensors(model.module, lambda _: True))


def _config(model: Model) -> dict[str, Any]:
    """Its config, with the dtype that its dense tensors have by now where all have the same."""
    packed = tuple(f"{name}." for name in model.compressed())
    dense = {t.dtype for name, t in model.state().items() if t.is_floating_point() and not name.startswith(packed)}
    return in_dtype(model.config, str(dense.pop()).removeprefix("torch.")) if len(dense) == 1 else model.config


def _weights_before(folder: Path) -> tuple[str, ...]:
    """The weights of an earlier state of the network in ``folder``. Raises `BadInput` if others lie there, which a
    reader could take for the network's."""
    if folder.exists() and not folder.is_dir():
        raise BadInput("A network is saved into a folder", where=str(folder), why="a file is there")
    said = read_object(folder / DESCRIPTION).get("files") if (folder / DESCRIPTION).is_file() else {}
    names = [name for name in said if name.endswith(_WEIGHTS)] if isinstance(said, dict) else []
    here = [file.name for file in folder.iterdir() if file.suffix in _WEIGHTS] if folder.is_dir() else []
    if others := sorted(set(here) - set(names)):
        raise BadInput(
            "The folder holds the weights of another model",
            where=str(folder),
            why=f"{others[0]} is there",
            advice="choose a new folder",
        )
    return tuple(name for name in here if name in names)
