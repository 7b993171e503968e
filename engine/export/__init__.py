"""Writing models for other programs, and proving that they load there.

The package can be called: ``engine.export(source, format, folder)`` is `engine.api.export`, which has the same name.
"""

from engine.base.callable_package import make_callable

make_callable(__name__)
