"""Export formats that are a folder of safetensors with a config.json, as transformers reads it."""

from __future__ import annotations

import shutil
from abc import abstractmethod
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import torch

from engine.base.files import write_json
from engine.export import folder as folders
from engine.export.base import ExportFormat, Progress
from engine.export.options import DtypeOptions, ExportOptions
from engine.export.shards import Planned, ShardWriter, shards
from engine.models.model import Model, Part
from engine.modules import CompressedModule


class SafetensorsFormat(ExportFormat):
    """A folder of safetensors. A subclass says with `tensors` what is written of each part, and with
    `quantization_config` what config.json says of packed layers; sizes, files and reading follow from these."""

    options: type[ExportOptions] = DtypeOptions
    quant_method: ClassVar[str] = ""
    """The ``quant_method`` of the entry of config.json; "" for a format without one."""
    writes_out: ClassVar[bool] = True

    @abstractmethod
    def tensors(self, model: Model, part: Part, options: Any) -> Iterator[tuple[str, torch.Tensor]]:
        """The tensors of a part as they are written, under the names in the files; works on the meta device."""

    def quantization_config(self, model: Model, options: Any) -> dict[str, Any] | None:
        """The entry of config.json on packed layers; None where no layer is packed."""
        return None

    def is_packed(self, module: CompressedModule) -> bool:
        """True for layers that `tensors` writes as they are packed."""
        return False

    def config(self, model: Model, options: Any) -> dict[str, Any]:
        """config.json: the model's own, with the dtype of the dense tensors and the entry on packed layers."""
        dropped = ("torch_dtype", "quantization_config")
        config = {key: value for key, value in model.config.items() if key not in dropped}
        config["dtype"] = str(options.cast(model.config_dtype)).removeprefix("torch.")
        quantization = self.quantization_config(model, options)
        if quantization is None:
            return config
        if hasattr(model.module.config, "rescale_every"):  # RWKV would round packed weights anew, to halve them
            config["rescale_every"] = 0
        return {**config, "quantization_config": quantization}

    def dense_tensors(self, model: Model, part: Part, options: Any) -> folders.Named:
        """All tensors of a part but those of packed layers, in the dtypes that they are written in, under the names of
        the network."""
        return folders.cast_tensors(model, part, lambda _, module: self.is_packed(module), options)

    def plan(self, model: Model, options: Any) -> list[Planned]:
        """Name, dtype and shape of every tensor of the files."""
        return [Planned.like(*named) for part in model.parts for named in self.tensors(model, part, options)]

    def expected_bytes(self, model: Model, options: Any) -> int:
        """Bytes of the files by their plan."""
        return sum(shard.nbytes for shard in shards(self.plan(model, options)))

    def stored(self, model: Model, options: Any) -> Iterator[tuple[str, int]]:
        """Type and bytes of each planned tensor."""
        return (planned.stored for planned in self.plan(model, options))

    def keeps_values(self, model: Model, options: Any) -> bool:
        """True where the dtype of the dense tensors holds their values."""
        return folders.keeps_values(model, options, lambda _, module: self.is_packed(module))

    def write_files(self, model: Model, folder: Path, options: Any, progress: Progress) -> None:
        """Write the planned tensors, config.json and the model's companion files."""
        folder.mkdir(exist_ok=True)
        writer = ShardWriter(folder, self.plan(model, options))
        try:
            for part in folders.loaded_parts(model, progress):
                for name, tensor in self.tensors(model, part, options):
                    writer.write(name, tensor)
            writer.finish()
        finally:
            writer.close()
        write_json(folder / "config.json", self.config(model, options))
        for companion in model.companions:
            shutil.copyfile(companion, folder / companion.name)

    def read(self, folder: Path) -> Iterator[tuple[str, torch.Tensor]]:
        """The tensors of all files, packed ones unpacked."""
        method = self.quant_method
        yield from folders.read_unpacked(folder, method) if method else folders.read_tensors(folder)
