"""Servers of one test run: Sluice, or MariaDB beside it, each on a scratch directory and a free port of the loopback interface."""

import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time

import pymysql


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """A server process that the `with` statement starts and ends. `port` is where it listens; `output` is its log."""

    START_SECONDS = 120

    def __init__(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="sluice-test-"))
        self.port = free_port()
        self.process = None

    def command(self):
        raise NotImplementedError

    def environment(self):
        return dict(os.environ)

    @property
    def output(self):
        path = self.directory / "output"
        return path.read_text(errors="replace") if path.exists() else ""

    def connect(self, user="root", password="", database=None):
        return pymysql.connect(host="127.0.0.1", port=self.port, user=user, password=password, database=database,
                               charset="utf8mb4", autocommit=None, conv={}, connect_timeout=30)

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def start(self):
        with open(self.directory / "output", "ab") as log:
            self.process = subprocess.Popen(self.command(), env=self.environment(), stdout=log, stderr=subprocess.STDOUT,
                                            stdin=subprocess.DEVNULL)
        deadline = time.monotonic() + self.START_SECONDS
        while True:
            if self.process.poll() is not None:
                raise RuntimeError(f"the server ended at once:\n{self.output[-4000:]}")
            try:
                self.connect().close()
                return
            except pymysql.err.Error:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)

    def is_running(self):
        return self.process is not None and self.process.poll() is None

    def __exit__(self, *unused):
        if self.is_running():
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        shutil.rmtree(self.directory, ignore_errors=True)


class Sluice(Server):
    """`build_directory`: where scripts/build left the program. `zone`: the TZ of its environment."""

    def __init__(self, build_directory, zone="UTC"):
        super().__init__()
        self.program = pathlib.Path(build_directory) / "sluice"
        self.zone = zone
        self.status_port = free_port()

    def command(self):
        return [self.program, "--path", self.directory / "data", "--port", str(self.port), "--status-port", str(self.status_port)]

    def environment(self):
        return {**os.environ, "TZ": self.zone}


class MariaDb(Server):
    """Debian's mariadb-server, without its system-wide configuration."""

    def command(self):
        data = self.directory / "data"
        if not data.exists():
            subprocess.run(["mariadb-install-db", "--no-defaults", f"--datadir={data}", "--auth-root-authentication-method=normal",
                            f"--user={self.user()}", "--skip-test-db"], check=True, stdout=subprocess.DEVNULL,
                           stderr=subprocess.STDOUT)
        return ["mariadbd", "--no-defaults", f"--datadir={data}", f"--port={self.port}", "--bind-address=127.0.0.1",
                f"--socket={self.directory / 'socket'}", f"--user={self.user()}", "--character-set-server=utf8mb4",
                "--collation-server=utf8mb4_bin", "--default-time-zone=+00:00", "--innodb-flush-log-at-trx-commit=0",
                "--skip-name-resolve",
                "--sql-mode=ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION"]

    @staticmethod
    def user():
        return "root" if os.getuid() == 0 else os.environ.get("USER", "mysql")
