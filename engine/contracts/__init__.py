"""The words that every room shares. Nothing here imports torch, Qt or another room."""
