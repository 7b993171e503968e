"""The window of Compression Studio."""

import engine  # noqa: F401 - first: it takes the current folder from the path, see `engine._forget_current_folder`
