"""The installed program in the window: its version, the versions beside it, updates, rollback, repair.

The steps are the installer's (`engine.installer`), in processes of their own.
"""
