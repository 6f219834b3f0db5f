"""Commands and packets as no client sends them, and very large ones: each ends in an answer or the connection's end, and nothing else is touched."""

import random
import struct

from server_test import LONG, ServerTest
from wire import (CLIENT_CONNECT_WITH_DB, CLIENT_MULTI_STATEMENTS, COM_CHANGE_USER, COM_DEBUG, COM_FIELD_LIST, COM_INIT_DB, COM_PING, COM_QUERY,
                  COM_RESET_CONNECTION, COM_SET_OPTION, COM_SHUTDOWN, COM_STATISTICS, COM_STMT_CLOSE, COM_STMT_EXECUTE, COM_STMT_FETCH, COM_STMT_PREPARE,
                  COM_STMT_RESET, COM_STMT_SEND_LONG_DATA, DEFAULT_CAPABILITIES, MAX_PACKET, Closed, RawConnection, ServerError)

SILENT_COMMANDS = {COM_STMT_CLOSE, COM_STMT_SEND_LONG_DATA}


class PacketTest(ServerTest):
    def setUp(self):
        self.raw = RawConnection(self.server.port)

    def tearDown(self):
        self.raw.close()
        self.assertEqual(self.server.query("SELECT 1"), ((1,),))

    def error_of_answer(self):
        with self.assertRaises(ServerError) as caught:
            self.raw.read_answer()
        return caught.exception.number

    def test_every_command_with_too_little_is_answered(self):
        # All but COM_SHUTDOWN, which ends the server (tests/cmd).
        for code in [code for code in range(0, 40) if code != COM_SHUTDOWN] + [99, 200, 255]:
            for argument in (b"", b"\0", b"\xff", b"\xff\xff\xff\xff", b"\xff" * 20, b"x" * 300):
                raw = RawConnection(self.server.port, timeout=20)
                try:
                    raw.command(code, argument)
                    if code not in SILENT_COMMANDS:
                        raw.read_payload()
                    raw.command(COM_PING)
                    raw.read_payload()
                except (Closed, AssertionError):
                    pass
                finally:
                    raw.close()

    def test_unknown_commands(self):
        for code in (0, 5, 6, 10, 11, 29, 32, 200, 255):
            self.raw.command(code, b"abc")
            self.assertEqual(self.error_of_answer(), 1047)
            self.raw.ping()

    def test_commands_that_clients_use(self):
        raw = self.raw
        raw.command(COM_INIT_DB, b"test")
        raw.read_ok()
        raw.command(COM_INIT_DB, b"nowhere")
        self.assertEqual(self.error_of_answer(), 1049)
        raw.command(COM_STATISTICS)
        self.assertIn(b"Threads: ", raw.read_payload())
        raw.command(COM_DEBUG)
        raw.read_eof()
        raw.query("CREATE TABLE listed (id INT PRIMARY KEY, name VARCHAR(20))")
        raw.command(COM_FIELD_LIST, b"listed\0n%")
        self.assertIn(b"name", raw.read_answer())
        raw.read_eof()
        raw.command(COM_FIELD_LIST, b"listed\0")
        raw.read_answer(), raw.read_answer(), raw.read_eof()
        raw.command(COM_FIELD_LIST, b"unknown\0")
        self.assertEqual(self.error_of_answer(), 1146)
        raw.query("DROP TABLE listed")

    def test_multi_statements(self):
        raw = RawConnection(self.server.port, capabilities=DEFAULT_CAPABILITIES | CLIENT_MULTI_STATEMENTS)
        raw.command(COM_QUERY, b"SELECT 1; SET @x = 2; SELECT @x; SELECT nothing; SELECT 4")
        self.assertEqual(raw.read_result(), [b"\x011"])
        self.assertEqual(raw.status & 8, 8)
        self.assertEqual(struct.unpack_from("<H", raw.read_ok(), 3)[0] & 8, 8)
        self.assertEqual(raw.read_result(), [b"\x012"])
        with self.assertRaises(ServerError):
            raw.read_answer()
        raw.ping()
        # Not without having asked for them.
        self.raw.command(COM_QUERY, b"SELECT 1; SELECT 2")
        self.assertEqual(self.error_of_answer(), 1064)
        self.raw.command(COM_SET_OPTION, struct.pack("<H", 0))
        self.raw.read_eof()
        self.raw.command(COM_QUERY, b"SELECT 1; SELECT 2")
        self.assertEqual((self.raw.read_result(), self.raw.read_result()), ([b"\x011"], [b"\x012"]))
        self.raw.command(COM_SET_OPTION, struct.pack("<H", 1))
        self.raw.read_eof()
        self.raw.command(COM_QUERY, b"SELECT 1; SELECT 2")
        self.assertEqual(self.error_of_answer(), 1064)

    def test_reset_connection(self):
        raw = self.raw
        for statement in ("USE test", "CREATE TABLE kept (id INT PRIMARY KEY)", "SET @x = 1", "SET sql_mode = ''", "BEGIN", "INSERT INTO kept VALUES (1)"):
            raw.query(statement)
        statement, _ = raw.prepare("SELECT 1")
        raw.command(COM_RESET_CONNECTION)
        raw.read_ok()
        self.assertEqual(raw.query("SELECT @x IS NULL, @@sql_mode <> '', DATABASE() = 'test', (SELECT COUNT(*) FROM kept)"), [b"\x011\x011\x011\x010"])
        raw.command(COM_STMT_EXECUTE, struct.pack("<IBI", statement, 0, 1))
        self.assertEqual(self.error_of_answer(), 1243)
        raw.query("DROP TABLE kept")

    def test_prepared_statements_with_wrong_arguments(self):
        raw = self.raw
        statement, count = raw.prepare("SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?")
        self.assertEqual(count, 9)
        raw.command(COM_STMT_EXECUTE, struct.pack("<IBI", statement, 0, 1) + b"\0\0" + b"\0")
        self.assertEqual(self.error_of_answer(), 1210)
        raw.command(COM_STMT_EXECUTE, struct.pack("<IBI", statement, 0, 1) + b"\0\0" + b"\1" + b"\xfd\0" * 8)
        self.assertEqual(self.error_of_answer(), 1835)
        raw.command(COM_STMT_EXECUTE, struct.pack("<IBI", statement, 0, 1) + b"\0\0" + b"\1" + b"\xfd\0" * 9 + b"\xfe" + b"\xff" * 8)
        self.assertEqual(self.error_of_answer(), 1835)
        raw.command(COM_STMT_EXECUTE, struct.pack("<IBI", statement + 7, 0, 1))
        self.assertEqual(self.error_of_answer(), 1243)
        raw.command(COM_STMT_RESET, struct.pack("<I", statement + 7))
        self.assertEqual(self.error_of_answer(), 1243)
        raw.command(COM_STMT_FETCH, struct.pack("<II", statement, 5))
        self.assertEqual(self.error_of_answer(), 1243)
        raw.command(COM_STMT_SEND_LONG_DATA, struct.pack("<IH", statement + 7, 0) + b"lost")
        raw.command(COM_STMT_SEND_LONG_DATA, struct.pack("<IH", statement, 100) + b"lost")
        raw.command(COM_STMT_EXECUTE, struct.pack("<IBI", statement, 0, 1) + b"\xff\1" + b"\1" + b"\xfd\0" * 9)
        self.assertEqual(self.binary_row(9), b"\0" + b"\xfc\x07")
        raw.command(COM_STMT_PREPARE, b"SELECT FROM")
        self.assertEqual(self.error_of_answer(), 1064)
        raw.ping()

    def binary_row(self, columns):
        for _ in range(columns + 1):
            self.raw.read_answer()
        self.raw.read_eof()
        rows = self.raw.read_rows()
        self.assertEqual(len(rows), 1)
        return rows[0]

    def test_long_data_in_pieces(self):
        raw = self.raw
        statement, _ = raw.prepare("SELECT LENGTH(?), RIGHT(?, 3)")
        for _ in range(3):
            raw.command(COM_STMT_SEND_LONG_DATA, struct.pack("<IH", statement, 0) + b"x" * 1_000_000)
        raw.command(COM_STMT_SEND_LONG_DATA, struct.pack("<IH", statement, 1) + b"abc")
        raw.command(COM_STMT_SEND_LONG_DATA, struct.pack("<IH", statement, 1) + b"def")
        raw.command(COM_STMT_EXECUTE, struct.pack("<IBI", statement, 0, 1) + b"\0" + b"\1" + b"\xfc\0" * 2)
        self.assertEqual(self.binary_row(2), b"\0\0" + struct.pack("<q", 3_000_000) + b"\x03def")

    def test_long_data_beyond_the_limit_is_told_at_the_execution(self):
        raw = RawConnection(self.server.port)
        statement, _ = raw.prepare("SELECT LENGTH(?)")
        for _ in range(70):
            raw.command(COM_STMT_SEND_LONG_DATA, struct.pack("<IH", statement, 0) + b"x" * 1_000_000)
        raw.command(COM_STMT_EXECUTE, struct.pack("<IBI", statement, 0, 1) + b"\0" + b"\1" + b"\xfc\0")
        with self.assertRaises(ServerError) as caught:
            raw.read_answer()
        self.assertEqual(caught.exception.number, 1105)
        self.assertIn("mysql_send_long_data", caught.exception.text)
        raw.ping()

    def test_values_of_sixteen_megabytes(self):
        for size in (MAX_PACKET - 9, MAX_PACKET - 8, MAX_PACKET - 7, MAX_PACKET, MAX_PACKET + 1, 2 * MAX_PACKET):
            # The client's packets are split where the server's may not be, and the other way round.
            self.raw.command(COM_QUERY, b"SELECT LENGTH('" + b"x" * size + b"')")
            text = str(size).encode()
            self.assertEqual(self.raw.read_result(), [bytes([len(text)]) + text])
        row = self.raw.query(f"SELECT REPEAT('y', {MAX_PACKET})")[0]
        self.assertEqual(row, b"\xfd\xff\xff\xff" + b"y" * MAX_PACKET)
        self.raw.ping()

    def test_a_long_value_is_stored_and_read(self):
        self.raw.query("USE test")
        self.raw.query("CREATE TABLE large (id INT PRIMARY KEY, b LONGBLOB)")
        value = bytes(random.Random(1).randbytes(1 << 16)) * 64    # 4 MiB; below the limit of a transaction's entry
        statement, _ = self.raw.prepare("INSERT INTO large VALUES (1, ?)")
        self.raw.command(COM_STMT_EXECUTE, struct.pack("<IBI", statement, 0, 1) + b"\0\1\xfc\0" + b"\xfe" + struct.pack("<Q", len(value)) + value)
        self.raw.read_ok()
        self.assertEqual(self.raw.query("SELECT b FROM large")[0][4:], value)
        self.raw.query("DROP TABLE large")

    def test_packets_beyond_max_allowed_packet(self):
        self.server.query("SET GLOBAL max_allowed_packet = 1048576")
        try:
            raw = RawConnection(self.server.port)
            self.assertEqual(len(raw.query("SELECT '" + "x" * 1_000_000 + "'")), 1)
            raw.command(COM_QUERY, b"SELECT '" + b"x" * 1_048_576 + b"'")
            with self.assertRaises(ServerError) as caught:
                raw.read_answer()
            self.assertEqual(caught.exception.number, 1153)
            with self.assertRaises(Closed):
                raw.ping()
                raw.ping()
        finally:
            self.server.query("SET GLOBAL max_allowed_packet = 67108864")

    def test_packets_out_of_order(self):
        for sequence in (1, 7, 255):
            raw = RawConnection(self.server.port)
            raw.sequence = sequence
            raw.send_payload(bytes([COM_PING]))
            raw.sequence = 1
            try:
                raw.read_answer()
                self.fail("answered")
            except (ServerError, Closed, AssertionError):
                pass
            with self.assertRaises(Closed):
                while True:
                    raw.read_exactly(1)

    def test_broken_logins(self):
        good = struct.pack("<IIB23x", DEFAULT_CAPABILITIES, MAX_PACKET, 45) + b"root\0\0mysql_native_password\0"
        chooser = random.Random(2)
        broken = [good[:cut] for cut in range(len(good))]
        broken += [bytes(chooser.randbytes(chooser.randrange(1, 200))) for _ in range(200 if LONG else 50)]
        broken += [struct.pack("<IIB23x", DEFAULT_CAPABILITIES | 1 << 21, MAX_PACKET, 45) + b"root\0\xfe" + b"\xff" * 8]
        broken += [struct.pack("<IIB23x", DEFAULT_CAPABILITIES | CLIENT_CONNECT_WITH_DB | 1 << 20, MAX_PACKET, 45) + b"root\0\0test\0mysql_native_password\0\x10\x01"]
        for payload in broken:
            raw = RawConnection(self.server.port, log_in=False, timeout=20)
            raw.send_payload(payload)
            try:
                answer = raw.read_payload()
                self.assertIn(answer[0], (0, 0xFF, 0xFE))
            except (Closed, AssertionError):
                pass
            raw.close()

    def test_a_database_in_the_login(self):
        capabilities = DEFAULT_CAPABILITIES | CLIENT_CONNECT_WITH_DB
        for database, error in ((b"test", 0), (b"nowhere", 1049)):
            raw = RawConnection(self.server.port, log_in=False)
            raw.send_payload(struct.pack("<IIB23x", capabilities, MAX_PACKET, 45) + b"root\0\0" + database + b"\0mysql_native_password\0")
            if error:
                with self.assertRaises(ServerError) as caught:
                    raw.read_answer()
                self.assertEqual(caught.exception.number, error)
            else:
                raw.read_ok()
                self.assertEqual(raw.query("SELECT DATABASE()"), [b"\x04test"])

    def test_change_user_that_is_malformed_closes_the_connection(self):
        for argument in (b"", b"root", b"root\0\xff", b"root\0\0nodatabase"):
            raw = RawConnection(self.server.port)
            raw.command(COM_CHANGE_USER, argument)
            with self.assertRaises(ServerError) as caught:
                raw.read_answer()
            self.assertEqual(caught.exception.number, 1835)
            with self.assertRaises(Closed):
                raw.ping()
                raw.ping()

    def test_pipelined_commands_are_answered_in_turn(self):
        count = 200
        for i in range(count):
            text = f"SELECT {i}".encode()
            self.raw.send_bytes(struct.pack("<I", len(text) + 1)[:3] + b"\0" + bytes([COM_QUERY]) + text)
        for i in range(count):
            self.raw.sequence = 1
            text = str(i).encode()
            self.assertEqual(self.raw.read_result(), [bytes([len(text)]) + text])
