"""Refine: scales and codes of a quantized model, trained against its original within what the format stores."""

from __future__ import annotations

from typing import ClassVar, Literal

from engine.contracts.settings import setting, with_default
from engine.methods.base import MethodInfo
from engine.methods.quantization.common.asymmetric_settings import alpha_setting
from engine.methods.shared.layers import LayerSettings
from engine.training.settings import DATA, TRAINING, TrainingSettings

LEARNED = "What is learned"


class RefineSettings(TrainingSettings, LayerSettings):
    """The original, what is trained, the text, the length."""

    PRESETS: ClassVar = {
        "Quick": {"steps": 20, "eval_steps": 10, "eval_samples": 4, "solve_samples": 32},
        "Balanced": {},
    }

    original: str = setting(
        "",
        title="Original model",
        help="The model before quantization: a folder, a GGUF file, an id on the hub. Empty: the model linked to the "
        "teacher input, or the source that this pipeline quantized. Required for a file that was quantized elsewhere.",
        kind="model",
        section=DATA,
    )
    trains: Literal["scales", "codes", "both"] = setting(
        "scales",
        title="Train",
        help="Scales, minima, super-scales and sub-scales as the format stores them; codes, by learned rounding to "
        "neighboring levels, which takes 4 bytes per weight; or both.",
        choices={"scales": "Scales and minima", "codes": "Codes", "both": "Scales and codes"},
        section=LEARNED,
    )
    train_norms: bool = setting(
        True,
        title="Train norms",
        help="Also trains the weights of the model's norms. They are stored in their original data type, so the file "
        "keeps its size.",
        section=LEARNED,
    )
    solve_codes: bool = setting(
        True,
        title="Solve codes first",
        help="Before training, GPTQ solves the codes again with the existing scales, in layers whose codes are the "
        "nearest to the original weights. The new codes are used only if they lower the divergence on the held-out "
        "samples.",
        section=LEARNED,
    )
    solve_samples: int = setting(
        64,
        title="Samples for GPTQ",
        help="Samples that GPTQ is calibrated on, spread evenly over those that are trained on.",
        unit="samples",
        ge=1,
        le=1_000_000,
        section=LEARNED,
        shown_if=("solve_codes", (True,)),
    )
    gptaq_alpha: float = alpha_setting(section=LEARNED, shown_if=("solve_codes", (True,)))
    rounding_lr: float = setting(
        1e-2,
        title="Learning rate of codes",
        help="Step of signed gradient descent, in levels: a weight moves by at most this much in a step. Behind GPTQ "
        "it moves by more, since codes start in the middle of their level; only weights whose gradient keeps its sign "
        "change their code.",
        gt=0,
        le=10,
        section=LEARNED,
        shown_if=("trains", ("codes", "both")),
    )
    num_samples: int = setting(
        0,
        title="Samples",
        help="Samples that are trained on, spread evenly over the text; 0: as many as the steps see.",
        unit="samples",
        ge=0,
        le=1_000_000,
        section=DATA,
        aliases=("samples",),
    )
    steps: int = setting(
        60,
        title="Steps",
        help="Steps of the optimizer, at most. Most is gained in the first 40.",
        unit="steps",
        ge=1,
        le=10_000_000,
        section=TRAINING,
        aliases=("max_steps",),
    )
    max_minutes: float = setting(
        0.0,
        title="Time limit",
        help="Maximum minutes of GPTQ and training; 0: no limit. The number of steps that fit is estimated beforehand "
        "from the time of the held-out samples. A result that was cut short by the time limit belongs to this run "
        "alone, as after Stop early: another run with the same settings trains again.",
        unit="minutes",
        ge=0,
        le=100_000,
        section=TRAINING,
    )
    batch_size: int = with_default(TrainingSettings, "batch_size", 2)
    micro_batch_size: int = with_default(TrainingSettings, "micro_batch_size", 1)
    learning_rate: float = with_default(
        TrainingSettings,
        "learning_rate",
        2e-3,
        help="Of scales and norms, as a share of each: a step changes one by about this much.",
    )
    mixed_precision: Literal["auto", "float32", "bfloat16", "float16"] = with_default(
        TrainingSettings,
        "mixed_precision",
        "auto",
        help="Precision of matrix products; what is learned, losses and optimizer stay in float32. Automatic: bfloat16 "
        "on a GPU or processor that has units for it, else float32.",
    )
    gradient_checkpointing: bool = with_default(TrainingSettings, "gradient_checkpointing", True)
    eval_steps: int = with_default(TrainingSettings, "eval_steps", 20)
    eval_samples: int = with_default(
        TrainingSettings,
        "eval_samples",
        8,
        help="Samples held out, evenly spaced over the text, if possible none that an earlier block was calibrated "
        "on. The result is used only if its divergence from the original is lower on them.",
    )
    early_stopping_patience: int = with_default(TrainingSettings, "early_stopping_patience", 2)

    def summary(self) -> str:
        """For the block on the canvas, whose end may be cut off: "60 steps · scales, norms · GPTQ"."""
        scales, codes = self.trains in ("scales", "both"), self.trains in ("codes", "both")
        learned = {"scales": scales, "norms": self.train_norms, "codes": codes}
        words = ", ".join(word for word, is_learned in learned.items() if is_learned)
        limit = [f"{self.max_minutes:g} min"] if self.max_minutes else []
        solver = ["GPTQ"] if self.solve_codes else []
        return " · ".join([f"{self.steps} steps", *limit, words, *solver])

    def weights(self) -> dict[str, str]:
        """See the base."""
        return {"original": self.original} if self.original else {}


METHOD = MethodInfo(
    id="refine",
    title="Refine",
    family="quantization",
    summary="Improves a quantized model in its own format, at the same size: GPTQ solves its codes, then scales and "
    "norms, or codes, are trained on the KL divergence from the original.",
    paper="Cheng et al. 2023, arXiv 2309.05516",
    settings=RefineSettings,
    choose_for=(("a quantized model or GGUF file made better in its own format", ": behind any of the other blocks"),),
    algorithm="engine.methods.quantization.refine.method:Refine",
    inputs=("model", "teacher"),
    optional=("teacher",),
    needs=frozenset({"data", "training"}),
    traits=frozenset({"quantized"}),
    keywords=(
        "dwq",
        "qad",
        "signround",
        "auto-round",
        "distillation",
        "recovery",
        "gguf",
        "scales",
        "learned rounding",
        "fine-tuning",
    ),
    supporting=True,
    keeps_formats=True,
)
