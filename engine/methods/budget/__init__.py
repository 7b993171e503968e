"""Methods that spread a number of bytes over a model, above the other families, whose formats they choose from."""
