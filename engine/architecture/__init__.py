"""The parts of a network: recognition, anatomy, experts, skeletons without weights.

May import checkpoints (their headers name the tensors) and modules. Nothing here reads or writes a weight.
"""
