"""An export format: one safetensors file with all weights in float16, config.json in its header."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file

from engine.plugin import (
    ROUNDED,
    ExportFormat,
    ExportOptions,
    ExportProgress,
    Model,
    Part,
    Problem,
    dense_tensors,
    loaded_parts,
    read_tensors,
)

FILE = "weights.safetensors"


class OneFile(ExportFormat):
    """All weights in one file."""

    id = "one-file"
    title = "One file"
    summary = "One safetensors file in float16 with the config in its header."
    verifier = "ternary_weights.one_file"

    def problems(self, model: Model, options: ExportOptions) -> list[Problem]:
        """A warning for what is lost: compressed layers are written out in full."""
        packed = model.compressed()
        message = f"{len(packed)} compressed layers are written out in full"
        return [Problem("warning", message)] if packed else []

    def expected_bytes(self, model: Model, options: ExportOptions) -> int:
        """Bytes of the tensors, without the header."""
        return sum(2 * tensor.numel() for part in model.parts for _, tensor in _tensors(model, part))

    def write_files(self, model: Model, folder: Path, options: ExportOptions, progress: ExportProgress) -> None:
        """Write the file and the tokenizer's."""
        tensors: dict[str, torch.Tensor] = {}
        for part in loaded_parts(model, progress):
            tensors |= {name: tensor.to(torch.float16).contiguous() for name, tensor in _tensors(model, part)}
        config = {**model.config, "dtype": "float16"}
        save_file(tensors, folder / FILE, {"config": json.dumps(config)})
        for companion in model.companions:
            shutil.copyfile(companion, folder / companion.name)

    def read(self, folder: Path) -> Iterator[tuple[str, torch.Tensor]]:
        """The tensors that were written."""
        yield from read_tensors(folder)

    def tolerance(self, model: Model, options: ExportOptions) -> float:
        """Weights are rounded to float16."""
        return ROUNDED[torch.float16]

    def keeps_tokenizer(self, model: Model) -> bool:
        """False: `load` gives the network alone."""
        return False

    def snippet(self, model: Model, name: str) -> str:
        """Two lines of Python."""
        return f'from ternary_weights.one_file import load\n\nnetwork = load(Path("{name}"))'


def _tensors(model: Model, part: Part) -> Iterable[tuple[str, torch.Tensor]]:
    return dense_tensors(model, part, lambda *_: False)


def load(folder: Path) -> torch.nn.Module:
    """What a user of this format calls: a transformers model in float32."""
    import transformers

    with safe_open(folder / FILE, "pt") as file:
        config = json.loads(file.metadata()["config"])
        tensors = {name: file.get_tensor(name).float() for name in file.keys()}  # noqa: SIM118 - not a dict
    made = transformers.AutoConfig.for_model(**config)
    network = transformers.AutoModelForCausalLM.from_config(made, dtype=torch.float32)
    missing, left = network.load_state_dict(tensors, strict=False)
    network.tie_weights()
    if left or set(missing) - {"lm_head.weight"}:
        raise ValueError(f"tensors that are missing or left over: {sorted(missing)}, {sorted(left)}")
    return network.eval()


def main(work: Path) -> None:
    """Answer ``request.json`` in a fresh process, as `engine.export.verification.process` does."""
    request = json.loads((work / "request.json").read_text("utf-8"))
    with torch.no_grad():
        output = load(Path(request["folder"]))(input_ids=torch.tensor(request["tokens"])).logits
    save_file({"output": output.contiguous()}, work / "output.safetensors")
    (work / "result.json").write_text(json.dumps({"loaded_by": "ternary_weights", "faults": [], "text": None}))


FORMAT = OneFile()

if __name__ == "__main__":
    main(Path(sys.argv[1]))
