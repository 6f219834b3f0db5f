"""The MySQL protocol by hand, for what no client library sends."""

import socket
import struct

CLIENT_LONG_PASSWORD = 1
CLIENT_CONNECT_WITH_DB = 8
CLIENT_COMPRESS = 32
CLIENT_LOCAL_FILES = 128
CLIENT_PROTOCOL_41 = 512
CLIENT_INTERACTIVE = 1024
CLIENT_SSL = 2048
CLIENT_TRANSACTIONS = 8192
CLIENT_SECURE_CONNECTION = 32768
CLIENT_MULTI_STATEMENTS = 1 << 16
CLIENT_MULTI_RESULTS = 1 << 17
CLIENT_PLUGIN_AUTH = 1 << 19
CLIENT_DEPRECATE_EOF = 1 << 24

DEFAULT_CAPABILITIES = (CLIENT_LONG_PASSWORD | CLIENT_PROTOCOL_41 | CLIENT_TRANSACTIONS | CLIENT_SECURE_CONNECTION | CLIENT_MULTI_RESULTS |
                        CLIENT_PLUGIN_AUTH | CLIENT_LOCAL_FILES)

COM_QUIT, COM_INIT_DB, COM_QUERY, COM_FIELD_LIST = 1, 2, 3, 4
COM_SHUTDOWN, COM_STATISTICS, COM_PROCESS_KILL, COM_DEBUG, COM_PING, COM_CHANGE_USER = 8, 9, 12, 13, 14, 17
COM_STMT_PREPARE, COM_STMT_EXECUTE, COM_STMT_SEND_LONG_DATA, COM_STMT_CLOSE, COM_STMT_RESET = 22, 23, 24, 25, 26
COM_SET_OPTION, COM_STMT_FETCH, COM_RESET_CONNECTION = 27, 28, 31

MAX_PACKET = 0xFFFFFF


class ServerError(Exception):
    """An error packet."""

    def __init__(self, payload):
        self.number = struct.unpack_from("<H", payload, 1)[0]
        self.text = payload[9:].decode(errors="replace")
        super().__init__(f"{self.number}: {self.text}")


class Closed(Exception):
    """The server closed the connection."""


class RawConnection:
    """Reads the greeting; logs in as root without a password unless told otherwise."""

    def __init__(self, port, log_in=True, capabilities=DEFAULT_CAPABILITIES, timeout=60, receive_buffer=None):
        self.socket = socket.socket()
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(timeout)
        self.socket.connect(("127.0.0.1", port))
        self.sequence = 0
        greeting = self.read_payload()
        at = greeting.index(b"\0", 1)
        self.id = struct.unpack_from("<I", greeting, at + 1)[0]
        low = struct.unpack_from("<H", greeting, at + 14)[0]
        high = struct.unpack_from("<H", greeting, at + 19)[0]
        self.server_capabilities = low | high << 16
        self.greeting_plugin = greeting[at + 45:].split(b"\0")[0].decode()
        if log_in:
            self.send_login(capabilities)
            self.read_ok()

    def send_login(self, capabilities=DEFAULT_CAPABILITIES, user=b"root", plugin=b"mysql_native_password"):
        self.send_payload(struct.pack("<IIB23x", capabilities, MAX_PACKET, 45) + user + b"\0\0" + plugin + b"\0")

    def close(self):
        self.socket.close()

    def send_bytes(self, data):
        try:
            self.socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError) as error:
            raise Closed from error

    def send_last(self, data):
        """Sends what the server may well refuse to read, and says that nothing follows."""
        try:
            self.socket.sendall(data)
            self.socket.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # the server has hung up, as the reader will see

    def send_payload(self, payload):
        out = bytearray()
        while True:
            part, payload = payload[:MAX_PACKET], payload[MAX_PACKET:]
            out += struct.pack("<I", len(part))[:3] + bytes([self.sequence % 256]) + part
            self.sequence += 1
            if len(part) < MAX_PACKET:
                break
        self.send_bytes(out)

    def command(self, code, argument=b""):
        self.sequence = 0
        self.send_payload(bytes([code]) + argument)

    def read_exactly(self, size):
        out = bytearray()
        while len(out) < size:
            try:
                part = self.socket.recv(min(size - len(out), 1 << 20))
            except ConnectionResetError as error:
                raise Closed from error
            if not part:
                raise Closed
            out += part
        return bytes(out)

    def read_payload(self):
        out = b""
        while True:
            header = self.read_exactly(4)
            length = int.from_bytes(header[:3], "little")
            if header[3] != self.sequence % 256:
                raise AssertionError(f"packet {header[3]} where {self.sequence % 256} was due")
            self.sequence += 1
            out += self.read_exactly(length)
            if length < MAX_PACKET:
                return out

    def read_answer(self):
        """One payload; raises ServerError for an error packet."""
        payload = self.read_payload()
        if payload[:1] == b"\xff":
            raise ServerError(payload)
        return payload

    def read_ok(self):
        payload = self.read_answer()
        if payload[:1] != b"\0":
            raise AssertionError(f"no OK packet: {payload[:20]!r}")
        return payload

    def read_result(self):
        """Rows as payloads, of a result or of an OK packet (none)."""
        first = self.read_answer()
        if first[:1] == b"\0":
            return []
        for _ in range(first[0]):
            self.read_answer()
        self.read_eof()
        return self.read_rows()

    def read_eof(self):
        payload = self.read_answer()
        if not is_eof(payload):
            raise AssertionError(f"no EOF packet: {payload[:20]!r}")
        return payload

    def read_rows(self):
        rows = []
        while True:
            payload = self.read_answer()
            if is_eof(payload):
                self.status = struct.unpack_from("<H", payload, 3)[0]
                return rows
            rows.append(payload)

    def query(self, text):
        self.command(COM_QUERY, text if isinstance(text, bytes) else text.encode())
        return self.read_result()

    def prepare(self, text):
        """Returns (id, parameter count)."""
        self.command(COM_STMT_PREPARE, text.encode())
        answer = self.read_ok()
        statement, columns, parameters = struct.unpack_from("<IHH", answer, 1)
        for count in (parameters, columns):
            if count:
                for _ in range(count):
                    self.read_answer()
                self.read_eof()
        return statement, parameters

    def ping(self):
        self.command(COM_PING)
        self.read_ok()


def is_eof(payload):
    return payload[:1] == b"\xfe" and len(payload) == 5
