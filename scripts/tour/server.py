"""The server as the tour sees it: connections, schema-change jobs, and what is alive."""

import dataclasses
import re
import threading
import time
import urllib.request

import pymysql

# Of sluice_live_things: what only a schema change holds here. The tour's own clients hold the others on and off.
JOB_THINGS = ["sort runs", "sst writers", "temp dirs", "files", "safepoint leases"]


@dataclasses.dataclass
class Progress:
    """A running job, as ADMIN SHOW DDL JOBS tells it."""

    job_id: int
    rows: int
    phase: str
    fraction: float
    rows_per_second: int


class Server:
    def __init__(self, host, port, status_port, database):
        self.host, self.port, self.status_port, self.database = host, port, status_port, database

    def connect(self, with_database=True):
        return pymysql.connect(host=self.host, port=self.port, user="root", database=self.database if with_database else None,
                               autocommit=True, connect_timeout=10, init_command="SET cte_max_recursion_depth = 1000000")

    def query(self, statement):
        with self.connect() as connection, connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall()

    def live_things(self):
        """Counts by kind, from the status port."""
        with urllib.request.urlopen(f"http://{self.host}:{self.status_port}/metrics", timeout=10) as answer:
            text = answer.read().decode()
        return {kind: int(count) for kind, count in re.findall(r'^sluice_live_things\{kind="([^"]+)"\} (\d+)$', text, re.M)}


class Statement(threading.Thread):
    """Runs one statement on a connection of its own. `error` and `ended` (time.monotonic()) hold once `is_alive()` is false."""

    def __init__(self, server, text):
        super().__init__(daemon=True)
        self.text, self.error, self.rows, self.ended = text, None, (), None
        self.connection = server.connect()
        self.connection_id = self.connection.thread_id()
        self.started = time.monotonic()
        self.start()

    def run(self):
        try:
            with self.connection.cursor() as cursor:
                cursor.execute(self.text)
                self.rows = cursor.fetchall()
        except (pymysql.MySQLError, OSError) as error:
            self.error = error
        self.ended = time.monotonic()
        self.connection.close()

    @property
    def seconds(self):
        return (self.ended or time.monotonic()) - self.started

    @property
    def error_number(self):
        return self.error.args[0] if self.error is not None and self.error.args else None


def running_job(cursor):
    """The progress of the schema change that runs; None if none does."""
    cursor.execute("ADMIN SHOW DDL JOBS 1")
    names = [column[0] for column in cursor.description]
    for values in cursor.fetchall():
        row = dict(zip(names, values))
        if row["STATE"] == "running":
            comments = row["COMMENTS"]
            found = re.search(r"phase=(\w+), ([\d.]+)%, (\d+) rows/s", comments)
            phase, percent, rate = found.groups() if found else ("start", "0", "0")
            return Progress(int(row["JOB_ID"]), int(row["ROW_COUNT"]), phase, float(percent) / 100, int(rate))
    return None


def tasks_below(cursor, name):
    """How many tasks of SLUICE_TASKS are `name` or descend from it."""
    cursor.execute("SELECT ID, PARENT_ID, NAME FROM information_schema.SLUICE_TASKS")
    rows = cursor.fetchall()
    tree = {row[0] for row in rows if row[2] == name}
    while True:
        more = {row[0] for row in rows if row[1] in tree} | tree
        if more == tree:
            return len(tree)
        tree = more
