"""Accounts, passwords and plugins."""

import struct
import subprocess
import tempfile
import unittest

import pymysql

from server_test import Server, ServerTest
from wire import DEFAULT_CAPABILITIES, RawConnection


def mariadb(server, *arguments):
    """The mariadb client with one statement; returns (exit code, output)."""
    done = subprocess.run(["mariadb", "--no-defaults", "-h", "127.0.0.1", "-P", str(server.port), *arguments, "-N", "-e", "SELECT CURRENT_USER()"],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60)
    return done.returncode, done.stdout


class LoginTest(ServerTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server.query("CREATE USER native IDENTIFIED WITH mysql_native_password BY 'pässword'",
                       "CREATE USER sha2 IDENTIFIED WITH 'caching_sha2_password' BY 'pässword'",
                       "CREATE USER open2 IDENTIFIED WITH caching_sha2_password",
                       "CREATE USER locked IDENTIFIED BY 'x' ACCOUNT LOCK",
                       "CREATE USER here@localhost IDENTIFIED BY 'x'",
                       "GRANT SELECT ON test.* TO native, sha2")

    def tls(self):
        return {"ssl": {"ca": str(self.server.data / "server-cert.pem")}}

    def login(self, user, password, **options):
        return self.error_of(lambda: self.server.query("SELECT 1", user=user, password=password, **options))

    def test_each_plugin_lets_the_right_password_in_with_and_without_tls(self):
        for user in ("native", "sha2"):
            for options in ({}, self.tls()):
                self.assertEqual(self.server.query("SELECT CURRENT_USER()", user=user, password="pässword", **options), ((f"{user}@%",),))
                self.assertEqual(self.login(user, "Pässword", **options), 1045)
                self.assertEqual(self.login(user, "", **options), 1045)
                # Again: the fast path of caching_sha2_password has been filled, and still tells right from wrong.
                self.assertEqual(self.login(user, "pässword", **options), 0)
                self.assertEqual(self.login(user, "Pässword", **options), 1045)

    def test_without_a_password(self):
        self.assertEqual(self.login("open2", ""), 0)
        self.assertEqual(self.login("open2", "x"), 1045)
        self.assertEqual(self.login("root", ""), 0)
        self.assertEqual(self.login("root", "x"), 1045)

    def test_unknown_and_locked_users(self):
        self.assertEqual(self.login("nobody", "x"), 1045)
        self.assertEqual(self.login("nobody", ""), 1045)
        self.assertEqual(self.login("locked", "x"), 3118)
        self.assertEqual(self.login("locked", "y"), 1045)
        self.assertEqual(self.login("here", "x"), 0)

    def test_exchanges_do_not_tell_who_exists(self):
        native = shape_of_failed_login(self.server.port, "native")
        sha2 = shape_of_failed_login(self.server.port, "sha2")
        self.assertEqual([packet[0] for packet in sha2], [0xFE, 1, 1, 0xFF])
        self.assertEqual([packet[0] for packet in native], [0xFF])
        unknown = [shape_of_failed_login(self.server.port, f"unknown{i}") for i in range(40)]
        # An unknown name looks like one of the accounts, always like the same.
        self.assertEqual(set(unknown), {native, sha2})
        self.assertEqual(unknown, [shape_of_failed_login(self.server.port, f"unknown{i}") for i in range(40)])

    def test_the_text_tells_whether_a_password_was_used(self):
        for password, word in (("x", "YES"), ("", "NO")):
            with self.assertRaisesRegex(pymysql.MySQLError, f"using password: {word}"):
                self.server.query("SELECT 1", user="nobody", password=password)

    def test_a_changed_password_counts_at_once(self):
        root = self.server.connect().cursor()
        root.execute("CREATE USER changing IDENTIFIED WITH caching_sha2_password BY 'first'")
        self.assertEqual(self.login("changing", "first"), 0)
        for change in ("ALTER USER changing IDENTIFIED BY '{}'", "SET PASSWORD FOR changing = '{}'",
                       "ALTER USER changing IDENTIFIED WITH mysql_native_password BY '{}'", "SET PASSWORD FOR changing = '{}'",
                       "ALTER USER changing IDENTIFIED WITH caching_sha2_password BY '{}'"):
            for password in ("second", "first"):
                other = "first" if password == "second" else "second"
                root.execute(change.format(password))
                self.assertEqual(self.login("changing", other), 1045)
                self.assertEqual(self.login("changing", password), 0)
                self.assertEqual(self.login("changing", password), 0)
        root.execute("SELECT plugin FROM mysql.user WHERE user = 'changing'")
        self.assertEqual(root.fetchall(), (("caching_sha2_password",),))
        root.execute("DROP USER changing")
        self.assertEqual(self.login("changing", "first"), 1045)
        root.execute("CREATE USER changing IDENTIFIED WITH caching_sha2_password BY 'other'")
        self.assertEqual(self.login("changing", "first"), 1045)
        root.execute("DROP USER changing")

    def test_a_user_changes_its_own_password(self):
        root = self.server.connect().cursor()
        root.execute("CREATE USER own IDENTIFIED WITH caching_sha2_password BY 'a'")
        self.server.query("SET PASSWORD = 'b'", user="own", password="a")
        self.server.query("ALTER USER USER() IDENTIFIED BY 'c'", user="own", password="b")
        self.assertEqual(self.login("own", "c"), 0)
        root.execute("DROP USER own")

    def test_stored_hashes_travel(self):
        root = self.server.connect().cursor()
        root.execute("SHOW CREATE USER sha2")
        statement = root.fetchone()[0]
        self.assertIn("IDENTIFIED WITH 'caching_sha2_password' AS '$A$005$", statement)
        root.execute(statement.replace("'sha2'", "'copied'", 1))
        self.assertEqual(self.login("copied", "pässword"), 0)
        self.assertEqual(self.login("copied", "password"), 1045)
        root.execute("DROP USER copied")
        for plugin, text in (("caching_sha2_password", "$A$005$short"), ("mysql_native_password", "*12"), ("caching_sha2_password", "*" + "0" * 40)):
            self.assertEqual(self.error_of(lambda: root.execute(f"CREATE USER broken IDENTIFIED WITH {plugin} AS '{text}'")), 1827)
        self.assertEqual(self.error_of(lambda: root.execute("CREATE USER broken IDENTIFIED WITH sha256_password BY 'x'")), 1524)
        self.assertEqual(self.error_of(lambda: root.execute(f"CREATE USER broken IDENTIFIED WITH caching_sha2_password BY '{'x' * 257}'")), 1819)

    def test_default_authentication_plugin(self):
        root = self.server.connect().cursor()
        root.execute("SET GLOBAL default_authentication_plugin = 'caching_sha2_password'")
        try:
            self.assertEqual(RawConnection(self.server.port, log_in=False).greeting_plugin, "caching_sha2_password")
            root.execute("CREATE USER bydefault IDENTIFIED BY 'x'")
            root.execute("SELECT plugin FROM mysql.user WHERE user = 'bydefault'")
            self.assertEqual(root.fetchall(), (("caching_sha2_password",),))
            for user, password in (("bydefault", "x"), ("native", "pässword"), ("sha2", "pässword"), ("root", "")):
                self.assertEqual(self.login(user, password), 0)
            self.assertEqual(self.login("root", "x"), 1045)
        finally:
            root.execute("SET GLOBAL default_authentication_plugin = DEFAULT")
        self.assertEqual(self.error_of(lambda: root.execute("SET GLOBAL default_authentication_plugin = 'sha256_password'")), 1231)
        root.execute("DROP USER bydefault")

    def test_change_user(self):
        for options in ({}, self.tls()):
            raw = self.server.connect(**options)
            cursor = raw.cursor()
            cursor.execute("SET @x = 1")
            for user in ("sha2", "native"):
                raw._execute_command(17, user.encode() + b"\0\0test\0\x2d\0" + b"mysql_native_password\0")
                answer_change_user(raw, user, "pässword")
                cursor.execute("SELECT CURRENT_USER(), DATABASE(), @x")
                self.assertEqual(cursor.fetchall(), ((f"{user}@%", "test", None),))
            raw._execute_command(17, b"native\0\0\0")
            with self.assertRaisesRegex(pymysql.MySQLError, "1045"):
                answer_change_user(raw, "native", "wrong")
            with self.assertRaises(pymysql.MySQLError):
                cursor.execute("SELECT 1")

    def test_the_mariadb_client(self):
        certificate = str(self.server.data / "server-cert.pem")
        for user in ("native", "sha2"):
            for options in (["--skip-ssl"], ["--ssl"], [f"--ssl-ca={certificate}", "--ssl-verify-server-cert"]):
                code, output = mariadb(self.server, f"-u{user}", "-ppässword", "--default-character-set=utf8mb4", *options)
                self.assertEqual((code, output.strip()), (0, f"{user}@%"))
                code, output = mariadb(self.server, f"-u{user}", "-pwrong", *options)
                self.assertEqual(code, 1)
                self.assertIn("1045", output)


def shape_of_failed_login(port, user):
    """What the server sends, packet by packet, to a client with a wrong password: (first byte, what follows)."""
    raw = RawConnection(port, log_in=False)
    raw.send_payload(struct.pack("<IIB23x", DEFAULT_CAPABILITIES, 1 << 24, 45) + user.encode() + b"\0\x14" + b"x" * 20 + b"mysql_native_password\0")
    shape = []
    answers = [b"y" * 32, b"\x02", b"z" * 256]
    while True:
        payload = raw.read_payload()
        if payload[0] == 0xFF:
            number = struct.unpack_from("<H", payload, 1)[0]
            shape.append((0xFF, number, payload[9:].decode().replace(user, "U")))
            return tuple(shape)
        shape.append((payload[0], len(payload), payload[1:22] if payload[0] == 0xFE else b""))
        raw.send_payload(answers.pop(0))


def answer_change_user(connection, user, password):
    """The client's part of COM_CHANGE_USER, which PyMySQL does not have: a plugin switch always follows."""
    connection.user = user.encode()
    connection.password = password.encode()
    packet = connection._read_packet()
    if not packet.is_auth_switch_request():
        raise AssertionError("no plugin switch")
    packet.read_uint8()
    packet = connection._process_auth(packet.read_string(), packet)
    # After a full exchange PyMySQL has read the OK packet itself.
    if packet is not None and not packet.is_ok_packet():
        raise AssertionError("no OK")


class LoopbackTest(unittest.TestCase):
    def test_no_listening_beyond_loopback_while_root_has_no_password(self):
        with tempfile.TemporaryDirectory(prefix="sluice-server-test-") as directory:
            with self.assertRaisesRegex(RuntimeError, "refusing to listen on 0.0.0.0 while root has no password"):
                Server("--host", "0.0.0.0", directory=directory)
            server = Server(directory=directory)
            server.query("ALTER USER root IDENTIFIED WITH caching_sha2_password BY 'secret'")
            self.assertEqual(server.terminate()[0], 0)
            server = Server("--host", "0.0.0.0", directory=directory)
            try:
                self.assertEqual(server.query("SELECT 1", password="secret"), ((1,),))
            finally:
                server.close()
