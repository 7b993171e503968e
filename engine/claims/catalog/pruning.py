"""Claims of section 3, pruning: lottery tickets and LLM-shearing."""

from __future__ import annotations

from typing import Any

from engine.contracts.claims import Arm, Claim, Comparison, Step

CALIBRATION = {"num_samples": 32, "sequence_length": 256}
SMALL = {
    "num_hidden_layers": 2,
    "hidden_size": 64,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "intermediate_size": 192,
}
SCRATCH = {
    "text": "sample:dialogue",
    "sequence_length": 64,
    "batch_size": 8,
    "micro_batch_size": 8,
    "eval_samples": 24,
    "eval_steps": 8,
    "steps": 160,
    "learning_rate": 4e-3,
    "lr_scheduler_type": "constant",
    "weight_decay": 0.0,
}
"""As in the paper, networks that can overfit, and the lowest held-out loss of each."""
SHAPE = {
    "num_hidden_layers": 4,
    "hidden_size": 192,
    "num_attention_heads": 6,
    "num_key_value_heads": 2,
    "intermediate_size": 384,
}
HALF = {"target": "numbers", **SHAPE}
HEALING = {"sequence_length": 128, "batch_size": 8, "micro_batch_size": 8, "learning_rate": 5e-4, "eval_samples": 16}
STEPS = 80
DOMAINS = tuple(f"{name} = sample:{name}" for name in ("stories", "dialogue", "instructions", "encyclopedia"))


def _ticket(name: str, kind: str, density: float, rounds: int, dropout: float = 0.0) -> Arm:
    """An arm of a search for a ticket from random weights, the embedding pruned too. ``kind``: "ticket", or one of its
    controls."""
    training = {**SCRATCH, "dropout": dropout}
    search = {**training, "density": density, "rounds": rounds, "prune_embeddings": True, "head_rate": "full"}
    steps = (Step("train_from_scratch", {**training, **SMALL}), Step("lottery_ticket", search))
    return Arm(name, steps, f"{kind}/{100 * density:g} %/loss")


def _against_controls(percent: int, rounds: int) -> Claim:
    density = percent / 100
    return Claim(
        id=f"ticket-{percent}",
        section="3.1 Lottery Ticket Hypothesis",
        sentence=f"With {percent} % of the weights, a winning ticket learns better than the same mask on new weights "
        "and than a random mask.",
        measure="ticket",
        models="sample",
        seeds=5,
        arms=(
            _ticket("ticket", "ticket", density, rounds),
            _ticket("new weights", "new weights", density, rounds),
            _ticket("random mask", "random mask", density, rounds),
        ),
        comparisons=(
            Comparison("ticket", "new weights", "difference", at_most=0.0),
            Comparison("ticket", "random mask", "difference", at_most=0.0),
        ),
        missing="A longer search: 160 steps of each round are one pass over the text.",
    )


def _half(name: str, *steps: Step) -> Arm:
    return Arm(name, steps)


SHEARED = _half("sheared", Step("sheared_llama", {**HEALING, **HALF, "steps": STEPS}))
NARROWED = _half(
    "width pruning, trained on",
    Step("width_pruning", {**CALIBRATION, **HALF}),
    Step("fine_tuning", {**HEALING, "steps": STEPS}),
)
FROM_SCRATCH = _half(
    "from scratch",
    Step(
        "train_from_scratch",
        {
            **HEALING,
            **SHAPE,
            "steps": STEPS,
            "learning_rate": 2e-3,
        },
    ),
)


def _batches(name: str, reference: str, **more: Any) -> Arm:
    training = {**HEALING, "steps": STEPS, "domains": DOMAINS, "reference": reference, "eval_steps": 10, **more}
    return Arm(name, (Step("width_pruning", {**CALIBRATION, **HALF}), Step("fine_tuning", training)))


PRUNING: tuple[Claim, ...] = (
    Claim(
        id="pruning-half",
        section="3 Pruning",
        sentence="Networks have more weights than they need: half of them can go for at most 5 % of perplexity.",
        measure="perplexity",
        arms=(
            Arm("50 % by SparseGPT", (Step("one_shot_pruning", {**CALIBRATION, "score": "sparsegpt"}),)),
            Arm("as it is"),
        ),
        comparisons=(Comparison("50 % by SparseGPT", "as it is", at_most=1.05),),
        deterministic=True,
        seeds=1,
        missing="A training behind the pruning, or a larger model: small ones that were trained on many tokens for "
        "each weight, as SmolLM2 was, have few to spare.",
    ),
    *(_against_controls(percent, rounds) for percent, rounds in ((50, 2), (20, 3), (10, 4), (5, 6))),
    Claim(
        id="ticket-dense",
        section="3.1 Lottery Ticket Hypothesis",
        sentence="A ticket with a fifth of the weights matches the dense network (held-out loss within 0.02 nats).",
        measure="ticket",
        models="sample",
        seeds=5,
        arms=(
            _ticket("ticket", "ticket", 0.2, 3),
            Arm("dense", _ticket("", "ticket", 0.2, 3).steps, "dense/100 %/loss"),
        ),
        comparisons=(Comparison("ticket", "dense", "difference", at_most=0.02),),
        missing="Longer trainings: in one pass over the text neither network overfits.",
    ),
    Claim(
        id="ticket-iterative",
        section="3.1.2 Limitations",
        sentence="Iterative pruning gives better tickets than one-shot pruning at small sizes (10 % of the weights).",
        measure="ticket",
        models="sample",
        seeds=5,
        arms=(_ticket("iterative", "ticket", 0.1, 4), _ticket("one shot", "ticket", 0.1, 1)),
        comparisons=(Comparison("iterative", "one shot", "difference", at_most=0.0),),
    ),
    Claim(
        id="ticket-dropout",
        section="3.1.1 Interaction with Dropout",
        sentence="Dropout and iterative pruning complement each other: tickets of 20 % are better with dropout of 0.1.",
        measure="ticket",
        models="sample",
        seeds=5,
        arms=(_ticket("dropout 0.1", "ticket", 0.2, 3, 0.1), _ticket("no dropout", "ticket", 0.2, 3)),
        comparisons=(Comparison("dropout 0.1", "no dropout", "difference", at_most=0.0),),
        missing="A training that overfits: one pass over the text leaves dropout nothing to prevent.",
    ),
    Claim(
        id="shearing-width",
        section="3.2.1 Targeted Structured Pruning",
        sentence="Masks that are learned find a better shape than importance scores: shearing beats width pruning at "
        "equal tokens.",
        measure="perplexity",
        models="sample",
        arms=(SHEARED, NARROWED),
        comparisons=(Comparison("sheared", "width pruning, trained on", at_most=1.0),),
        missing="More tokens for masks and weights: the authors learn masks for 0.4 billion tokens and train on for 50 "
        "billion, here are 82,000 in all.",
    ),
    Claim(
        id="shearing-scratch",
        section="3.2 LLM-shearing",
        sentence="A sheared model is better than one of the same shape that is trained from scratch on as many tokens.",
        measure="perplexity",
        models="sample",
        arms=(SHEARED, FROM_SCRATCH),
        comparisons=(Comparison("sheared", "from scratch", at_most=1.0),),
    ),
    Claim(
        id="shearing-batches",
        section="3.2 LLM-shearing",
        sentence="Dynamic batches bring the domain that is behind nearer to its reference than fixed ones.",
        measure="held-out losses after/encyclopedia",
        models="sample",
        arms=(_batches("dynamic", "source"), _batches("fixed", "fixed")),
        comparisons=(Comparison("dynamic", "fixed", "difference", at_most=0.0),),
        seeds=5,
        missing="A longer training: proportions move eight times here, a few hundred times in the paper.",
    ),
)
