"""Ways to teach a student of half the layers, each with the same number of tokens, by perplexity and divergence.

    python tests/benchmarks/distillation.py [--model FOLDER] [--text TEXT] [--steps 40]

One pipeline, as a user would run it: the student keeps some layers of the model and is trained on labels only, on texts
that the teacher wrote, by forward KL, by reverse KL, by similar hidden states. Measured on the held-out text of the
sample; the student as it is cut out stands above.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from engine.pipeline.document import Block, Evaluation, Link, Pipeline  # noqa: E402
from engine.record.home import Home  # noqa: E402
from engine.run.runner import start  # noqa: E402


def ways(words: argparse.Namespace) -> dict[str, tuple[str, dict[str, Any]]]:
    """Name -> method and settings."""
    common = {
        "student": "layers",
        "keep": words.keep,
        "text": words.train,
        "steps": words.steps,
        "batch_size": 8,
        "micro_batch_size": 8,
        "sequence_length": words.length,
        "learning_rate": words.rate,
        "eval_samples": 0,
    }
    texts = {"samples": words.texts, "prompt": 16, "temperature": words.temperature}
    return {
        "not trained": ("logit_distillation", {**common, "steps": 1, "learning_rate": 1e-12}),
        "labels only": ("sequence_level_distillation", {**common, "text_source": "file"}),
        "sequence-level": ("sequence_level_distillation", {**common, **texts}),
        "forward KL": ("logit_distillation", {**common, "divergence": "forward_kl"}),
        "reverse KL": ("logit_distillation", {**common, "divergence": "reverse_kl"}),
        "similarity (hidden states) and labels": ("hidden_state_distillation", {**common, "hidden_loss": "cosine"}),
        "similarity (hidden states) and forward KL": (
            "hidden_state_distillation",
            {**common, "hidden_loss": "cosine", "cross_entropy_weight": 0.0, "kl_weight": 1.0},
        ),
    }


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--model", default="sample")
    parser.add_argument("--train", default="sample", help="text to learn from")
    parser.add_argument("--text", default="sample", help="text to measure on")
    parser.add_argument("--keep", type=int, default=2, help="layers of the student")
    parser.add_argument("--steps", type=int, default=40)
    parser.add_argument("--length", type=int, default=128)
    parser.add_argument("--rate", type=float, default=5e-4)
    parser.add_argument("--texts", type=int, default=160, help="that the teacher writes")
    parser.add_argument("--temperature", type=float, default=1.0, help="at which it writes")
    parser.add_argument("--only", nargs="*", help="some of the ways")
    words = parser.parse_args()
    chosen = {name: way for name, way in ways(words).items() if not words.only or name in words.only}
    evaluation = Evaluation(when="every_block", text=words.text, window_size=512, num_windows=8)
    pipeline = Pipeline(blocks=(Block(id="model", method="model", settings={"model": words.model}),))
    pipeline = pipeline.with_evaluation(evaluation)
    for number, (name, (method, settings)) in enumerate(chosen.items()):
        pipeline = pipeline.with_block(Block(id=f"way_{number}", method=method, settings=settings, title=name))
        pipeline = pipeline.with_link(Link(source="model", target=f"way_{number}"))
    with tempfile.TemporaryDirectory() as home:
        os.environ["COMPRESSION_STUDIO_HOME"] = home
        outcome = start(pipeline, home=Home(Path(home)), device="cpu")
    if outcome.error is not None:
        raise SystemExit(str(outcome.error))
    tokens = words.steps * 8 * words.length
    print(
        f"{words.model}: student of {words.keep} layers, {words.steps} steps × 8 × {words.length} = {tokens} tokens, "
        f"rate {words.rate:g}, {words.texts} texts of the teacher\n"
    )
    print("| trained by | perplexity | KL to the teacher, nats | same best token | s |\n|---|---|---|---|---|")
    for stage in outcome.report["stages"]:
        metrics = stage["metrics"]
        cells = [f"{metrics['perplexity']:.2f}"]
        cells += [f"{metrics[key]:.3f}" if key in metrics else "" for key in ("kl_divergence", "top1_agreement")]
        cells.append(f"{metrics['seconds']:.0f}" if "seconds" in metrics else "")
        print("| " + " | ".join([stage["title"] if stage["block"] != "model" else "the teacher", *cells]) + " |")


if __name__ == "__main__":
    main()
