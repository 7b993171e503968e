"""The tests that every method has to pass, for methods of other packages too; and the tiny models that they run on.

With the package of a method installed::

    pytest --pyargs engine.testing --method my_method
    pytest --pyargs engine.testing --method 'my_method steps=4 num_samples=8' --kinds llama,gpt2

takes it through all architectures: the output is finite, the artifact says what the model said, the estimate of the
disk is right, a run that was killed at any part resumes to the same bytes, a cancel keeps the finished parts, and
what is exported loads in a fresh process. ``--method my_package.settings:METHOD`` tests a method that no entry point
declares. `pytest` has to be installed (``pip install pytest``); nothing else of the engine imports it.

For tests of one's own: `models` builds tiny random models of many architectures, `stage` applies a method to one of
them and kills or cancels it where a test says so. `matrix` holds the tests.
"""
