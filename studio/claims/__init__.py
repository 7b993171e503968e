"""The Claims page: what papers claim of the methods, and what measurements say."""
