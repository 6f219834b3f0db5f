"""The application that goes on writing during the tour."""

import random
import threading
import time

import pymysql

DEADLOCK, LOCK_WAIT_TIMEOUT = 1213, 1205


class Writers:
    """Clients that insert, change and delete orders as fast as they are let, each change committed by itself."""

    def __init__(self, server, rows, clients=2):
        self.server, self.rows = server, rows
        self.stopping = threading.Event()
        self.mutex = threading.Lock()
        self.commits, self.slowest, self.slowest_since, self.failure = 0, 0.0, 0.0, None
        self.seen_commits, self.seen_at = 0, time.monotonic()
        self.threads = [threading.Thread(target=self.run, args=(seed,), daemon=True) for seed in range(clients)]
        for thread in self.threads:
            thread.start()

    def run(self, seed):
        choices = random.Random(seed)
        statements = [
            lambda row: ("UPDATE orders SET amount = amount + 1, reference = SHA2(%s, 512) WHERE id = %s", (choices.random(), row)),
            lambda row: ("INSERT INTO orders (customer, amount, placed, reference) VALUES (%s, 9.99, NOW(), SHA2(%s, 512))", (row, choices.random())),
            lambda row: ("DELETE FROM orders WHERE id = %s", (row,)),
        ]
        try:
            with self.server.connect() as connection, connection.cursor() as cursor:
                while not self.stopping.is_set():
                    text, arguments = choices.choices(statements, (6, 3, 1))[0](choices.randint(1, self.rows))
                    started = time.monotonic()
                    try:
                        cursor.execute(text, arguments)
                    except pymysql.OperationalError as error:
                        if error.args[0] not in (DEADLOCK, LOCK_WAIT_TIMEOUT):
                            raise
                        continue
                    self.count(time.monotonic() - started)
        except (pymysql.MySQLError, OSError) as error:
            if not self.stopping.is_set():
                self.failure = error

    def count(self, seconds):
        with self.mutex:
            self.commits += 1
            self.slowest = max(self.slowest, seconds)
            self.slowest_since = max(self.slowest_since, seconds)

    def figures(self):
        """Commits per second, and the longest in seconds, since the last call. Raises what ended a client."""
        if self.failure is not None:
            raise self.failure
        with self.mutex:
            now = time.monotonic()
            rate = (self.commits - self.seen_commits) / max(now - self.seen_at, 1e-3)
            slowest = self.slowest_since
            self.seen_commits, self.seen_at, self.slowest_since = self.commits, now, 0.0
        return rate, slowest

    def stop(self):
        self.stopping.set()
        for thread in self.threads:
            thread.join(10)
