"""A server process on a directory, for stages that are written in Python. Nothing outlives the `with` block."""

import os
import pathlib
import signal
import socket
import subprocess
import time

import pymysql

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
START_LIMIT_SECONDS = 60


def program(preset):
    return pathlib.Path(os.environ.get(f"SLUICE_BUILD_{preset.upper()}", ROOT / "build" / preset)) / "sluice"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class ServerProcess:
    def __init__(self, server, path, *flags):
        self.port, self.status_port = free_port(), free_port()
        self.process = subprocess.Popen(
            [server, "--path", path, "--port", str(self.port), "--status-port", str(self.status_port), *flags],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, start_new_session=True)
        deadline = time.monotonic() + START_LIMIT_SECONDS
        while True:
            try:
                self.connect().close()
                return
            except pymysql.MySQLError:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    self.process.kill()
                    raise RuntimeError(f"the server does not answer: {self.process.stderr.read()}") from None
                time.sleep(0.02)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.process.stderr.close()

    def connect(self, **more):
        return pymysql.connect(host="127.0.0.1", port=self.port, user="root", autocommit=True, connect_timeout=10, **more)

    def query(self, *statements):
        """Runs the statements; returns the rows of the last one."""
        with self.connect() as connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
            return cursor.fetchall()

    def terminate(self):
        """SIGTERM; returns the exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)
