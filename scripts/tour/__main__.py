"""A tour of Sluice in the terminal: an index is built beside writes, cancelled half-way, built again and checked. Started by ./quickstart."""

import argparse
import os
import sys
import time

import pymysql

from server import JOB_THINGS, Server, Statement, running_job, tasks_below
from terminal import Terminal, bar, milliseconds
from writers import Writers

DATABASE = "sluice_tour"
STEPS = 6
ROWS_PER_INSERT = 50_000
LOADERS = 2
REDRAW_SECONDS = 0.1
ADD_INDEX = "ALTER TABLE orders ADD INDEX by_reference (reference)"
CANCELLED, INTERRUPTED = 8214, 1317


class TourFailed(Exception):
    """Something was not as it must be; the text says what."""


class Tour:
    def __init__(self, server, rows):
        self.server, self.rows = server, rows
        self.terminal = Terminal()
        self.writers = None
        self.step = 0

    def heading(self, text):
        self.step += 1
        self.terminal.heading(self.step, STEPS, text)

    def run(self):
        try:
            self.load()
            self.start_writing()
            self.cancel_half_way()
            self.build()
            self.check()
            self.stop_query()
        finally:
            if self.writers is not None:
                self.writers.stop()

    def load(self):
        self.heading(f"A table of {self.rows:,} orders")
        with self.server.connect(with_database=False) as connection, connection.cursor() as cursor:
            cursor.execute(f"DROP DATABASE IF EXISTS {DATABASE}")
            cursor.execute(f"CREATE DATABASE {DATABASE}")
            cursor.execute(f"USE {DATABASE}")
            cursor.execute("CREATE TABLE orders (id INT PRIMARY KEY AUTO_INCREMENT, customer INT NOT NULL, amount DECIMAL(10,2) NOT NULL, "
                           "placed DATETIME NOT NULL, reference CHAR(128) NOT NULL)")
        self.terminal.statement("INSERT INTO orders ... SELECT ... FROM numbers")
        started, loaded, running = time.monotonic(), 0, []
        waiting = [(first, min(ROWS_PER_INSERT, self.rows - first)) for first in range(0, self.rows, ROWS_PER_INSERT)]
        while waiting or running:
            while waiting and len(running) < LOADERS:
                first, count = waiting.pop(0)
                running.append((Statement(self.server, self.insert(first, count)), count))
            time.sleep(REDRAW_SECONDS / 4)
            for statement, count in running:
                if not statement.is_alive():
                    self.expect(statement.error is None, f"the load failed: {statement.error}")
                    loaded += count
            running = [pair for pair in running if pair[0].is_alive()]
            seconds = time.monotonic() - started
            self.terminal.draw(f"  {bar(loaded / self.rows)} {loaded:>11,} rows  {loaded / seconds:>9,.0f} rows/s")
        self.terminal.keep()

    @staticmethod
    def insert(first, count):
        return (f"INSERT INTO orders (id, customer, amount, placed, reference) WITH RECURSIVE numbers (n) AS (SELECT {first + 1} UNION ALL "
                f"SELECT n + 1 FROM numbers WHERE n < {first + count}) SELECT n, (n * 7919) % 100003, (n % 100000) / 100, "
                "'2026-01-01' + INTERVAL n SECOND, SHA2(n, 512) FROM numbers")

    def start_writing(self):
        self.heading("An application that goes on writing, all the time from here on")
        self.writers = Writers(self.server, self.rows)
        self.watch_writes(2.0)
        self.terminal.keep()

    def watch_writes(self, seconds):
        """Shows the writers at work for a while."""
        ends = time.monotonic() + seconds
        self.writers.figures()
        while time.monotonic() < ends:
            time.sleep(min(seconds, 0.5))
            self.terminal.draw(self.writes_line())

    def writes_line(self):
        rate, slowest = self.writers.figures()
        return f"  beside it: {rate:,.0f} commits/s, the slowest took {milliseconds(slowest)}"

    def cancel_half_way(self):
        self.heading("An index on their references; half-way through, somebody cancels it")
        quiet = self.server.live_things()
        for _ in range(3):
            job_id, percent, done = self.build_until(0.5)
            if not done:
                break
            # The machine was quicker than the cancel.
            self.server.query("ALTER TABLE orders DROP INDEX by_reference")
        self.expect(not done, "the index was there before it could be cancelled; try more rows")
        self.show_nothing_left(job_id, quiet)

    def build_until(self, fraction):
        """Starts the index and cancels it at `fraction`. Returns its job, how far it was, and whether it was ready before the cancel."""
        self.terminal.statement(ADD_INDEX)
        alter = Statement(self.server, ADD_INDEX)
        job_id, reached = self.watch(alter, fraction)
        if job_id is None:
            return None, 1.0, True
        asked = time.monotonic()
        result = self.server.query(f"ADMIN CANCEL DDL JOBS {job_id}")[0][1]
        answered = time.monotonic()
        alter.join(60)
        if result != "successful" or alter.error is None:
            self.expect(alter.error is None and not alter.is_alive(), f"the cancel said {result!r}, the statement {alter.error}")
            return job_id, 1.0, True
        self.terminal.statement(f"ADMIN CANCEL DDL JOBS {job_id}")
        self.expect(alter.error_number == CANCELLED, f"the client got {alter.error}, not error {CANCELLED}")
        self.terminal.good(f"cancelled at {reached:.0%}: the cancel answered after {milliseconds(answered - asked)}, "
                           f"the client had its error {milliseconds(alter.ended - asked)} after it was asked for")
        self.terminal.write(f"    ERROR {alter.error.args[0]}: {alter.error.args[1]}")
        return job_id, reached, False

    def watch(self, alter, until=None):
        """Draws the progress until the statement ends, or until `until`. Returns the job and how far it was; (None, 1.0) after the end."""
        last_writes, writes = 0.0, self.writes_line()
        progress = None
        with self.server.connect() as connection, connection.cursor() as cursor:
            while alter.is_alive():
                progress = running_job(cursor) or progress
                if progress is not None:
                    if time.monotonic() - last_writes > 0.5:
                        last_writes, writes = time.monotonic(), self.writes_line()
                    self.terminal.draw(f"  {bar(progress.fraction)} {progress.fraction:>4.0%}  {progress.phase:<8} {progress.rows:>10,} rows  "
                                       f"{progress.rows_per_second:>9,} rows/s", writes)
                    if until is not None and progress.fraction >= until:
                        return progress.job_id, progress.fraction
                time.sleep(REDRAW_SECONDS / 4)
        return None, 1.0

    def show_nothing_left(self, job_id, quiet):
        with self.server.connect() as connection, connection.cursor() as cursor:
            tasks = tasks_below(cursor, f"ddl job {job_id}")
            cursor.execute("SHOW INDEX FROM orders WHERE Key_name = 'by_reference'")
            entries = len(cursor.fetchall())
            cursor.execute("ADMIN SHOW DDL JOBS 1")
            names = [column[0] for column in cursor.description]
            state = dict(zip(names, cursor.fetchall()[0]))["STATE"]
        live = self.server.live_things()
        left = {kind: live.get(kind, 0) - quiet.get(kind, 0) for kind in JOB_THINGS}
        self.terminal.write(f"    what is left of it: tasks {tasks}, " + ", ".join(f"{kind} {count}" for kind, count in left.items()))
        self.terminal.write(f"    columns of the index {entries}; job {job_id}: {state}")
        self.expect(tasks == 0 and entries == 0 and not any(left.values()), "the cancelled job left something")
        self.terminal.good("nothing (from information_schema.SLUICE_TASKS and the status port's /metrics)")

    def build(self):
        self.heading("The same index again, to the end")
        before = self.look_up()
        self.terminal.statement(ADD_INDEX)
        alter = Statement(self.server, ADD_INDEX)
        self.watch(alter)
        self.terminal.keep()
        self.expect(alter.error is None, f"the index failed: {alter.error}")
        self.terminal.good(f"built in {milliseconds(alter.seconds)} beside the writes; an order is found by its reference in "
                           f"{milliseconds(self.look_up())}, before in {milliseconds(before)}")

    def look_up(self):
        """Seconds that it takes to ask for one reference."""
        with self.server.connect() as connection, connection.cursor() as cursor:
            started = time.monotonic()
            cursor.execute("SELECT id FROM orders WHERE reference = SHA2(%s, 512)", (self.rows // 2,))
            return time.monotonic() - started

    def check(self):
        self.heading("Is each entry of the index right, and each row in it?")
        self.terminal.statement("ADMIN CHECK TABLE orders")
        check = Statement(self.server, "ADMIN CHECK TABLE orders")
        self.writers.figures()
        while check.is_alive():
            time.sleep(REDRAW_SECONDS * 5)
            self.terminal.draw(f"  checking for {milliseconds(check.seconds)}", self.writes_line())
        self.terminal.clear()
        self.expect(check.error is None, f"the check found: {check.error}")
        self.terminal.good(f"consistent; checked in {milliseconds(check.seconds)}")

    def stop_query(self):
        self.heading("A query that would run for days is stopped")
        text = "SELECT COUNT(*) FROM orders a JOIN orders b ON a.amount < b.customer + 1"
        self.terminal.statement(text)
        query = Statement(self.server, text)
        query.join(1.5)
        self.expect(query.is_alive(), f"it ended by itself: {query.rows} {query.error}")
        asked = time.monotonic()
        self.server.query(f"KILL QUERY {query.connection_id}")
        query.join(60)
        self.terminal.statement(f"KILL QUERY {query.connection_id}")
        self.expect(query.error_number == INTERRUPTED, f"the client got {query.error}, not error {INTERRUPTED}")
        self.terminal.good(f"stopped: the client had its error {milliseconds(query.ended - asked)} after it was asked for")
        self.writers.stop()
        self.expect(self.writers.failure is None, f"a writer failed: {self.writers.failure}")
        self.terminal.write(f"    the application committed {self.writers.commits:,} changes meanwhile; the slowest took {milliseconds(self.writers.slowest)}")

    @staticmethod
    def expect(is_so, complaint):
        if not is_so:
            raise TourFailed(complaint)


def main():
    parser = argparse.ArgumentParser(description=__doc__, prog="scripts/tour")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=4000)
    parser.add_argument("--status-port", type=int, default=10080)
    parser.add_argument("--rows", type=int, default=2_000_000)
    arguments = parser.parse_args()
    tour = Tour(Server(arguments.host, arguments.port, arguments.status_port, DATABASE), arguments.rows)
    try:
        tour.run()
        return 0
    except KeyboardInterrupt:
        tour.terminal.write()
        return 130
    except TourFailed as failure:
        tour.terminal.bad(str(failure))
    except (pymysql.MySQLError, OSError) as error:
        tour.terminal.bad(f"the server: {error}")
    return 1


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    # Without waiting for clients that a stopped server keeps waiting.
    os._exit(code)
