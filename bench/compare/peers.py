"""The two servers that are compared, each as a private process on a scratch directory."""

import os
import pathlib
import signal
import socket
import subprocess
import time

import pymysql

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
START_LIMIT_SECONDS = 120


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Peer:
    """A server that can be started, asked and measured. Subclasses say how it is set up and started."""

    name = ""

    def __init__(self, scratch, cache_mb):
        self.directory = scratch / self.name
        self.directory.mkdir(parents=True)
        self.cache_mb = cache_mb
        self.port = free_port()
        self.process = None

    def command(self):
        raise NotImplementedError

    def start(self):
        """Returns the seconds from the start of the process to the answer to a first query."""
        log = open(self.directory / "server.log", "ab")
        started = time.monotonic()
        self.process = subprocess.Popen(self.command(), stdout=log, stderr=log, start_new_session=True)
        log.close()
        while True:
            try:
                with self.connect() as connection, connection.cursor() as cursor:
                    cursor.execute("SELECT 1")
                    return time.monotonic() - started
            except pymysql.MySQLError:
                if self.process.poll() is not None or time.monotonic() - started > START_LIMIT_SECONDS:
                    raise RuntimeError(f"{self.name} does not answer; its log: {self.directory}/server.log") from None
                time.sleep(0.002)

    def stop(self):
        if self.process is None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None

    def connect(self, database=None):
        return pymysql.connect(host="127.0.0.1", port=self.port, user="root", database=database, autocommit=True, connect_timeout=10)

    def execute(self, *statements, database=None):
        """Runs the statements and returns the rows of the last one."""
        with self.connect(database) as connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
            return cursor.fetchall()

    def set_durability(self, value):
        self.execute(f"SET GLOBAL innodb_flush_log_at_trx_commit = {value}")

    def cpu_seconds(self):
        """User and system time of all threads so far, as the kernel counts it."""
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS_PER_SECOND

    def resident_mb(self):
        for line in pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
        raise RuntimeError("no VmRSS")


class Sluice(Peer):
    name = "sluice"

    def __init__(self, scratch, cache_mb, program):
        super().__init__(scratch, cache_mb)
        self.program = program

    def command(self):
        return [self.program, "--path", self.directory / "data", "--port", str(self.port), "--status-port", "0",
                "--cache-size", f"{self.cache_mb}MiB", "--log-level", "warn"]

    def version(self):
        return self.execute("SELECT VERSION()")[0][0]


class MariaDb(Peer):
    name = "mariadb"

    def __init__(self, scratch, cache_mb):
        super().__init__(scratch, cache_mb)
        self.options = ["--no-defaults", f"--datadir={self.directory / 'data'}", f"--user={os.environ.get('USER') or 'root'}"]
        install = subprocess.run(["mariadb-install-db", *self.options, "--auth-root-authentication-method=normal", "--skip-test-db"],
                                 capture_output=True, text=True)
        if install.returncode != 0:
            raise RuntimeError(f"mariadb-install-db: {install.stdout}{install.stderr}")

    def command(self):
        return ["mariadbd", *self.options, f"--port={self.port}", "--bind-address=127.0.0.1", f"--socket={self.directory / 'socket'}",
                f"--pid-file={self.directory / 'pid'}", f"--innodb-buffer-pool-size={self.cache_mb}M",
                # Sluice's defaults, so that both store and compare the same: rows of four-byte characters, binary order.
                "--character-set-server=utf8mb4", "--collation-server=utf8mb4_bin",
                # Log space for the whole run: no checkpoint is forced within a round.
                "--innodb-log-file-size=1G", "--skip-log-bin", "--max-connections=300"]

    def version(self):
        return self.execute("SELECT VERSION()")[0][0]
