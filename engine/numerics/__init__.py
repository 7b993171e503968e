"""Pure functions on tensors: every formula stands here once, with its paper.

May import contracts and `engine.devices`. Nothing here knows a model, a file or a method.
"""
