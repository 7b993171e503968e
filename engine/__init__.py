"""The engine of Compression Studio: everything but the window. Importing it loads neither torch nor Qt."""

__version__ = "0.1.0"
