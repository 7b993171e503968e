"""The panel that generates text with the model and its variants."""
