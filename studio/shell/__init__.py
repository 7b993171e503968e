"""The frame: window, panels, status bar, palette, preferences, and the assembly that connects all parts.

May import every room of the studio. Only the program's start and the tests import it.
"""
