"""Claims of section 2, quantization, and of the number formats of section 5.3."""

from __future__ import annotations

from typing import Any

from engine.contracts.claims import Arm, Claim, Comparison, Step

AS_IT_IS = Arm("as it is")
CALIBRATION = {"num_samples": 32, "sequence_length": 256}
TRAINING = {"sequence_length": 128, "batch_size": 8, "micro_batch_size": 8, "eval_samples": 0}
"""1,024 tokens a step."""


def _rounded(name: str, format: str, **settings: Any) -> Arm:
    return Arm(name, (Step("round_to_nearest", {"format": format, **settings}),))


def _blocks(name: str, format: str, double_quant: bool = True) -> Arm:
    return Arm(name, (Step("nf4", {"format": format, "block_size": 64, "double_quant": double_quant}),))


def _rotated(name: str, **settings: Any) -> Arm:
    return Arm(name, (Step("spinquant", {**CALIBRATION, **settings}),))


def _trained(name: str, trainable: str) -> Arm:
    settings = {**TRAINING, "steps": 60, "format": "int3", "granularity": "channel", "trainable": trainable}
    return Arm(name, (Step("lr_qat", settings),))


NF4 = _blocks("NF4", "nf4")
INT1 = _rounded("one bit, mean scales", "int1", granularity="channel")
SVID = Arm(
    "one bit, SVID",
    (Step("onebit", {"steps": 1, "batch_size": 1, "learning_rate": 1e-12, "train_norms": False}),),
)
ONEBIT = Arm(
    "OneBit, 300 steps",
    (Step("onebit", {**TRAINING, "steps": 300}),),
)
UNQUANTIZED = {"weight_method": "none", "activation_bits": 16, "kv_bits": 16, "other_dtype": "float32"}
RANDOM = tuple(_rotated(f"random rotation {n + 1}", rotation="hadamard", seed=n) for n in range(5))
LEARNED = _rotated("learned rotation", rotation="learned", steps=40)

QUANTIZATION: tuple[Claim, ...] = (
    Claim(
        id="format-order",
        section="2 Quantization",
        sentence="Shorter number formats lose more: 16, 8, 4, 3, 2 bits and 1 keep their order.",
        measure="kl_divergence",
        deterministic=True,
        seeds=1,
        arms=tuple(
            _rounded(name, name, **({} if "float" in name else {"group_size": 64}))
            for name in ("bfloat16", "int8", "int4", "int3", "int2", "int1")
        ),
        comparisons=tuple(
            Comparison(longer, shorter, "difference", at_most=0.0)
            for longer, shorter in (
                ("bfloat16", "int8"),
                ("int8", "int4"),
                ("int4", "int3"),
                ("int3", "int2"),
                ("int2", "int1"),
            )
        ),
    ),
    Claim(
        id="int8-free",
        section="5.3.1 Improvements on LoRA",
        sentence="Rescaled by their absolute maximum, 8-bit integers cost nothing (perplexity, at most 0.5 %).",
        measure="perplexity",
        deterministic=True,
        seeds=1,
        arms=(_rounded("int8 per channel", "int8", granularity="channel", clip="absmax"), AS_IT_IS),
        comparisons=(Comparison("int8 per channel", "as it is", at_most=1.005),),
    ),
    Claim(
        id="nf4-best",
        section="5.3 Quantized LoRA",
        sentence="NF4 suits normally distributed weights best: it loses less than int4 and FP4, without any data.",
        measure="kl_divergence",
        deterministic=True,
        seeds=1,
        arms=(NF4, _blocks("FP4", "fp4_e2m1"), _rounded("int4", "int4", group_size=64)),
        comparisons=(Comparison("NF4", "int4", at_most=1.0), Comparison("NF4", "FP4", at_most=1.0)),
    ),
    Claim(
        id="double-quantization",
        section="5.3 Quantized LoRA",
        sentence="Double quantization takes the constants from 0.5 to 0.127 bits a weight, and costs nothing else.",
        measure="layers/bits_per_weight",
        deterministic=True,
        seeds=1,
        arms=(
            _blocks("NF4, once", "nf4", double_quant=False),
            _blocks("NF4, twice", "nf4"),
            Arm("loss, once", _blocks("", "nf4", double_quant=False).steps, "kl_divergence"),
            Arm("loss, twice", NF4.steps, "kl_divergence"),
        ),
        comparisons=(
            Comparison("NF4, once", by="value", at_least=4.4999, at_most=4.5001),
            Comparison("NF4, twice", by="value", at_least=4.12, at_most=4.135),
            Comparison("loss, twice", "loss, once", at_most=1.05),
        ),
    ),
    Claim(
        id="svid",
        section="2.1.1 OneBit",
        sentence="Signs with SVID's two value vectors are nearer to the weights than signs with mean scales.",
        measure="layers/error",
        deterministic=True,
        seeds=1,
        arms=(
            SVID,
            INT1,
            Arm("loss, SVID", SVID.steps, "kl_divergence"),
            Arm("loss, mean scales", INT1.steps, "kl_divergence"),
        ),
        comparisons=(
            Comparison("one bit, SVID", "one bit, mean scales", at_most=1.0),
            Comparison("loss, SVID", "loss, mean scales", at_most=1.0),
        ),
        missing="A model that still predicts something at one bit without training. Where nothing is left of its "
        "predictions, as of SmolLM2's, the order of the two losses says nothing.",
    ),
    Claim(
        id="onebit-distilled",
        section="2.1.1 OneBit",
        sentence="One bit with distillation keeps more than two bits by rounding, one scale for each row in both.",
        measure="perplexity",
        arms=(
            ONEBIT,
            _rounded("two bits, rounded", "int2", granularity="channel", clip="mse"),
        ),
        comparisons=(Comparison("OneBit, 300 steps", "two bits, rounded", at_most=1.0),),
        missing="A longer training, or a model that two bits hurt, which they hardly do to the sample: after 300 steps "
        "one bit equals two; the paper has 50 epochs of 132,000 samples.",
    ),
    Claim(
        id="onebit-svid-start",
        section="2.1.1 OneBit",
        sentence="Distillation brings back most of what one bit loses: at most a third of the divergence is left.",
        measure="kl_divergence",
        arms=(ONEBIT, SVID),
        comparisons=(Comparison("OneBit, 300 steps", "one bit, SVID", at_most=1 / 3),),
    ),
    Claim(
        id="lr-qat-quality",
        section="2.1.2 LR-QAT",
        sentence="LR-QAT is on par with full quantization-aware training at 3 bits (perplexity within 2 %).",
        measure="perplexity",
        arms=(_trained("LR-QAT", "low_rank"), _trained("full QAT", "weights")),
        comparisons=(Comparison("LR-QAT", "full QAT", at_most=1.02),),
    ),
    Claim(
        id="lr-qat-rounding",
        section="2.1.2 LR-QAT",
        sentence="LR-QAT loses less than rounding to the same 3-bit integers.",
        measure="kl_divergence",
        arms=(
            _trained("LR-QAT", "low_rank"),
            _rounded("rounded", "int3", granularity="channel", clip="mse", mse_exponent=3.0, mse_steps=100),
        ),
        comparisons=(Comparison("LR-QAT", "rounded", at_most=1.0),),
    ),
    Claim(
        id="lr-qat-memory",
        section="2.1.2 LR-QAT",
        sentence="LR-QAT trains at a fraction of the memory: weights, gradients and optimizer states of what learns "
        "take at most a third.",
        measure="training memory/trained",
        deterministic=True,
        seeds=1,
        arms=(_trained("LR-QAT", "low_rank"), _trained("full QAT", "weights")),
        comparisons=(Comparison("LR-QAT", "full QAT", at_most=1 / 3),),
    ),
    Claim(
        id="rotation-merges",
        section="2.2.1 SpinQuant",
        sentence="Rotations that are merged into the weights change nothing before rounding (KL below 0.00001).",
        measure="kl_divergence",
        arms=(_rotated("rotated, not rounded", rotation="hadamard", variant="no_had", **UNQUANTIZED),),
        comparisons=(Comparison("rotated, not rounded", by="value", at_most=1e-5),),
    ),
    Claim(
        id="rotation-kurtosis",
        section="2.2.1 SpinQuant",
        sentence="Rotations make activations more like a normal distribution: the kurtosis that layers read falls.",
        measure="kurtosis_after/down_input",
        arms=(_rotated("random rotation", rotation="hadamard"), _rotated("no rotation", rotation="none")),
        comparisons=(Comparison("random rotation", "no rotation", at_most=1.0),),
    ),
    Claim(
        id="rotation-loss",
        section="2.2.1 SpinQuant",
        sentence="With 4-bit weights, activations and cache, a rotated model loses less than one that is not rotated.",
        measure="kl_divergence",
        arms=(_rotated("random rotation", rotation="hadamard"), _rotated("no rotation", rotation="none")),
        comparisons=(Comparison("random rotation", "no rotation", at_most=1.0),),
    ),
    Claim(
        id="rotation-online",
        section="2.2.1 SpinQuant",
        sentence="Online Hadamard transforms help where activations and cache have 4 bits: had loses less than no had.",
        measure="kl_divergence",
        arms=(
            _rotated("had", rotation="hadamard"),
            _rotated("no had", rotation="hadamard", variant="no_had"),
        ),
        comparisons=(Comparison("had", "no had", at_most=1.0),),
    ),
    Claim(
        id="rotation-learned",
        section="2.2.1 SpinQuant",
        sentence="Learned rotations lose less than the best of five random ones, on held-out text, at 4 bits.",
        measure="kl_divergence",
        arms=(LEARNED, *RANDOM),
        comparisons=tuple(Comparison(LEARNED.name, arm.name, at_most=1.0) for arm in RANDOM),
        seeds=5,
        missing="More seeds: in the mean learned rotations lose a tenth less than each random one.",
    ),
)
