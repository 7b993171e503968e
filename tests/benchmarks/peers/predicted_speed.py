"""Tokens per second that a fit predicts for GGUF files beside those that llama.cpp writes, on this machine.

    python tests/benchmarks/peers/predicted_speed.py MODEL.gguf [--types Q8_0 Q4_K_M …]

Each mix is rounded to nearest without data and exported. Both times are those of the processor where other programs
have the cores too; "measured" is the shortest of some. Rates by type are measured once for the workspace.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

import gguf

from engine.export.registry import export_format
from engine.measure.llama_cpp.process import Child
from engine.measure.llama_cpp.rates import DecodingRates, decoding_rates
from engine.methods.registry import method
from engine.models.source import open_model
from engine.run.local import LocalStage

MIXES = ("Q8_0", "Q6_K", "Q4_K_M", "Q4_0", "Q3_K_M", "Q2_K", "IQ4_XS", "IQ3_XXS", "IQ2_XS")
PROMPT, FEW, REPEATS = 8, 16, 6


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("model", type=Path)
    parser.add_argument("--types", nargs="*", default=list(MIXES), choices=list(MIXES))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        files = {"as it is": options.model}
        files |= {mix: exported(options.model, mix, Path(folder) / mix) for mix in options.types}
        matrices = {name: multiplied(file) for name, file in files.items()}
        types = {kind for weights in matrices.values() for _, _, kind in weights}
        rates = decoding_rates(types, lambda: None, lambda *_: None)
        print("| | MB | tokens/s predicted | tokens/s measured | predicted / measured |\n|---|---|---|---|---|")
        for name, file in files.items():
            predicted, measured = 1 / seconds_predicted(rates, matrices[name]), 1 / seconds_measured(file)
            size = file.stat().st_size / 1e6
            row = f"{size:.1f} | {predicted:.1f} | {measured:.1f} | {predicted / measured:.2f}"
            print(f"| {name} | {row} |", flush=True)
    print(f"\n{rates.program}, {rates.threads} threads.")


def exported(model: Path, mix: str, folder: Path) -> Path:
    """The GGUF file of a mix."""
    info, opened, stage = method("gguf_quants"), open_model(model), LocalStage(folder / "stage")
    stage.describe_output(opened)
    settings = info.settings.parse({"type": mix, "method": "nearest", "importance": "none"})
    artifact = Path(stage.finish(info.load().apply(opened, settings, stage)))
    kind = export_format("gguf")
    kind.write(open_model(artifact), folder / "file", kind.options(), lambda *_: None)
    (file,) = (folder / "file").glob("*.gguf")
    return file


def multiplied(file: Path) -> list[tuple[int, int, str]]:
    """(out, in, type) of all weights that a token is multiplied with; a table without a head is the head too."""
    tensors = {tensor.name: tensor for tensor in gguf.GGUFReader(file).tensors}
    table = "token_embd.weight" if "output.weight" in tensors else ""
    weights = [tensor for name, tensor in tensors.items() if len(tensor.shape) == 2 and name != table]
    return [(int(x.shape[1]), int(x.shape[0]), x.tensor_type.name) for x in weights]


def seconds_predicted(rates: DecodingRates, weights: list[tuple[int, int, str]]) -> float:
    """Of a token."""
    return rates.token + sum(rates.of_linear(*weight) for weight in weights)


def seconds_measured(file: Path) -> float:
    """Of a token."""
    times: dict[int, list[float]] = {FEW: [], 2 * FEW: []}
    with Child(file, context=256, quick=True) as child:
        for tokens in (FEW, 2 * FEW) * REPEATS:
            request = {"do": "text_seconds", "prompt": [1] * PROMPT, "tokens": tokens, "threads": child.threads}
            *_, answer = child.ask(lambda: None, **request)
            times[tokens].append(float(answer["end"]))
    return (min(times[2 * FEW]) - min(times[FEW])) / FEW


if __name__ == "__main__":
    main()
