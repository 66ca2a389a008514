"""Garbage is looked for in what a test made, and not among what was imported and collected for all of them.

Half a million objects of modules, the schema and thousands of tests live as long as the run. Counting them again and
again, while they are made and afterwards, took a tenth of its time.
"""

import gc

import pytest


@pytest.hookimpl(tryfirst=True)
def pytest_configure() -> None:
    gc.disable()


def pytest_collection_finish() -> None:
    gc.collect()
    gc.freeze()
    gc.enable()
