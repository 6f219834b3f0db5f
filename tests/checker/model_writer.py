"""A client that writes at random into rows of its own and knows what they must hold."""

import random
import threading

import pymysql

ROWS_PER_WRITER = 60
DEADLOCK, LOCK_TIMEOUT, DUPLICATE, WRITE_CONFLICT, SCHEMA_CHANGED = 1213, 1205, 1062, 9007, 8028
LOST_CONNECTION = (2006, 2013, 2014, 2055, 1053, 0)

COLUMNS = ("id", "a", "b", "u", "p")
TABLE = """CREATE TABLE t (
    id INT PRIMARY KEY,
    a INT,
    b VARCHAR(40) COLLATE utf8mb4_general_ci,
    u INT,
    p INT NOT NULL,
    UNIQUE KEY permanent (p))"""


class Failure(Exception):
    """What the server did wrong."""


class ModelWriter(threading.Thread):
    """Owns the ids, and the values of u and p, that are equal to its number modulo `writers`.

    So no other writer can be in its way, every 1062 is foreseen, and its rows at each commit are known. Values of u are never put twice by
    this writer, so that a unique index on u can always be built; values of p are, to see that the permanent unique index refuses them.
    """

    def __init__(self, connect, number, writers, seed):
        super().__init__(name=f"writer {number}")
        self.connect, self.number, self.writers = connect, number, writers
        self.random = random.Random(seed)
        self.rows = {}  # committed: id -> (a, b, u, p)
        self.unsure = None  # what a commit whose answer was lost would have made of them
        self.failure = None
        self.statements = self.transactions = self.refusals = 0
        self.history = []
        self.running = threading.Event()
        self.idle = threading.Event()
        self.ended = False

    # ---- control, from another thread ----

    def resume(self):
        if self.is_alive():
            self.idle.clear()
            self.running.set()

    def pause(self):
        """Lets the current transaction end. After it, self.rows is what the table must hold, unless self.unsure is set."""
        self.running.clear()
        while not self.idle.wait(0.1) and self.is_alive():
            pass

    def end(self):
        self.ended = True
        self.running.set()
        self.join()

    # ---- the thread ----

    def run(self):
        connection = None
        while True:
            if not self.running.is_set():
                self.idle.set()
                self.running.wait()
            if self.ended or self.failure is not None:
                self.idle.set()
                return
            try:
                if connection is None:
                    connection = self.connect()
                self.transaction(connection)
            except (pymysql.OperationalError, pymysql.InterfaceError, ConnectionError) as error:
                if error.args and error.args[0] not in LOST_CONNECTION:
                    self.failure = error
                # The server was killed. The controller starts it again and settles what is unsure before it resumes the writers.
                connection = None
                self.running.clear()
            except Exception as error:
                self.failure = error

    def transaction(self, connection):
        """Some statements that commit or roll back together."""
        cursor = connection.cursor()
        explicit = self.random.random() < 0.7
        state = dict(self.rows)
        savepoint = None
        self.history = self.history[-30:] + ["--"]
        try:
            if explicit:
                if self.random.random() < 0.3:
                    cursor.execute("SET SESSION TRANSACTION ISOLATION LEVEL " + self.random.choice(["READ COMMITTED", "REPEATABLE READ"]))
                cursor.execute("BEGIN")
            for _ in range(self.random.randint(1, 6) if explicit else 1):
                if explicit and self.random.random() < 0.15:
                    cursor.execute("SAVEPOINT s")
                    savepoint = dict(state)
                if not explicit:
                    self.unsure = None
                self.statement(cursor, state, autocommit=not explicit)
                if savepoint is not None and self.random.random() < 0.3:
                    cursor.execute("ROLLBACK TO SAVEPOINT s")
                    state = dict(savepoint)
                    self.history.append("ROLLBACK TO SAVEPOINT s")
            if explicit:
                if self.random.random() < 0.25:
                    cursor.execute("ROLLBACK")
                    self.history.append("ROLLBACK")
                    return
                self.unsure = state
                cursor.execute("COMMIT")
            self.rows = state
            self.unsure = None
            self.transactions += 1
        except pymysql.MySQLError as error:
            code = error.args[0] if error.args else 0
            if code not in (DEADLOCK, LOCK_TIMEOUT, WRITE_CONFLICT, SCHEMA_CHANGED):
                raise
            self.unsure = None
            cursor.execute("ROLLBACK")

    # ---- values ----

    def own(self, below):
        return self.random.randrange(below) * self.writers + self.number

    def fresh(self, state, column):
        """A value of u or p that none of the rows has."""
        used = {row[column] for row in state.values()}
        while True:
            value = self.own(4 * ROWS_PER_WRITER)
            if value not in used:
                return value

    def row(self, state):
        """Values for all columns but the id."""
        choose = self.random
        a = None if choose.random() < 0.1 else choose.randrange(50)
        b = None if choose.random() < 0.1 else choose.choice("xyzXYZéE") * choose.randint(0, 6) + str(choose.randrange(30))
        u = None if choose.random() < 0.1 else self.fresh(state, 2)
        return a, b, u, self.fresh(state, 3)

    # ---- statements ----

    def statement(self, cursor, state, autocommit):
        kinds = [self.insert, self.insert_many, self.update, self.update_range, self.move, self.delete, self.replace, self.upsert,
                 self.swap, self.duplicate]
        after, text, arguments, refused = self.random.choice(kinds)(state)
        if text is None:
            return
        if autocommit:
            self.unsure = dict(after)
        self.history.append((text, arguments))
        try:
            cursor.execute(text, arguments)
        except pymysql.IntegrityError as error:
            if error.args[0] != DUPLICATE:
                raise
            if not refused:
                raise Failure(f"1062 without a duplicate: {error.args[1]}: {text} {arguments}") from None
            self.refusals += 1
            return
        if refused:
            raise Failure(f"a duplicate was let in: {text} {arguments}")
        if after is not state:
            state.clear()
            state.update(after)
        self.statements += 1

    def insert(self, state):
        identifier, row = self.own(ROWS_PER_WRITER), self.row(state)
        return {**state, identifier: row}, "INSERT INTO t VALUES (%s,%s,%s,%s,%s)", (identifier, *row), identifier in state

    def insert_many(self, state):
        after, arguments = dict(state), []
        for _ in range(self.random.randint(2, 5)):
            identifier = self.own(ROWS_PER_WRITER)
            if identifier not in after:
                after[identifier] = self.row(after)
                arguments += [identifier, *after[identifier]]
        count = len(arguments) // 5
        if count == 0:
            return state, None, None, False
        return after, "INSERT INTO t VALUES " + ",".join(["(%s,%s,%s,%s,%s)"] * count), arguments, False

    def some_id(self, state):
        return self.random.choice(sorted(state)) if state else None

    def update(self, state):
        identifier = self.some_id(state)
        if identifier is None:
            return state, None, None, False
        row = self.row({key: value for key, value in state.items() if key != identifier})
        return {**state, identifier: row}, "UPDATE t SET a=%s, b=%s, u=%s, p=%s WHERE id=%s", (*row, identifier), False

    def update_range(self, state):
        low, high = sorted((self.own(ROWS_PER_WRITER), self.own(ROWS_PER_WRITER)))
        after = {key: ((row[0] + 1 if row[0] is not None else None), *row[1:]) if low <= key <= high else row for key, row in state.items()}
        return after, "UPDATE t SET a = a + 1 WHERE id BETWEEN %s AND %s AND id %% %s = %s", (low, high, self.writers, self.number), False

    def move(self, state):
        """Another primary key for a row."""
        identifier, target = self.some_id(state), self.own(ROWS_PER_WRITER)
        if identifier is None or identifier == target:
            return state, None, None, False
        after = {key: row for key, row in state.items() if key != identifier}
        return {**after, target: state[identifier]}, "UPDATE t SET id=%s WHERE id=%s", (target, identifier), target in state

    def delete(self, state):
        low = self.own(ROWS_PER_WRITER)
        high = low + self.random.randint(0, 3) * self.writers
        after = {key: row for key, row in state.items() if not low <= key <= high}
        return after, "DELETE FROM t WHERE id BETWEEN %s AND %s AND id %% %s = %s", (low, high, self.writers, self.number), False

    def replace(self, state):
        """Ousts the row with the id, and the row with the value of p."""
        identifier = self.own(ROWS_PER_WRITER)
        row = self.row(state)
        if state and self.random.random() < 0.5:
            row = (*row[:3], state[self.some_id(state)][3])
        after = {key: value for key, value in state.items() if key != identifier and value[3] != row[3]}
        return {**after, identifier: row}, "REPLACE INTO t VALUES (%s,%s,%s,%s,%s)", (identifier, *row), False

    def upsert(self, state):
        identifier, row = self.own(ROWS_PER_WRITER), self.row(state)
        after = dict(state)
        after[identifier] = (row[0], row[1], row[2], state[identifier][3]) if identifier in state else row
        text = "INSERT INTO t VALUES (%s,%s,%s,%s,%s) ON DUPLICATE KEY UPDATE a=VALUES(a), b=VALUES(b), u=VALUES(u)"
        return after, text, (identifier, *row), False

    def swap(self, state):
        """A row goes, and another takes over its value of u, in one statement if it is a REPLACE of the same id."""
        identifier = self.some_id(state)
        if identifier is None:
            return state, None, None, False
        old = state[identifier]
        row = (self.random.randrange(50), old[1], old[2], old[3])
        return {**state, identifier: row}, "REPLACE INTO t VALUES (%s,%s,%s,%s,%s)", (identifier, *row), False

    def duplicate(self, state):
        """A value of p that another row has: refused."""
        if not state:
            return state, None, None, False
        victim = self.some_id(state)
        identifier = self.own(ROWS_PER_WRITER)
        if identifier in state:
            return state, "UPDATE t SET p=%s WHERE id=%s", (state[victim][3], identifier), identifier != victim
        row = self.row(state)
        return state, "INSERT INTO t VALUES (%s,%s,%s,%s,%s)", (identifier, *row[:3], state[victim][3]), True
