"""A model in work: opened from a source, walked layer by layer, scaled, sliced, sampled from, saved.

May import architecture, checkpoints, modules, numerics. Nothing here knows a method, a run or a format of export.
"""
