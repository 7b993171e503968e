"""The document that a person edits: blocks, links, variants, folding, and which order of blocks works. Torch-free.

May import the registry of methods, contracts and base. Nothing here runs a block.
"""
