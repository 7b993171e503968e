"""Files that llama.cpp's quantizer wrote, refined: closer to their original at the same types and bytes.

    python tests/benchmarks/peers/refine_files.py MODEL.gguf --texts FOLDER --peer /path/to/venv/bin/python
        [--types Q4_0 Q3_K_M Q2_K] [--trains scales both]

Each file is made with an importance matrix, measured, refined and exported, and the export is loaded by llama.cpp. Rows
are those of the table `refine_files`. The peer runs in an environment of its own that has llama-cpp-py-sync.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from peers.gguf_quants import gathered_matrix, quantized_by_llama_cpp, store_for_peer
from rows import append
from tables import measure_apart, tables, text_file, with_files

from engine.checkpoints.checkpoint import read_header
from engine.export.verification.check import export
from engine.record.folder import RunFolder

TABLE = "refine_files"
WORDS = {"scales": "scales", "codes": "codes", "both": "scales and codes"}
"""What `refine` trains behind GPTQ."""


def types_of(file: Path) -> dict[str, tuple[str, int]]:
    """Type and bytes of each tensor."""
    return {tensor.name: (tensor.dtype, tensor.nbytes) for tensor in read_header(file).tensors}


def export_alike(artifact: Path, file: Path, folder: Path) -> None:
    """Export the artifact. Ends the program unless it leaves with the types and bytes of the file that came and
    llama.cpp loads it."""
    verified = export(artifact, "gguf", folder, {}, lambda *_: None, lambda: None)
    (written,) = folder.glob("*.gguf")
    if not verified.ok or types_of(written) != types_of(file):
        raise SystemExit(
            f"{file.name}: {verified.sentence}; types and bytes differ: {types_of(written) != types_of(file)}"
        )


def main() -> None:
    """Measure the rows."""
    parser = argparse.ArgumentParser()
    parser.add_argument("model", type=Path)
    parser.add_argument("--texts", type=Path, required=True)
    parser.add_argument("--peer", type=Path, required=True)
    parser.add_argument("--types", nargs="*", default=["Q4_0", "Q3_K_M", "Q2_K"])
    parser.add_argument("--trains", nargs="*", default=["scales", "both"])
    options = parser.parse_args()
    table = tables()[TABLE]
    request: dict[str, Any] = {"model": str(options.model), "seed": 0, "window": table.window, "reference": True}
    request["texts"] = {text: (text_file(text, options.texts), count) for text, count in table.texts.items()}

    def measured(label: str, file: Path, steps: list[tuple[str, dict[str, Any]]], folder: Path) -> None:
        source = {} if file == options.model else {"source": str(file)}  # nothing is held against itself
        answer = measure_apart({**request, **source, "steps": steps, "folder": str(folder)})
        answer["size_bytes"] = sum(size for _, size in types_of(file).values())  # without names and vocabulary
        if steps:
            artifact = Path(RunFolder.open(folder / "run").report()["stages"][-1]["artifact"])
            export_alike(artifact, file, folder / "exported")
        append(TABLE, label, [method for method, _ in steps], 0, answer)
        print(label, answer, flush=True)

    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        calibration = {"num_samples": 32, "sequence_length": 512}
        text = with_files({"text": "text:calibration", **calibration}, options.texts, place)
        measured("as it is", options.model, [], place / "original")
        store_for_peer(gathered_matrix(options.model, text, place), place)
        for kind in options.types:
            file, _ = quantized_by_llama_cpp(options.peer, options.model, kind, place)
            measured(f"{kind} by llama.cpp", file, [], place / kind)
            for trains in options.trains:
                refined = with_files(table.settings["refine"], options.texts, place)
                settings = {**refined, "original": str(options.model), "trains": trains}
                label = f"{kind} by llama.cpp, codes solved, {WORDS[trains]} refined"
                measured(label, file, [("refine", settings)], place / f"{kind} {trains}")


if __name__ == "__main__":
    main()
