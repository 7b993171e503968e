"""Fit to budget: spread a number of bytes over the layers of a model, say why, and hand the plan to other programs.
Torch-free: the window solves it while a slider moves."""
