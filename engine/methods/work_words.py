"""Words for what is being done, for translators: the present step of a block, as its card and the charts say it.

Numbers and names of parts are places, as in `engine.methods.plot_words`.
"""

from __future__ import annotations

from itertools import product

VERBS = ("Calibrating", "Measuring", "Measuring the original:", "Pruning", "Quantizing", "Storing", "Verifying",
    "Working on", "Writing")  # fmt: skip
OF_PARTS = ("layer {0} of {1}", "{0}")
OF_TEXTS = ("answer {0} of {1}", "position {0} of {1}", "window {0} of {1}")
STEPS = (
    "Backward, layer {0} of {1}", "Checking the files", "Checking the pipeline", "Drawing labels and their gradients",
    "Fitting the projections", "Forward, layer {0} of {1}", "Loading it in a fresh process", "Loading the model",
    "Loading the teacher", "Looking for a stored result", "Measuring llama.cpp's speed in {0}",
    "Measuring plan {0} of {1}", "Measuring round {0} of {1}", "Measuring speed", "Measuring the plan",
    "Measuring the plan on held-out text", "Measuring the uniform model on held-out text", "Trying {0} of {1} experts",
    "Measuring the source model", "Reading the text", "step {0} of {1}", "Storing the result",
    "The teacher writes: {0} of {1} texts", "Trying without layer {0}", "Writing the description of the result",
    "Verifying", "Measuring", "Working",
    "Writing the report",
)  # fmt: skip
_READING = ("Measuring", "Measuring the original:", "Verifying")
WORDS = frozenset(
    (
        *STEPS,
        *(f"{verb} {what}" for verb, what in product(VERBS, OF_PARTS)),
        *(f"{verb} {what}" for verb, what in product(_READING, OF_TEXTS)),
    )
)
