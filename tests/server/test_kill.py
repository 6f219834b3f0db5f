"""KILL and KILL QUERY, and clients that go away: scenarios S24 to S29, S33, S34 of the cancellation plan on one server."""

import os
import random
import socket
import struct
import tempfile
import threading
import time

import pymysql

from server_test import LONG, ServerTest, statement_of
from wire import (COM_PROCESS_KILL, COM_QUERY, COM_STMT_CLOSE, COM_STMT_EXECUTE, COM_STMT_FETCH, Closed, RawConnection, ServerError)

# Bounds are generous: the machine may be busy.
PROMPT_SECONDS = 5
LONG_QUERY = "SELECT COUNT(*) FROM numbers a, numbers b, numbers c WHERE a.n + b.n + c.n < 0"


class Running:
    """A statement that runs on a connection of its own."""

    def __init__(self, server, statement, **options):
        self.connection = server.connect(**options)
        self.id = self.connection.thread_id()
        self.error = 0
        self.rows = None
        self.statement = statement
        self.thread = threading.Thread(target=self.run)
        self.thread.start()
        deadline = time.monotonic() + 20
        while statement_of(server, self.id) != statement and time.monotonic() < deadline and self.thread.is_alive():
            time.sleep(0.01)

    def run(self):
        try:
            with self.connection.cursor() as cursor:
                cursor.execute(self.statement)
                self.rows = cursor.fetchall()
        except pymysql.MySQLError as error:
            self.error = error.args[0]

    def end(self):
        """The error number, and the seconds that were waited for it."""
        started = time.monotonic()
        self.thread.join(60)
        return self.error, time.monotonic() - started


class KillTest(ServerTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server.query("USE test", "CREATE TABLE numbers (n INT PRIMARY KEY)", "SET cte_max_recursion_depth = 10000",
                       "INSERT INTO numbers WITH RECURSIVE s AS (SELECT 1 n UNION ALL SELECT n + 1 FROM s WHERE n < 2000) SELECT n FROM s",
                       "CREATE TABLE wide (id INT PRIMARY KEY, t VARCHAR(1000))",
                       "INSERT INTO wide SELECT n, REPEAT('x', 1000) FROM numbers",
                       "CREATE TABLE target (id INT PRIMARY KEY, v INT)", "INSERT INTO target VALUES (1, 0), (2, 0)",
                       "CREATE USER other IDENTIFIED BY 'x'", "GRANT ALL ON test.* TO other", database="test")

    def in_test(self, **options):
        return self.server.connect(database="test", **options)

    def kill_and_check(self, statement, what="QUERY", error=1317):
        running = Running(self.server, statement, database="test")
        self.server.query(f"KILL {what} {running.id}")
        number, seconds = running.end()
        self.assertEqual(number, error)
        self.assertLess(seconds, PROMPT_SECONDS)
        return running

    def half_login(self):
        """A connection that has read the greeting and sent a part of its answer; the rest of it is returned too."""
        raw = RawConnection(self.server.port, log_in=False)
        whole = bytearray()
        raw.send_bytes, send = whole.extend, raw.send_bytes
        raw.send_login()
        raw.send_bytes = send
        raw.send_bytes(whole[:20])
        return raw, bytes(whole[20:])

    def process_rows(self, connection):
        with connection.cursor() as cursor:
            cursor.execute("SHOW PROCESSLIST")
            return {row[0]: row[1:] for row in cursor.fetchall()}

    def test_a_login_is_in_the_process_list_and_killed_there(self):
        """S26: before there is a session; the client has sent nothing, or the half of its answer."""
        root, other = self.server.connect(), self.server.connect(user="other", password="x")
        silent, (half, rest) = RawConnection(self.server.port, log_in=False), self.half_login()
        for raw in (silent, half):
            row = self.process_rows(root)[raw.id]
            self.assertEqual((row[0], row[2], row[3], row[5], row[6]), ("unauthenticated user", None, "Connect", "login", None))
            self.assertTrue(row[1].startswith("127.0.0.1:"))
            self.assertNotIn(raw.id, self.process_rows(other))
            for kill in ("KILL", "KILL QUERY"):
                self.assertEqual(self.error_of(lambda: other.cursor().execute(f"{kill} {raw.id}")), 1095)
            root.cursor().execute(f"KILL QUERY {raw.id}")
        # There was no statement: both may still log in.
        silent.send_login()
        half.send_bytes(rest)
        half.sequence = 2
        for raw in (silent, half):
            raw.read_ok()
            self.assertEqual(len(raw.query("SELECT 1")), 1)
            self.assertEqual(self.process_rows(root)[raw.id][0], "root")
            raw.close()
        silent, (half, _) = RawConnection(self.server.port, log_in=False), self.half_login()
        for raw in (silent, half):
            root.cursor().execute(f"KILL {raw.id}")
            started = time.monotonic()
            with self.assertRaises(Closed):
                raw.read_exactly(1)
            self.assertLess(time.monotonic() - started, PROMPT_SECONDS)
            self.wait_until(lambda raw=raw: raw.id not in self.process_rows(root))
            self.assertEqual(self.error_of(lambda raw=raw: root.cursor().execute(f"KILL {raw.id}")), 1094)
        # A client that goes away without a login leaves nothing either.
        silent = RawConnection(self.server.port, log_in=False)
        silent.close()
        self.wait_until(lambda: silent.id not in self.process_rows(root))

    def test_kill_amid_a_login_ends_the_connection(self):
        """S26: a KILL is never lost, wherever the login is."""
        root = self.server.connect()
        for attempt in range(400 if LONG else 100):
            raw, rest = self.half_login()
            raw.send_bytes(rest)
            raw.sequence = 2
            time.sleep(random.random() * 0.002)
            root.cursor().execute(f"KILL {raw.id}")
            started = time.monotonic()
            try:
                raw.read_ok()
                raw.read_exactly(1)
                self.fail("a killed connection goes on")
            except (Closed, ServerError):
                self.assertLess(time.monotonic() - started, PROMPT_SECONDS)
            raw.close()

    def test_kill_query_ends_the_statement_and_not_the_connection(self):
        for statement in (LONG_QUERY, "SELECT SLEEP(300) FROM numbers", "SELECT * FROM wide a, numbers b, numbers c ORDER BY a.t, b.n, c.n"):
            running = self.kill_and_check(statement)
            with running.connection.cursor() as cursor:
                cursor.execute("SELECT 1")
                self.assertEqual(cursor.fetchall(), ((1,),))

    def test_kill_ends_the_connection(self):
        for what in ("", "CONNECTION"):
            running = Running(self.server, LONG_QUERY, database="test")
            self.server.query(f"KILL {what} {running.id}")
            number, seconds = running.end()
            self.assertIn(number, (1317, 2013))
            self.assertLess(seconds, PROMPT_SECONDS)
            self.wait_until(lambda: statement_of(self.server, running.id) is None)
            with self.assertRaises(pymysql.MySQLError):
                running.connection.cursor().execute("SELECT 1")

    def test_an_idle_connection_that_is_killed_is_closed_at_once(self):
        idle = RawConnection(self.server.port)
        self.server.query(f"KILL {idle.id}")
        idle.socket.settimeout(PROMPT_SECONDS)
        with self.assertRaises(Closed):
            idle.read_exactly(1)

    def test_kill_query_of_an_idle_connection_does_nothing(self):
        idle = self.in_test()
        cursor = idle.cursor()
        for _ in range(20):
            self.server.query(f"KILL QUERY {idle.thread_id()}")
            cursor.execute("SELECT COUNT(*) FROM numbers")
            self.assertEqual(cursor.fetchall(), ((2000,),))

    def test_who_may_kill_whom(self):
        root = self.in_test()
        self.assertEqual(self.error_of(lambda: root.cursor().execute("KILL 999999999")), 1094)
        self.assertEqual(self.error_of(lambda: root.cursor().execute("KILL QUERY 999999999")), 1094)
        other = self.in_test(user="other", password="x")
        self.assertEqual(self.error_of(lambda: other.cursor().execute(f"KILL {root.thread_id()}")), 1095)
        self.assertEqual(self.error_of(lambda: other.cursor().execute(f"KILL QUERY {root.thread_id()}")), 1095)
        own = Running(self.server, LONG_QUERY, user="other", password="x", database="test")
        other.cursor().execute(f"KILL QUERY {own.id}")
        self.assertEqual(own.end()[0], 1317)
        root.ping(reconnect=False)

    def test_a_connection_may_kill_itself(self):
        itself = self.in_test()
        self.assertEqual(self.error_of(lambda: itself.cursor().execute(f"KILL QUERY {itself.thread_id()}")), 1317)
        itself.ping(reconnect=False)
        self.assertIn(self.error_of(lambda: itself.cursor().execute(f"KILL {itself.thread_id()}")), (1317, 2013))

    def test_com_process_kill(self):
        running = Running(self.server, LONG_QUERY, database="test")
        raw = RawConnection(self.server.port)
        raw.command(COM_PROCESS_KILL, struct.pack("<I", running.id))
        raw.read_ok()
        self.assertIn(running.end()[0], (1317, 2013))
        raw.command(COM_PROCESS_KILL, struct.pack("<I", 999999998))
        with self.assertRaises(ServerError) as caught:
            raw.read_answer()
        self.assertEqual(caught.exception.number, 1094)

    def test_a_killed_statement_leaves_its_transaction(self):
        session = self.in_test(autocommit=False)
        cursor = session.cursor()
        cursor.execute("UPDATE target SET v = 7 WHERE id = 1")
        killer = threading.Timer(0.5, lambda: self.server.query(f"KILL QUERY {session.thread_id()}"))
        killer.start()
        self.assertEqual(self.error_of(lambda: cursor.execute("UPDATE target SET v = (" + LONG_QUERY + ") WHERE id = 2")), 1317)
        killer.join()
        session.commit()
        self.assertEqual(self.server.query("SELECT v FROM target ORDER BY id", database="test"), ((7,), (0,)))
        self.server.query("UPDATE target SET v = 0", database="test")

    def test_a_killed_lock_wait(self):
        holder = self.in_test(autocommit=False)
        holder.cursor().execute("UPDATE target SET v = 1 WHERE id = 1")
        self.kill_and_check("UPDATE target SET v = 2 WHERE id = 1")
        holder.rollback()

    def test_a_client_that_goes_stops_its_statement(self):
        holder = self.in_test(autocommit=False)
        holder.cursor().execute("UPDATE target SET v = 1 WHERE id = 2")
        for statement in (LONG_QUERY, "SELECT SLEEP(300)", "UPDATE target SET v = 2 WHERE id = 2"):
            raw = RawConnection(self.server.port)
            raw.query("USE test")
            raw.command(COM_QUERY, statement.encode())
            self.wait_until(lambda: statement_of(self.server, raw.id) == statement)
            raw.close()
            self.wait_until(lambda: statement_of(self.server, raw.id) is None, PROMPT_SECONDS, "the end of the statement")
        holder.rollback()

    def test_a_client_that_goes_rolls_back_and_lets_locks_go(self):
        raw = RawConnection(self.server.port)
        for statement in ("USE test", "BEGIN", "UPDATE target SET v = 5 WHERE id = 1"):
            raw.query(statement)
        raw.command(COM_QUERY, LONG_QUERY.encode())
        self.wait_until(lambda: statement_of(self.server, raw.id) == LONG_QUERY)
        # Reset instead of an orderly end: the client has crashed.
        raw.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        raw.close()
        other = self.in_test()
        other.cursor().execute("SET innodb_lock_wait_timeout = 20")
        cursor = other.cursor()
        cursor.execute("UPDATE target SET v = v + 1 WHERE id = 1")
        cursor.execute("SELECT v FROM target WHERE id = 1")
        self.assertEqual(cursor.fetchall(), ((1,),))
        cursor.execute("UPDATE target SET v = 0")

    def stalled(self):
        """A client that has asked for a big answer and does not read it."""
        raw = RawConnection(self.server.port, receive_buffer=4096)
        raw.query("USE test")
        raw.command(COM_QUERY, b"SELECT a.t FROM wide a, numbers b")
        return raw

    def test_a_stalled_client_and_kill_query(self):
        for _ in range(3):
            raw = self.stalled()
            time.sleep(0.5)
            threads = self.server.thread_count()
            self.server.query(f"KILL QUERY {raw.id}")
            self.wait_until(lambda: statement_of(self.server, raw.id) is None, PROMPT_SECONDS, "the end of the statement")
            # No thread waits for the client any more.
            self.wait_until(lambda: self.server.thread_count() <= threads, PROMPT_SECONDS)
            # The client comes back: whole packets, then the error, then the next statement.
            with self.assertRaises(ServerError) as caught:
                raw.read_result()
            self.assertEqual(caught.exception.number, 1317)
            raw.ping()
            raw.close()

    def test_a_stalled_client_and_kill_connection(self):
        raw = self.stalled()
        time.sleep(0.3)
        self.server.query(f"KILL {raw.id}")
        self.wait_until(lambda: all(row[0] != raw.id for row in self.server.query("SHOW PROCESSLIST")), 2 * PROMPT_SECONDS, "the end of the connection")

    def test_a_stalled_client_and_net_write_timeout(self):
        raw = RawConnection(self.server.port, receive_buffer=4096)
        raw.close()
        self.server.query("SET GLOBAL net_write_timeout = 1")
        try:
            raw = self.stalled()
        finally:
            self.server.query("SET GLOBAL net_write_timeout = 60")
        self.wait_until(lambda: all(row[0] != raw.id for row in self.server.query("SHOW PROCESSLIST")), 4 * PROMPT_SECONDS, "the end of the connection")

    def open_cursor(self):
        raw = RawConnection(self.server.port)
        raw.query("USE test")
        statement, _ = raw.prepare("SELECT t FROM wide ORDER BY id")
        raw.command(COM_STMT_EXECUTE, struct.pack("<IBI", statement, 1, 1))
        columns = raw.read_answer()[0]
        for _ in range(columns):
            raw.read_answer()
        raw.read_eof()
        return raw, statement

    def fetch(self, raw, statement, count):
        raw.command(COM_STMT_FETCH, struct.pack("<II", statement, count))
        return len(raw.read_rows())

    def test_cursors(self):
        raw, statement = self.open_cursor()
        counts = [self.fetch(raw, statement, 900) for _ in range(3)]
        self.assertEqual(counts, [900, 900, 200])
        self.assertEqual(raw.status & 128, 128)    # SERVER_STATUS_LAST_ROW_SENT
        with self.assertRaises(ServerError):
            self.fetch(raw, statement + 1, 1)
        raw.ping()

    def test_a_half_fetched_cursor_ends_each_way(self):
        memory = self.server.resident_kb()
        rounds = 60 if LONG else 15
        for round_number in range(rounds):
            raw, statement = self.open_cursor()
            self.assertEqual(self.fetch(raw, statement, 1000), 1000)
            if round_number % 3 == 0:
                self.server.query(f"KILL {raw.id}")
                with self.assertRaises(Closed):
                    raw.ping()
                    raw.ping()
            elif round_number % 3 == 1:
                raw.command(COM_STMT_CLOSE, struct.pack("<I", statement))
                with self.assertRaises(ServerError) as caught:
                    self.fetch(raw, statement, 1)
                self.assertEqual(caught.exception.number, 1243)
                raw.ping()
                raw.close()
            else:
                self.server.query(f"KILL QUERY {raw.id}")
                self.assertEqual(self.fetch(raw, statement, 1), 1)
                raw.close()
        # Two megabytes each would be left.
        self.assertLess(self.server.resident_kb() - memory, rounds * 1000)

    def test_a_kill_in_the_middle_of_load_data_local(self):
        self.server.query("CREATE TABLE IF NOT EXISTS loaded (id INT PRIMARY KEY AUTO_INCREMENT, t VARCHAR(100))", database="test")
        raw = RawConnection(self.server.port)
        raw.query("USE test")
        raw.query("SET sluice_local_infile_patience_ms = 60000")
        for kill, error in (("QUERY", 1317), ("CONNECTION", None)):
            raw.command(COM_QUERY, b"LOAD DATA LOCAL INFILE 'x' INTO TABLE loaded (t)")
            self.assertEqual(raw.read_payload(), b"\xfbx")
            for _ in range(20):
                raw.send_payload(b"some text\n" * 1000)
            # The kill comes in the middle of a packet.
            raw.send_bytes(struct.pack("<I", 20)[:3] + bytes([raw.sequence % 256]) + b"half of it")
            raw.sequence += 1
            self.server.query(f"KILL {kill} {raw.id}")
            if error is None:
                # It need not wait for the rest of the file.
                with self.assertRaises(Closed):
                    while True:
                        raw.read_exactly(1)
                break
            raw.send_bytes(b"\nthe rest\n")
            for _ in range(20):
                raw.send_payload(b"some text\n" * 1000)
            raw.send_payload(b"")
            with self.assertRaises(ServerError) as caught:
                raw.read_answer()
            self.assertEqual(caught.exception.number, error)
            self.assertEqual(raw.query("SELECT 1"), [b"\x011"])
        self.server.query("DROP TABLE loaded", database="test")

    def test_a_stopped_load_data_local_does_not_wait_for_its_client(self):
        """Once the statement is over the client may end its file within the patience; then the connection ends."""
        self.server.query("CREATE TABLE patience (t VARCHAR(100))", database="test")
        for goes_on in (False, True):
            raw = RawConnection(self.server.port)
            raw.query("USE test")
            raw.query("SET sluice_local_infile_patience_ms = 200")
            raw.command(COM_QUERY, b"LOAD DATA LOCAL INFILE 'x' INTO TABLE patience")
            self.assertEqual(raw.read_payload(), b"\xfbx")
            raw.send_payload(b"some text\n")
            self.server.query(f"KILL QUERY {raw.id}")
            with self.assertRaises((Closed, ConnectionError)):
                while goes_on:
                    raw.send_payload(b"some text\n" * 1000)
                raw.read_exactly(1)
            raw.close()
        self.assertEqual(self.server.query("SELECT COUNT(*) FROM patience", database="test"), ((0,),))
        self.server.query("DROP TABLE patience", database="test")

    def test_a_file_is_received_ahead_of_its_statement(self):
        """The statement sleeps in its first record; its client has sent everything nevertheless, so a kill needs no patience and a closed socket is seen."""
        self.server.query("CREATE TABLE ahead (t VARCHAR(100))", database="test")
        load = "LOAD DATA LOCAL INFILE 'x' INTO TABLE ahead (@text) SET t = SLEEP(300)"
        for end in ("kill", "close", "close in the middle"):
            raw = RawConnection(self.server.port)
            raw.query("USE test")
            raw.query("SET sluice_local_infile_patience_ms = 0")
            raw.command(COM_QUERY, load.encode())
            self.assertEqual(raw.read_payload(), b"\xfbx")
            for _ in range(400):
                raw.send_payload(b"some text\n" * 10_000)
            if end != "close in the middle":
                raw.send_payload(b"")
            self.assertEqual(statement_of(self.server, raw.id), load)
            if end == "kill":
                receivers = "SELECT COUNT(*) FROM information_schema.SLUICE_TASKS WHERE NAME = 'receive file'"
                self.wait_until(lambda: self.server.query(receivers) == ((0,),))
                self.server.query(f"KILL QUERY {raw.id}")
                with self.assertRaises(ServerError) as caught:
                    raw.read_answer()
                self.assertEqual(caught.exception.number, 1317)
                self.assertEqual(raw.query("SELECT 1"), [b"\x011"])
            raw.close()
            self.wait_until(lambda: statement_of(self.server, raw.id) is None)
        self.assertEqual(self.server.query("SELECT COUNT(*) FROM ahead", database="test"), ((0,),))
        self.server.query("DROP TABLE ahead", database="test")

    def test_what_is_wrong_with_load_data_is_said_before_the_file_is_asked_for(self):
        raw = RawConnection(self.server.port)
        raw.query("USE test")
        for statement, error in ((b"LOAD DATA LOCAL INFILE 'x' INTO TABLE nowhere", 1146), (b"LOAD DATA INFILE '/absent' INTO TABLE nowhere", 1146)):
            with self.assertRaises(ServerError) as caught:
                raw.query(statement.decode())
            self.assertEqual(caught.exception.number, error)
        raw.close()

    def test_load_data_of_what_is_no_file(self):
        """A pipe that nobody writes would be waited for; a directory has nothing to read."""
        with tempfile.TemporaryDirectory() as directory:
            pipe = os.path.join(directory, "pipe")
            os.mkfifo(pipe)
            self.server.query("CREATE TABLE no_file (t VARCHAR(100))", database="test")
            cursor = self.in_test().cursor()
            for path, error in ((pipe, 1085), (directory, 1085), (os.path.join(directory, "absent"), 13)):
                self.assertEqual(self.error_of(lambda: cursor.execute(f"LOAD DATA INFILE '{path}' INTO TABLE no_file")), error)
            self.server.query("DROP TABLE no_file", database="test")

    def test_load_data_local_of_a_file(self):
        with tempfile.NamedTemporaryFile("w", suffix=".csv") as file:
            for i in range(5000):
                file.write(f"{i}\ttext {i}\n")
            file.flush()
            connection = self.in_test(local_infile=True)
            cursor = connection.cursor()
            cursor.execute("CREATE TABLE from_file (id INT PRIMARY KEY, t VARCHAR(100))")
            cursor.execute(f"LOAD DATA LOCAL INFILE '{file.name}' INTO TABLE from_file")
            cursor.execute("SELECT COUNT(*), MAX(t) FROM from_file")
            self.assertEqual(cursor.fetchall(), ((5000, "text 999"),))
            # A table that is not there: the error comes, and the connection goes on.
            self.assertEqual(self.error_of(lambda: cursor.execute(f"LOAD DATA LOCAL INFILE '{file.name}' INTO TABLE nowhere")), 1146)
            cursor.execute("DROP TABLE from_file")

    def test_kills_at_random_among_short_queries(self):
        """S28: nobody but the target is hit, and each statement gets its result or 1317."""
        stop = threading.Event()
        failures = []
        connection_count = 40 if LONG else 12
        ids = {}

        def work(number):
            chooser = random.Random(number)
            while not stop.is_set():
                try:
                    connection = self.in_test()
                    ids[number] = connection.thread_id()
                    for _ in range(chooser.randrange(1, 20)):
                        with connection.cursor() as cursor:
                            try:
                                cursor.execute("SELECT COUNT(*), SUM(n) FROM numbers WHERE n > %s", (0,))
                                if cursor.fetchall() != ((2000, 2001000),):
                                    failures.append("a wrong result")
                            except pymysql.MySQLError as error:
                                if error.args[0] != 1317:
                                    raise
                    connection.close()
                except (pymysql.MySQLError, OSError) as error:
                    # Killed while it was idle or in its statement; anything else is a failure.
                    if error.args[0] not in (2006, 2013, 1317, 0):
                        failures.append(repr(error))

        workers = [threading.Thread(target=work, args=(number,)) for number in range(connection_count)]
        bystander = self.in_test().cursor()
        for worker in workers:
            worker.start()
        killer = self.in_test().cursor()
        chooser = random.Random(1)
        deadline = time.monotonic() + (60 if LONG else 6)
        while time.monotonic() < deadline and not failures:
            known = list(ids.values())
            if known:
                what = chooser.choice(["", "QUERY"])
                number = self.error_of(lambda: killer.execute(f"KILL {what} {chooser.choice(known)}"))
                self.assertIn(number, (0, 1094))
            bystander.execute("SELECT 1")
        stop.set()
        for worker in workers:
            worker.join()
        self.assertEqual(failures, [])
        bystander.execute("SELECT COUNT(*) FROM numbers")
        self.assertEqual(bystander.fetchall(), ((2000,),))
