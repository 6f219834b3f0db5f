"""TLS: certificates of the server and of clients, what accounts and the server demand."""

import pathlib
import ssl
import subprocess
import tempfile
import unittest

import pymysql

from server_test import Server, ServerTest
from wire import CLIENT_SSL, DEFAULT_CAPABILITIES, Closed, RawConnection, ServerError


def openssl(*arguments):
    subprocess.run(["openssl", *arguments], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def make_authority(directory):
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=authority",
            "-keyout", f"{directory}/ca-key.pem", "-out", f"{directory}/ca.pem")


def make_certificate(directory, name, authority=None):
    """`name`-cert.pem and `name`-key.pem with the subject /O=tests/CN=`name`; signed by itself without an authority."""
    openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/O=tests/CN={name}",
            "-keyout", f"{directory}/{name}-key.pem", "-out", f"{directory}/{name}.csr")
    by = ["-CA", f"{authority}/ca.pem", "-CAkey", f"{authority}/ca-key.pem", "-CAcreateserial"] if authority else ["-signkey", f"{directory}/{name}-key.pem"]
    openssl("x509", "-req", "-days", "2", "-in", f"{directory}/{name}.csr", *by, "-out", f"{directory}/{name}-cert.pem")


class AutomaticTlsTest(ServerTest):
    def test_status_tells_of_it(self):
        options = {"ssl": {"ca": str(self.server.data / "server-cert.pem")}}
        self.assertEqual(self.server.query("SHOW STATUS LIKE 'Ssl_version'", **options), (("Ssl_version", "TLSv1.3"),))
        cipher = self.server.query("SHOW STATUS LIKE 'Ssl_cipher'", **options)[0][1]
        self.assertIn("AES", cipher)
        self.assertEqual(self.server.query("SHOW STATUS LIKE 'Ssl_cipher'"), (("Ssl_cipher", ""),))
        self.assertEqual(self.server.query("SELECT @@have_ssl, @@ssl_cert"), (("YES", str(self.server.data / "server-cert.pem")),))

    def test_long_values_pass_both_ways(self):
        options = {"ssl": {"ca": str(self.server.data / "server-cert.pem")}}
        text = "0123456789" * 300_000
        self.assertEqual(self.server.query(f"SELECT LENGTH('{text}')", **options), ((len(text),),))
        self.assertEqual(self.server.query("SELECT REPEAT('x', 3000000)", **options), (("x" * 3_000_000,),))

    def test_require_secure_transport(self):
        root = self.server.connect(ssl={"ca": str(self.server.data / "server-cert.pem")}).cursor()
        root.execute("SET GLOBAL require_secure_transport = ON")
        try:
            self.assertEqual(self.error_of(lambda: self.server.query("SELECT 1")), 3159)
            self.assertEqual(self.server.query("SELECT 1", ssl={"ca": str(self.server.data / "server-cert.pem")}), ((1,),))
        finally:
            root.execute("SET GLOBAL require_secure_transport = OFF")

    def test_accounts_that_require_tls(self):
        secure = {"ssl": {"ca": str(self.server.data / "server-cert.pem")}}
        self.server.query("CREATE USER demanding IDENTIFIED BY 'x' REQUIRE SSL")

        def login(**options):
            return self.error_of(lambda: self.server.query("SELECT 1", user="demanding", password="x", **options))
        self.assertEqual(login(), 1045)
        self.assertEqual(login(**secure), 0)
        self.assertIn("REQUIRE SSL", self.server.query("SHOW CREATE USER demanding")[0][0])
        self.server.query("ALTER USER demanding REQUIRE X509")
        self.assertEqual(login(**secure), 1045)
        self.server.query("ALTER USER demanding REQUIRE NONE")
        self.assertEqual(login(), 0)
        self.server.query("DROP USER demanding")

    def test_old_protocols_are_refused(self):
        raw = RawConnection(self.server.port, log_in=False)
        raw.send_payload(tls_request())
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
        context.set_ciphers("ALL:@SECLEVEL=0")
        with self.assertRaises((ssl.SSLError, ConnectionError)):
            context.wrap_socket(raw.socket)

    def test_garbage_after_the_request_ends_the_connection_only(self):
        for data in (b"\x16\x03\x01\xff\xff" + b"x" * 100, b"GET / HTTP/1.0\r\n\r\n", b"\0" * 5000):
            raw = RawConnection(self.server.port, log_in=False)
            raw.send_payload(tls_request())
            raw.send_last(data)
            with self.assertRaises(Closed):
                while True:
                    raw.read_exactly(1)
        self.assertEqual(self.server.query("SELECT 1"), ((1,),))

    def test_what_was_sent_in_clear_does_not_count_inside(self):
        # Commands that somebody else put behind the request must not be taken for the client's.
        raw = RawConnection(self.server.port, log_in=False)
        raw.send_last(frame(1, tls_request()) + frame(2, b"injected"))
        with self.assertRaises(Closed):
            while True:
                raw.read_exactly(1)

    def test_keys_are_kept_over_a_restart(self):
        certificate = self.server.data / "server-cert.pem"
        before = certificate.read_bytes()
        self.assertEqual(self.server.terminate()[0], 0)
        self.server.start()
        self.assertEqual(certificate.read_bytes(), before)
        self.assertEqual((self.server.data / "server-key.pem").stat().st_mode & 0o777, 0o600)


def tls_request():
    return (DEFAULT_CAPABILITIES | CLIENT_SSL).to_bytes(4, "little") + (1 << 24).to_bytes(4, "little") + b"\x2d" + b"\0" * 23


def frame(sequence, payload):
    return len(payload).to_bytes(3, "little") + bytes([sequence]) + payload


class GivenCertificateTest(unittest.TestCase):
    def test_certificates_of_both_ends(self):
        with tempfile.TemporaryDirectory(prefix="sluice-server-test-") as keys:
            make_authority(keys)
            make_certificate(keys, "localhost", keys)
            make_certificate(keys, "client", keys)
            make_certificate(keys, "stranger")
            server = Server("--ssl-cert", f"{keys}/localhost-cert.pem", "--ssl-key", f"{keys}/localhost-key.pem", "--ssl-ca", f"{keys}/ca.pem")
            try:
                self.check(server, keys)
                self.assertFalse((server.data / "server-cert.pem").exists())
            finally:
                server.close()

    def check(self, server, keys):
        server.query("CREATE USER certified IDENTIFIED BY 'x' REQUIRE X509",
                   "CREATE USER named IDENTIFIED BY 'x' REQUIRE SUBJECT '/O=tests/CN=client' AND ISSUER '/CN=authority'",
                   "CREATE USER other IDENTIFIED BY 'x' REQUIRE SUBJECT '/O=tests/CN=somebody'")

        def login(user, certificate):
            options = {"ca": f"{keys}/ca.pem"}
            if certificate:
                options |= {"cert": f"{keys}/{certificate}-cert.pem", "key": f"{keys}/{certificate}-key.pem"}
            try:
                return server.query("SELECT CURRENT_USER()", host="localhost", user=user, password="x", ssl=options)[0][0]
            except pymysql.MySQLError as error:
                return error.args[0]
        self.assertEqual(login("certified", "client"), "certified@%")
        self.assertEqual(login("named", "client"), "named@%")
        self.assertEqual(login("other", "client"), 1045)
        self.assertEqual(login("certified", None), 1045)
        self.assertEqual(login("named", None), 1045)
        self.assertNotEqual(login("certified", "stranger"), "certified@%")
        self.assertIn("REQUIRE ISSUER '/CN=authority' SUBJECT '/O=tests/CN=client'", server.query("SHOW CREATE USER named")[0][0])

    def test_files_that_do_not_fit_are_told_at_the_start(self):
        with tempfile.TemporaryDirectory(prefix="sluice-server-test-") as keys:
            make_certificate(keys, "one")
            make_certificate(keys, "two")
            for arguments, text in ((("--ssl-cert", f"{keys}/one-cert.pem"), "needs its key"),
                                    (("--ssl-cert", f"{keys}/one-cert.pem", "--ssl-key", f"{keys}/two-key.pem"), "two-key.pem"),
                                    (("--ssl-cert", f"{keys}/none.pem", "--ssl-key", f"{keys}/one-key.pem"), "none.pem")):
                with self.assertRaisesRegex(RuntimeError, text):
                    Server(*arguments, directory=pathlib.Path(keys) / "data")


class NoTlsTest(ServerTest):
    arguments = ("--no-auto-tls",)

    def test_it_is_not_offered(self):
        raw = RawConnection(self.server.port)
        self.assertEqual(raw.server_capabilities & CLIENT_SSL, 0)
        self.assertEqual(self.server.query("SELECT @@have_ssl"), (("DISABLED",),))
        self.assertFalse((self.server.data / "server-cert.pem").exists())
        asking = RawConnection(self.server.port, log_in=False)
        asking.send_payload(tls_request())
        with self.assertRaises(ServerError) as caught:
            asking.read_answer()
        self.assertEqual(caught.exception.number, 1043)
