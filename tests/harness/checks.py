"""Runs a stage's test functions one after the other and prints the summary that tests/run_stages.py reads."""

import inspect
import pathlib
import sys
import tempfile
import traceback


def run(module):
    """Calls every function `test_*` of the module with a directory of its own. Returns the exit status."""
    passed = failed = 0
    for name, function in inspect.getmembers(sys.modules[module], inspect.isfunction):
        if not name.startswith("test_"):
            continue
        with tempfile.TemporaryDirectory(prefix="sluice-") as directory:
            try:
                function(pathlib.Path(directory))
                passed += 1
            except Exception:
                failed += 1
                print(f"{name}:\n{traceback.format_exc()}", flush=True)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0
