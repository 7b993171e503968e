"""Fit to budget: spread a number of bytes over the layers of a model, say why, and hand the plan to other programs.
Torch-free: the window solves it while a slider moves.

The package can be called: ``engine.fit(model, size)`` is `engine.api.fit`, which has the same name.
"""

from engine.base.callable_package import make_callable

make_callable(__name__)
