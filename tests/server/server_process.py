"""A server of this build as a child process, on ports that the system chooses."""

import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

import pymysql

ROOT = pathlib.Path(__file__).resolve().parents[2]
LONG = bool(os.environ.get("SLUICE_LONG"))
START_SECONDS = 60
STOP_SECONDS = 60


def binary():
    return pathlib.Path(os.environ.get("SLUICE_BUILD_DEBUG", ROOT / "build/debug")) / "sluice"


class Server:
    """Started by the constructor. `directory` keeps its data over restarts."""

    def __init__(self, *arguments, directory=None):
        self.owns_directory = directory is None
        self.directory = pathlib.Path(directory or tempfile.mkdtemp(prefix="sluice-server-test-"))
        self.arguments = [str(argument) for argument in arguments]
        self.process = None
        self.start()

    def start(self):
        self.log_path = self.directory.with_suffix(".log")
        with open(self.log_path, "w") as log:
            self.process = subprocess.Popen(
                [str(binary()), "--path", str(self.directory), "--port", "0", "--status-port", "0", *self.arguments],
                stdout=log, stderr=subprocess.STDOUT, start_new_session=True, preexec_fn=self.before_start)
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            ready = re.search(r"ready for connections.*\[port=(\d+)\]", self.log())
            if ready:
                self.port = int(ready.group(1))
                return
            if self.process.poll() is not None:
                raise RuntimeError(f"the server did not start:\n{self.log()}")
            time.sleep(0.01)
        raise RuntimeError(f"the server is not ready:\n{self.log()}")

    def before_start(self):
        """Runs in the new process."""

    def log(self):
        return self.log_path.read_text(errors="replace")

    def connect(self, **options):
        options = {"host": "127.0.0.1", "port": self.port, "user": "root", "password": "", "charset": "utf8mb4", "autocommit": True, **options}
        options["password"] = options["password"].encode()    # PyMySQL would make Latin-1 of it
        return pymysql.connect(**options)

    def run(self, *statements, **options):
        """The rows of the last statement, over a connection of its own."""
        connection = self.connect(**options)
        try:
            with connection.cursor() as cursor:
                for statement in statements:
                    cursor.execute(statement)
                return cursor.fetchall()
        finally:
            connection.close()

    def memory_kb(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status).group(1))

    def processor_seconds(self):
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def thread_count(self):
        return len(os.listdir(f"/proc/{self.process.pid}/task"))

    def terminate(self):
        """SIGTERM; returns the exit code and the seconds that it took."""
        started = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(STOP_SECONDS)
        return code, time.monotonic() - started

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        if self.owns_directory:
            shutil.rmtree(self.directory, ignore_errors=True)
            self.log_path.unlink(missing_ok=True)


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
    for row in server.run("SHOW FULL PROCESSLIST"):
        if row[0] == connection_id:
            return row[7]
    return None
