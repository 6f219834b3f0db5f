"""Servers as child processes: Sluice, or MariaDB beside it. Used by every stage and measure that is written in Python."""

import contextlib
import os
import pathlib
import random
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time

import pymysql

ROOT = pathlib.Path(__file__).resolve().parents[2]
START_SECONDS = 120
STOP_SECONDS = 60


def program(preset):
    """The server of a preset, as tests/run_stages.py or scripts/build left it."""
    return pathlib.Path(os.environ.get(f"SLUICE_BUILD_{preset.upper()}", ROOT / "build" / preset)) / "sluice"


def free_port():
    """A port that nobody listens on, below those that the system gives to clients: one that connects again and again to a server that is down
    could be given the server's own port, and keep it."""
    first_of_clients = int(pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    for _ in range(1000):
        port = random.SystemRandom().randrange(10_000, max(first_of_clients, 20_000))
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise RuntimeError("no free port")


class ServerProcess:
    """A server on the loopback interface, in a session of its own; the `with` statement starts and ends it.

    directory: where its data and its log are, kept at the end; without one, a scratch directory that is removed at the end.
    After start(), `port` answers. `process` is None before the first start.
    """

    def __init__(self, directory=None):
        self.owns_directory = directory is None
        self.directory = pathlib.Path(directory or tempfile.mkdtemp(prefix="sluice-test-"))
        self.directory.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        self.process = None

    def command(self):
        raise NotImplementedError

    def environment(self):
        return dict(os.environ)

    def before_start(self):
        """Runs in the new process before it becomes the server."""

    def start(self):
        """Returns the seconds from the start of the process to the answer to a first query. Raises RuntimeError with the log's end."""
        command = [str(part) for part in self.command()]
        self.log_begin = self.log_path.stat().st_size if self.log_path.exists() else 0
        with open(self.log_path, "ab") as log:
            started = time.monotonic()
            self.process = subprocess.Popen(command, env=self.environment(), stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
                                            start_new_session=True, preexec_fn=self.before_start)
        while not self.answers():
            if not self.is_running() or time.monotonic() - started > START_SECONDS:
                self.kill()
                raise RuntimeError(f"the server does not start:\n{self.log()[-4000:]}")
            time.sleep(0.002)
        return time.monotonic() - started

    def answers(self):
        """Whether it answers to a statement, be it with an error: a test may want a server that lets nobody in."""
        try:
            self.query("SELECT 1")
            return True
        except pymysql.MySQLError as error:
            return bool(error.args) and isinstance(error.args[0], int) and not (error.args[0] == 0 or 2000 <= error.args[0] < 3000)

    @property
    def data(self):
        return self.directory / "data"

    @property
    def log_path(self):
        return self.directory / "server.log"

    def log(self):
        """What the process of the last start() printed."""
        if not self.log_path.exists():
            return ""
        return self.log_path.read_bytes()[self.log_begin:].decode(errors="replace")

    def connect(self, **options):
        options = {"host": "127.0.0.1", "port": self.port, "user": "root", "password": "", "charset": "utf8mb4", "autocommit": True,
                   "connect_timeout": 30, **options}
        options["password"] = options["password"].encode()  # PyMySQL would make Latin-1 of it
        return pymysql.connect(**options)

    def query(self, *statements, **options):
        """Runs the statements over a connection of their own; returns the rows of the last one."""
        with self.connect(**options) as connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
            return cursor.fetchall()

    def is_running(self):
        return self.process is not None and self.process.poll() is None

    def resident_kb(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status).group(1))

    def processor_seconds(self):
        """User and system time of all threads so far, as the kernel counts it."""
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def thread_count(self):
        return len(os.listdir(f"/proc/{self.process.pid}/task"))

    def terminate(self):
        """SIGTERM; returns the exit status and the seconds that it took."""
        started = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(STOP_SECONDS), time.monotonic() - started

    def kill(self):
        """SIGKILL, if it runs; returns when it has ended."""
        if self.is_running():
            self.process.kill()
        if self.process is not None:
            self.process.wait()

    def close(self):
        """Ends the process, and removes the directory if it is a scratch one."""
        if self.is_running():
            try:
                self.terminate()
            except subprocess.TimeoutExpired:
                self.kill()
        if self.owns_directory:
            shutil.rmtree(self.directory, ignore_errors=True)

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_):
        self.close()


class Sluice(ServerProcess):
    """server: the program. flags: of its command line. zone: the TZ of its environment."""

    def __init__(self, server, *flags, directory=None, zone=None):
        super().__init__(directory)
        self.server, self.flags, self.zone = server, flags, zone
        self.status_port = free_port()

    def command(self):
        return [self.server, "--path", self.data, "--port", self.port, "--status-port", self.status_port, *self.flags]

    def environment(self):
        return {**os.environ, **({"TZ": self.zone} if self.zone else {})}


class MariaDb(ServerProcess):
    """Debian's mariadb-server, without its system-wide configuration. settings: more of its command line."""

    def __init__(self, *settings, directory=None):
        super().__init__(directory)
        self.settings = settings

    def command(self):
        if not self.data.exists():
            subprocess.run(["mariadb-install-db", "--no-defaults", f"--datadir={self.data}", "--auth-root-authentication-method=normal",
                            f"--user={self.user()}", "--skip-test-db"], check=True, stdout=subprocess.DEVNULL,
                           stderr=subprocess.STDOUT)
        return ["mariadbd", "--no-defaults", f"--datadir={self.data}", f"--port={self.port}", "--bind-address=127.0.0.1",
                f"--socket={self.directory / 'socket'}", f"--user={self.user()}", "--character-set-server=utf8mb4",
                "--skip-name-resolve", *self.settings]

    @staticmethod
    def user():
        return "root" if os.getuid() == 0 else os.environ.get("USER", "mysql")
