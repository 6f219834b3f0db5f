"""How the programs in Python tell `run` what passed; the programs in other languages print the same lines."""

import sys
import traceback


class Report:
    """Runs named checks; a check fails by raising. Prints one line per check: `ok NAME`, or `failed NAME: why`."""

    def __init__(self):
        self.failures = 0

    def check(self, name, function, *arguments):
        try:
            function(*arguments)
        except Exception as error:  # noqa: BLE001, every failure is a line of the report
            self.failures += 1
            place = traceback.extract_tb(error.__traceback__)[-1]
            print(f"failed {name}: {type(error).__name__}: {str(error)[:600]!r} (line {place.lineno})", flush=True)
        else:
            print(f"ok {name}", flush=True)

    def finish(self):
        sys.exit(1 if self.failures else 0)


def equal(actual, expected, what=""):
    """Raises AssertionError unless both are the same."""
    if actual != expected or type(actual) is not type(expected):
        raise AssertionError(f"{what}: {actual!r} instead of {expected!r}")


def raises(kind, function, *arguments):
    """Returns the exception of type `kind` that `function` raises; raises AssertionError if it raises none."""
    try:
        function(*arguments)
    except kind as error:
        return error
    raise AssertionError(f"no {kind.__name__}")
