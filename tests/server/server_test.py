"""What the tests of the server share: a server of this build for each class, and waiting."""

import os
import pathlib
import sys
import time
import unittest

import pymysql

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "harness"))

from servers import Sluice, program  # noqa: E402

LONG = bool(os.environ.get("SLUICE_LONG"))


class Server(Sluice):
    """Started by the constructor. `directory` keeps its data over restarts."""

    def __init__(self, *flags, directory=None):
        super().__init__(program("debug"), *flags, directory=directory)
        try:
            self.start()
        except BaseException:
            self.close()
            raise


class ServerTest(unittest.TestCase):
    """Tests that share one server; each must leave it as it was. At the end it must still be there."""

    arguments = ()

    @classmethod
    def setUpClass(cls):
        cls.server = Server(*cls.arguments)

    @classmethod
    def tearDownClass(cls):
        lives = cls.server.process.poll() is None
        log = cls.server.log()
        cls.server.close()
        if not lives:
            raise RuntimeError(f"the server has died:\n{log[-5000:]}")

    def error_of(self, body):
        """The number of the error that `body` raises; 0 if it raises none."""
        try:
            body()
        except pymysql.MySQLError as error:
            return error.args[0]
        return 0

    def wait_until(self, condition, seconds=20, what="the condition"):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if condition():
                return
            time.sleep(0.02)
        self.fail(f"{what} did not come within {seconds} s")


def statement_of(server, connection_id):
    """What a connection runs, or None."""
    for row in server.query("SHOW FULL PROCESSLIST"):
        if row[0] == connection_id:
            return row[7]
    return None
