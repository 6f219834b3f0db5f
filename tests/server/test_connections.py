"""Many connections, limits, time-outs."""

import os
import resource
import shutil
import socket
import subprocess
import tempfile
import time

from server_test import LONG, Server, ServerTest
from wire import CLIENT_COMPRESS, CLIENT_INTERACTIVE, DEFAULT_CAPABILITIES, Closed, RawConnection, ServerError


class IdleTest(ServerTest):
    def test_five_thousand_idle_connections_cost_memory_only(self):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        count = 5000
        # Descriptors of this process and of the server, whose limit was raised at its start.
        if hard != resource.RLIM_INFINITY and hard < count + 500:
            count = hard - 500
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        warm = [RawConnection(self.server.port) for _ in range(50)]
        memory = self.server.resident_kb()
        connections = [RawConnection(self.server.port) for _ in range(count)]
        self.wait_until(lambda: self.server.thread_count() < 60, 60, "the end of the threads")
        each_kb = (self.server.resident_kb() - memory) / count
        threads = self.server.thread_count()
        print(f"[{count} idle connections: {each_kb:.1f} KB each, {threads} threads] ", end="", flush=True)
        self.assertLess(each_kb, 40)
        started = time.monotonic()
        for connection in connections:
            connection.ping()
        for connection in connections[::50]:
            self.assertEqual(connection.query("SELECT 1"), [b"\x011"])
        print(f"[all answered in {time.monotonic() - started:.1f} s] ", end="", flush=True)
        self.assertEqual(self.server.query("SHOW STATUS LIKE 'Threads_connected'"), (("Threads_connected", str(count + 51)),))
        for connection in connections + warm:
            connection.close()
        self.wait_until(lambda: self.server.query("SHOW STATUS LIKE 'Threads_connected'") == (("Threads_connected", "1"),), 60, "the end of the connections")
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

    def test_connections_that_never_answer_the_greeting_hold_no_thread(self):
        threads = self.server.thread_count()
        silent = [RawConnection(self.server.port, log_in=False) for _ in range(200)]
        self.assertLess(self.server.thread_count() - threads, 20)
        self.assertEqual(self.server.query("SELECT 1"), ((1,),))
        # Ten seconds are a login's time.
        silent[0].socket.settimeout(30)
        with self.assertRaises(Closed):
            silent[0].read_exactly(1)
        for connection in silent:
            connection.close()

    def test_half_a_command_holds_no_thread(self):
        connections = [RawConnection(self.server.port) for _ in range(50)]
        time.sleep(0.2)
        threads = self.server.thread_count()
        for connection in connections:
            connection.send_bytes(b"\x21\0")
        time.sleep(0.5)
        self.assertLess(self.server.thread_count() - threads, 20)
        for connection in connections:
            connection.sequence = 1
            connection.send_bytes(b"\0\0\x03SELECT 'the rest of the command'")
            self.assertEqual(connection.read_result(), [b"\x17the rest of the command"])
            connection.close()


class LimitTest(ServerTest):
    def test_max_connections(self):
        root = self.server.connect().cursor()
        root.execute("SET GLOBAL max_connections = 3")
        try:
            # Connections of earlier tests may still be about to end.
            others = []
            self.wait_until(lambda: self.error_of(lambda: others.append(self.server.connect())) == 0 and len(others) == 2)
            self.assertEqual(self.error_of(self.server.connect), 1040)
            others.pop().close()
            self.wait_until(lambda: self.error_of(lambda: self.server.connect().close()) == 0)
        finally:
            root.execute("SET GLOBAL max_connections = 0")
        self.assertEqual(self.error_of(lambda: self.server.connect().close()), 0)

    def test_wait_timeout(self):
        raw = RawConnection(self.server.port)
        raw.query("SET wait_timeout = 1")
        other = RawConnection(self.server.port)
        raw.socket.settimeout(20)
        with self.assertRaises(Closed):
            raw.read_exactly(1)
        other.ping()
        # A transaction does not outlive it.
        self.server.query("USE test", "CREATE TABLE held (id INT PRIMARY KEY)", "INSERT INTO held VALUES (1)")
        raw = RawConnection(self.server.port)
        for statement in ("USE test", "SET wait_timeout = 1", "BEGIN", "DELETE FROM held"):
            raw.query(statement)
        self.assertEqual(self.server.query("SET innodb_lock_wait_timeout = 30", "UPDATE held SET id = 2", "SELECT id FROM held", database="test"), ((2,),))
        self.server.query("DROP TABLE test.held")

    def test_interactive_clients_have_their_own_timeout(self):
        self.server.query("SET GLOBAL interactive_timeout = 77")
        raw = RawConnection(self.server.port, capabilities=DEFAULT_CAPABILITIES | CLIENT_INTERACTIVE)
        self.assertEqual(raw.query("SELECT @@wait_timeout"), [b"\x0277"])
        self.server.query("SET GLOBAL interactive_timeout = 28800")

    def test_a_running_statement_is_not_idle(self):
        raw = RawConnection(self.server.port)
        raw.query("SET wait_timeout = 1")
        self.assertEqual(raw.query("SELECT SLEEP(3)"), [b"\x010"])


class DescriptorTest(ServerTest):
    def test_without_descriptors_left_the_server_waits_for_some(self):
        # A server of few descriptors: those that it has no room for wait in the queue.
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        limited = 300
        server = LimitedServer(limited)
        try:
            sockets = []
            for _ in range(limited + 50):
                connected = socket.socket()
                connected.settimeout(30)
                connected.connect(("127.0.0.1", server.port))
                sockets.append(connected)
            time.sleep(1.5)
            before = server.processor_seconds()
            time.sleep(2)
            self.assertLess(server.processor_seconds() - before, 1.0)
            for connected in sockets:
                connected.close()
            self.wait_until(lambda: self.error_of(lambda: server.query("SELECT 1")) == 0, 30, "an answer")
        finally:
            server.close()


class LimitedServer(Server):
    """A server that may have so many descriptors and no more."""

    def __init__(self, descriptors):
        self.descriptors = descriptors
        super().__init__()

    def before_start(self):
        resource.setrlimit(resource.RLIMIT_NOFILE, (self.descriptors, self.descriptors))


class UnixSocketTest(ServerTest):
    @classmethod
    def setUpClass(cls):
        cls.path = tempfile.mkdtemp(prefix="sluice-server-test-") + "/sock"
        cls.arguments = ("--socket", cls.path)
        super().setUpClass()

    @classmethod
    def tearDownClass(cls):
        super().tearDownClass()
        shutil.rmtree(os.path.dirname(cls.path))

    def test_clients_on_it_are_localhost_and_secure(self):
        self.server.query("CREATE USER here@localhost IDENTIFIED WITH caching_sha2_password BY 'x'", "SET GLOBAL require_secure_transport = ON",
                        unix_socket=self.path)
        try:
            rows = self.server.query("SELECT USER(), CURRENT_USER(), @@socket", unix_socket=self.path, user="here", password="x")
            self.assertEqual(rows, (("here@localhost", "here@localhost", self.path),))
            done = subprocess.run(["mariadb", "--no-defaults", "-S", self.path, "-uhere", "-px", "-N", "-e", "SELECT CURRENT_USER()"],
                                  capture_output=True, text=True, timeout=60)
            self.assertEqual(done.stdout.strip(), "here@localhost", done.stderr)
            self.assertEqual(self.error_of(self.server.connect), 3159)
        finally:
            self.server.query("SET GLOBAL require_secure_transport = OFF", unix_socket=self.path)

    def test_the_path_is_kept_from_others_and_left_clean(self):
        with self.assertRaisesRegex(RuntimeError, "Address already in use"):
            Server("--socket", self.path)
        self.server.process.kill()
        self.server.process.wait()
        # What a crash has left is taken over.
        self.assertTrue(os.path.exists(self.path))
        self.server.start()
        self.assertEqual(self.server.query("SELECT 1", unix_socket=self.path), ((1,),))
        self.assertEqual(self.server.terminate()[0], 0)
        self.assertFalse(os.path.exists(self.path))
        self.server.start()


class CompressionTest(ServerTest):
    def mariadb(self, statement, *options):
        done = subprocess.run(["mariadb", "--no-defaults", "-h", "127.0.0.1", "-P", str(self.server.port), "-uroot", "--compress", *options, "-N"],
                              input=statement, capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def test_the_mariadb_client_compresses(self):
        for options in (["--skip-ssl"], ["--ssl"]):
            self.assertEqual(self.mariadb("SELECT 1;", *options), "1\n")
            text = "some text " * 20_000
            self.assertEqual(self.mariadb(f"SELECT LENGTH('{text}'); SELECT REPEAT('y', 3000000);", *options), f"{len(text)}\n" + "y" * 3_000_000 + "\n")
            # The client waits for each answer: sequences begin anew with each command.
            self.assertEqual(self.mariadb("USE test; " + "SELECT 'abc';" * 100, *options), "abc\n" * 100)

    def test_garbage_frames_end_the_connection(self):
        for data in (b"\x05\0\0\x07\0\0\0hello", b"\x05\0\0\0\xff\xff\xffhello", b"\xff" * 100, b"\0" * 70):
            raw = RawConnection(self.server.port, capabilities=DEFAULT_CAPABILITIES | CLIENT_COMPRESS, timeout=20)
            raw.send_last(data)
            with self.assertRaises(Closed):
                while True:
                    raw.read_exactly(1)
        self.assertEqual(self.server.query("SELECT 1"), ((1,),))
