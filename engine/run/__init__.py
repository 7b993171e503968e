"""Executes a pipeline: signatures, estimates, stages, artifacts, measuring, progress. Loads torch.

May import everything below it. The window never imports it: what it shows of a run comes from `engine.record`.
"""
