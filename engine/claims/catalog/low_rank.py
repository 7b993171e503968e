"""Claims of section 5, low-rank factorization: SVD, the Linformer, LoRA and QLoRA."""

from __future__ import annotations

from typing import Any

from engine.contracts.claims import Arm, Claim, Comparison, Step

CALIBRATION = {"num_samples": 32, "sequence_length": 256}
TRAINING: dict[str, Any] = {
    "steps": 20,
    "sequence_length": 128,
    "batch_size": 8,
    "micro_batch_size": 8,
    "eval_samples": 0,
    "lr_scheduler_type": "constant",
    "optimizer": "adamw",
    "gradient_checkpointing": False,
}
ADAPTERS = {**TRAINING, "learning_rate": 2e-3, "max_grad_norm": 1.0}
"""Adapters learn at four times the rate of whole weights: at ten times seeds differ by 8 % of perplexity."""
LONG = [4096, 16384, 65536]
SHORT = [2048, 4096, 8192]
"""Exact attention that is written out takes 1 GB of memory at 16,384."""


def _svd(name: str, variant: str, ratio: float) -> Arm:
    return Arm(name, (Step("svd", {**CALIBRATION, "variant": variant, "compression_ratio": ratio}),))


def _svd_order(percent: int) -> Claim:
    ratio = percent / 100
    return Claim(
        id=f"svd-order-{percent}",
        section="5 Low Rank Factorization",
        sentence=f"With {percent} % of the parameters gone, SVD that knows inputs loses less: whitened, then scaled "
        "by activations, then plain.",
        measure="kl_divergence",
        deterministic=True,
        seeds=1,
        arms=tuple(_svd(name, name, ratio) for name in ("whitened", "activation", "plain")),
        comparisons=(Comparison("whitened", "activation", at_most=1.0), Comparison("activation", "plain", at_most=1.0)),
    )


def _attention(name: str, kind: str, measure: str, lengths: list[int], slots: int = 0) -> Arm:
    options = {"kind": kind, "lengths": lengths, "slots": slots}
    return Arm(name, measure=measure, probe="attention", options=options)


def _adapters(name: str, measure: str) -> Arm:
    return Arm(name, measure=measure, probe="adapters", options={"width": 1024, "rank": 16, "tokens": 256})


def _causal(name: str, way: str) -> Arm:
    options = {"length": 4096, "slots": 16, "segment": 64}
    return Arm(name, measure=f"milliseconds/{way}", probe="causal", options=options)


LORA = Arm("LoRA", (Step("lora", {**ADAPTERS, "result": "adapter"}),))
QLORA = Arm("QLoRA", (Step("qlora", {**ADAPTERS, "result": "adapter"}),))
FULL = Arm("all weights", (Step("fine_tuning", {**TRAINING, "learning_rate": 5e-4}),))
LAYERS = Arm("layers", (Step("fine_tuning", {**TRAINING, "learning_rate": 5e-4, "train_embeddings": False}),))

LOW_RANK: tuple[Claim, ...] = (
    _svd_order(20),
    _svd_order(40),
    Claim(
        id="linformer-linear",
        section="5.1 The Linformer",
        sentence="Attention through 128 slots grows linearly with the length in time and memory; exact attention that "
        "is written out grows with its square.",
        measure="milliseconds/exponent",
        arms=(
            _attention("slots", "slots", "milliseconds/exponent", LONG, 128),
            _attention("slots, memory", "slots", "megabytes/exponent", LONG, 128),
            _attention("written out", "written out", "milliseconds/exponent", SHORT),
        ),
        comparisons=(
            Comparison("slots", by="value", at_most=1.25),
            Comparison("slots, memory", by="value", at_most=1.05),
            Comparison("written out", by="value", at_least=1.75),
        ),
    ),
    Claim(
        id="linformer-causal",
        section="5.1 The Linformer",
        sentence="The causal form is faster than exact causal attention from 4,096 tokens on.",
        measure="milliseconds/segments",
        arms=(_causal("16 slots for 64 tokens", "segments"), _causal("exact", "exact")),
        comparisons=(Comparison("16 slots for 64 tokens", "exact", at_most=1.0),),
    ),
    Claim(
        id="lora-merges",
        section="5.2.1 The Method",
        sentence="Merged adapters give what they gave beside the weights (outputs differ by less than 0.001 %).",
        measure="difference",
        arms=(_adapters("merged and beside", "difference"),),
        comparisons=(Comparison("merged and beside", by="value", at_most=1e-5),),
    ),
    Claim(
        id="lora-latency",
        section="5.2 Low Rank Adaptation",
        sentence="Merged adapters add no latency: a layer takes as long as without them (within 10 %).",
        measure="milliseconds/merged",
        arms=(_adapters("merged", "milliseconds/merged"), _adapters("no adapter", "milliseconds/plain")),
        comparisons=(Comparison("merged", "no adapter", at_least=0.9, at_most=1.1),),
    ),
    Claim(
        id="lora-full",
        section="5.2 Low Rank Adaptation",
        sentence="LoRA of rank 16 adapts a model to new text as well as training all weights (perplexity within 5 %).",
        measure="perplexity",
        text="mixed",
        arms=(LORA, FULL),
        comparisons=(Comparison("LoRA", "all weights", at_most=1.05),),
        missing="A text of words that the model knows. The sample has never seen most of those in the mixed texts, and "
        "LoRA leaves embeddings as they are.",
    ),
    Claim(
        id="lora-layers",
        section="5.2.2 LoRA on Transformers",
        sentence="LoRA of rank 16 adapts the layers as well as training all of their weights (perplexity within 5 %).",
        measure="perplexity",
        text="mixed",
        arms=(LORA, LAYERS),
        comparisons=(Comparison("LoRA", "layers", at_most=1.05),),
        missing="Many more than 20 steps, as adapters begin at zero, a text nearer to what the model knows, and a "
        "search for the learning rate of each: 2e-3 and 5e-4 were not searched.",
    ),
    Claim(
        id="lora-memory",
        section="5.2 Low Rank Adaptation",
        sentence="LoRA holds gradients and optimizer states for few parameters: at most a quarter of full training's.",
        measure="training memory/trained",
        text="mixed",
        deterministic=True,
        seeds=1,
        arms=(LORA, FULL),
        comparisons=(Comparison("LoRA", "all weights", at_most=0.25),),
    ),
    Claim(
        id="qlora-quality",
        section="5.3 Quantized LoRA",
        sentence="QLoRA, on 4-bit weights, is as good as LoRA (perplexity within 2 %).",
        measure="perplexity",
        text="mixed",
        arms=(QLORA, LORA),
        comparisons=(Comparison("QLoRA", "LoRA", at_least=0.98, at_most=1.02),),
        missing="More seeds, or a text nearer to what the model knows: 20 steps on words that it has never seen "
        "leave perplexities that differ by several percent from seed to seed.",
    ),
    Claim(
        id="qlora-memory",
        section="5.3 Quantized LoRA",
        sentence="QLoRA holds the frozen weights in less than half of LoRA's bytes, embeddings counted.",
        measure="training memory/frozen",
        text="mixed",
        deterministic=True,
        seeds=1,
        arms=(QLORA, LORA),
        comparisons=(Comparison("QLoRA", "LoRA", at_most=0.5),),
    ),
)
