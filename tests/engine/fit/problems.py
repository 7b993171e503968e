"""A budget problem of the size that people have: 30 layers × 7 roles × 12 options and a tied embedding."""

from __future__ import annotations

import numpy as np

from engine.architecture.anatomy import Anatomy, Layer, Linear
from engine.contracts.budget import BudgetProblem, Decoding, Measurement, Option, Uniform, Unit

BITS = {
    "Q2_K": 2.625, "IQ3_XXS": 3.0625, "Q3_K": 3.4375, "IQ4_XS": 4.25, "Q4_0": 4.5, "Q4_K": 4.5, "Q4_1": 5.0,
    "Q5_0": 5.5, "Q5_K": 5.5, "Q6_K": 6.5625, "Q8_0": 8.5, "F16": 16.0,
}  # fmt: skip
SHAPES = {
    "q": (576, 576), "k": (192, 576), "v": (192, 576), "o": (576, 576),
    "gate": (1536, 576), "up": (1536, 576), "down": (576, 1536),
}  # fmt: skip
WEIGHT = {"q": 0.6, "k": 0.8, "v": 4.0, "o": 1.5, "gate": 0.7, "up": 0.9, "down": 2.0}


def realistic(layers: int = 30, roles: int = 7, seed: int = 0, measured: tuple[Measurement, ...] = ()) -> BudgetProblem:
    """Losses fall by four a bit, differ by role and layer, and have some noise of each option."""
    rng = np.random.default_rng(seed)

    def options(parameters: int, weight: float) -> tuple[Option, ...]:
        return tuple(
            Option(
                id=name,
                bytes=round(parameters * bits / 8 / 32) * 32,
                loss=0.0 if name == "F16" else float(weight * np.exp(0.1 * rng.normal()) * 4.0**-bits),
            )
            for name, bits in BITS.items()
        )

    units = [
        Unit(
            name=f"layer {layer}: {role}",
            layers=(f"model.layers.{layer}.{role}_proj",),
            layer=layer,
            role=role,
            parameters=rows * columns,
            options=options(rows * columns, WEIGHT[role] * (1 + 3 / (1 + layer))),
        )
        for layer in range(layers)
        for role, (rows, columns) in list(SHAPES.items())[:roles]
    ]
    table = 49152 * 576
    units.append(
        Unit(
            name="embedding",
            layers=("model.embed_tokens", "lm_head"),
            layer=None,
            role="embedding",
            parameters=table,
            options=options(table, 30.0),
        )
    )
    return BudgetProblem(
        target="gguf",
        model="fingerprint",
        text="WikiText-2",
        tokens=8192,
        fixed_bytes=1_800_000,
        units=tuple(units),
        uniform=tuple(Uniform(label=name, choices={unit.name: name for unit in units}) for name in list(BITS)[:11]),
        measured=measured,
    )


def timed(problem: BudgetProblem) -> BudgetProblem:
    """The same with speeds: each weight takes a nanosecond for every four bits, but "Q4_0" half of that."""

    def with_times(unit: Unit) -> Unit:
        options = tuple(
            option.model_copy(update={"milliseconds": 2e-6 * option.bytes * (0.5 if option.id == "Q4_0" else 1.0)})
            for option in unit.options
        )
        return unit.model_copy(update={"options": options})

    decoding = Decoding(program="llama.cpp", threads=2, milliseconds=1.0)
    return problem.model_copy(update={"units": tuple(map(with_times, problem.units)), "decoding": decoding})


def anatomy_of(layers: int) -> Anatomy:
    """The model that `realistic` is a problem of."""
    parts = tuple(
        Layer(
            layer,
            f"model.layers.{layer}",
            tuple(
                Linear(f"model.layers.{layer}.{role}_proj", role, layer, columns, rows, False, False, role)  # type: ignore[arg-type]
                for role, (rows, columns) in SHAPES.items()
            ),
            {},
        )
        for layer in range(layers)
    )
    return Anatomy("decoder", parts, ("model.embed_tokens",), "lm_head", True, None, 576, 9, 3, 64, 1536, 49152)
