"""SIGTERM with work in progress (scenario S35)."""

import threading
import time
import unittest

import pymysql

from server_test import Server, statement_of
from test_kill import LONG_QUERY, Running
from wire import Closed, RawConnection

# Scenario S35 allows as much.
EXIT_SECONDS = 15


class ShutdownTest(unittest.TestCase):
    def setUp(self):
        self.server = Server()
        self.addCleanup(self.server.close)
        self.server.query("USE test", "CREATE TABLE numbers (n INT PRIMARY KEY, k INT)", "SET cte_max_recursion_depth = 10000",
                        "INSERT INTO numbers WITH RECURSIVE s AS (SELECT 1 n UNION ALL SELECT n + 1 FROM s WHERE n < 2000) SELECT n, n % 7 FROM s")

    def terminate(self):
        code, seconds = self.server.terminate()
        self.assertEqual(code, 0, self.server.log()[-3000:])
        self.assertLess(seconds, EXIT_SECONDS)

    def test_running_statements_end_with_1053_and_idle_connections_close(self):
        idle = RawConnection(self.server.port)
        silent = RawConnection(self.server.port, log_in=False)
        half = RawConnection(self.server.port)
        half.send_bytes(b"\x20\0")
        in_login = RawConnection(self.server.port, log_in=False)
        in_login.send_bytes(b"\x40\0\0\x01half of a login")
        stalled = RawConnection(self.server.port, receive_buffer=4096)
        stalled.query("USE test")
        stalled.command(3, b"SELECT REPEAT('x', 1000) FROM numbers a, numbers b")
        holder = self.server.connect(database="test", autocommit=False)
        holder.cursor().execute("UPDATE numbers SET k = 1 WHERE n = 1")
        running = [Running(self.server, statement, database="test")
                   for statement in (LONG_QUERY, "SELECT SLEEP(300) FROM numbers", "UPDATE numbers SET k = 2 WHERE n = 1",
                                     "INSERT INTO numbers SELECT a.n + 2000 + b.n * 0, SLEEP(1) FROM numbers a, numbers b")]
        self.terminate()
        self.assertEqual([statement.end()[0] for statement in running], [1053] * len(running))
        for connection in (idle, silent, half, in_login):
            with self.assertRaises(Closed):
                connection.read_exactly(1)
        self.server.start()
        self.assertEqual(self.server.query("SELECT COUNT(*), SUM(k) FROM test.numbers"), ((2000, sum(n % 7 for n in range(1, 2001))),))

    def restart(self, *flags):
        self.terminate()
        self.server.flags = flags
        self.server.start()

    def test_statements_finish_within_their_grace(self):
        self.restart("--shutdown-grace", "60")
        running = Running(self.server, "SELECT SLEEP(1)", database="test")
        self.terminate()
        self.assertEqual((running.end()[0], running.rows), (0, ((0,),)))

    def test_no_connection_is_taken_meanwhile(self):
        self.restart("--shutdown-grace", "2.5")
        running = Running(self.server, LONG_QUERY, database="test")
        thread = threading.Thread(target=self.terminate)
        thread.start()
        time.sleep(0.5)
        try:
            with self.assertRaises((pymysql.MySQLError, OSError, Closed)):
                connection = RawConnection(self.server.port, log_in=False, timeout=20)
                connection.close()
        finally:
            thread.join()
        self.assertEqual(running.end()[0], 1053)

    def test_a_schema_change_goes_on_after_the_restart(self):
        rows = 120_000
        self.server.query("USE test", "CREATE TABLE big (id INT PRIMARY KEY, k INT, t VARCHAR(200))",
                        f"SET cte_max_recursion_depth = {rows}",
                        f"INSERT INTO big WITH RECURSIVE s AS (SELECT 1 n UNION ALL SELECT n + 1 FROM s WHERE n < {rows}) SELECT n, n * 7919 % 1000, REPEAT('x', 100) FROM s")
        change = Running(self.server, "ALTER TABLE big ADD INDEX by_k (k, t)", database="test")
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline and change.thread.is_alive():
            jobs = self.server.query("ADMIN SHOW DDL JOBS 1")
            if jobs and "running" in [str(value) for value in jobs[0]] and "write reorganization" in [str(value) for value in jobs[0]]:
                break
            time.sleep(0.005)
        self.terminate()
        error = change.end()[0]
        # Either it was quick enough, or its client was told.
        self.assertIn(error, (0, 1053))
        self.server.start()
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            if "by_k" in self.server.query("SHOW CREATE TABLE test.big")[0][1]:
                break
            time.sleep(0.2)
        self.server.query("ADMIN CHECK TABLE test.big")
        self.assertEqual(self.server.query("SELECT COUNT(*) FROM test.big USE INDEX (by_k) WHERE k >= 0"), ((rows,),))
        self.assertIsNone(statement_of(self.server, change.id))
