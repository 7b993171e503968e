"""Evaluation tasks: their definitions as files, the bundled ones with a scorer, all others by lm-evaluation-harness.

A definition of a stranger is data: it runs no code that nobody said yes to. Never here: texts and perplexity (see
`engine.measure.evaluate`), answers beside an original's (`engine.measure.generation_check`).
"""
