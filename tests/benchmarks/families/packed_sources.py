"""A model that came in 4 bits, through blocks that leave 4 bits: what each result takes beside its source; whether a
file that no block touched leaves as it came.

    python tests/benchmarks/families/packed_sources.py MODEL.gguf [TYPE …]

TYPE: the mixes of llama.cpp that files of the model are made in first, by rounding; the file itself is one source more.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

import gguf

from engine.export.registry import export_format
from engine.methods.registry import method
from engine.models.source import open_model
from engine.run.local import LocalStage

NEAREST = {"method": "nearest", "importance": "none"}
BLOCKS: dict[str, tuple[str, dict[str, Any]]] = {
    "round to nearest, int4 in groups of 32": ("round_to_nearest", {"group_size": 32}),
    "round to nearest, int4 in groups of 64": ("round_to_nearest", {"group_size": 64}),
    "NF4": ("nf4", {}),
    "GGUF quants, Q4_0": ("gguf_quants", {"type": "Q4_0", **NEAREST}),
}


def made(source: Path, name: str, settings: dict[str, Any], folder: Path) -> Path:
    """The artifact that a block leaves."""
    model = open_model(source)
    model.history = ({"method": "model", "settings": {"model": str(source)}},)
    stage = LocalStage(folder)
    stage.apply(method(name), settings, model)
    return folder / "artifact"


def written(model: Path, folder: Path) -> Path:
    """The GGUF file of a model."""
    entry = export_format("gguf")
    entry.write(open_model(model), folder, entry.options(), lambda *_: None)
    return next(folder.glob("*.gguf"))


def is_same(one: Path, other: Path) -> bool:
    """Whether two files hold the same tensors, bit for bit, in the same types."""
    first, second = ({t.name: t for t in gguf.GGUFReader(file).tensors} for file in (one, other))
    return first.keys() == second.keys() and all(
        t.tensor_type == second[name].tensor_type and t.data.tobytes() == second[name].data.tobytes()
        for name, t in first.items()
    )


def size(artifact: Path) -> int:
    """Bytes of the files of tensors."""
    return sum(file.stat().st_size for file in artifact.glob("*.safetensors"))


def main(model: Path, types: list[str]) -> None:
    """Print the table."""
    print("| source | MB | no block, back in GGUF | " + " | ".join(BLOCKS) + " |")
    print("|---|" + "---|" * (2 + len(BLOCKS)))
    with tempfile.TemporaryDirectory() as work:
        root, sources = Path(work), {model.stem: model}
        for word in types:
            artifact = made(model, "gguf_quants", {"type": word, **NEAREST}, root / word)
            sources[word] = written(artifact, root / word / "gguf")
        for title, source in sources.items():
            before = source.stat().st_size
            same = "bit for bit" if is_same(source, written(source, root / title / "again")) else "differs"
            cells = [title, f"{before / 1e6:.1f}", same]
            for number, (name, settings) in enumerate(BLOCKS.values()):
                after = size(made(source, name, settings, root / f"{title}.{number}"))
                cells.append(f"{after / 1e6:.1f} (× {after / before:.3f})")
            print(f"| {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
