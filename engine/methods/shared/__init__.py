"""Common parts of several methods. Methods import from here, never from one another."""
