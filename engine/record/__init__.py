"""Records of runs: folders, states folded from events, reports, results, comparisons, disk usage. Torch-free.

May import pipelines, contracts, the registry of methods. Nothing here executes or measures.
"""
