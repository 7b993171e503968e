"""Bytes on disk and on the hub: headers, tensors, packed layouts, containers, checksums, consent. No networks.

May import numerics and contracts. Nothing here knows a transformers class.
"""
