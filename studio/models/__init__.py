"""The dialog that opens a model and shows its structure."""
