"""Random writes to random tables, after each of which the tables must hold what MariaDB's hold. One seed gives one sequence of statements.

A round makes two tables of random columns and keys and runs statements on both servers: INSERT, REPLACE, IGNORE, ON DUPLICATE KEY UPDATE,
INSERT ... SELECT, UPDATE and DELETE of one table and of two, in strict SQL modes and others. Compared are the rows of all tables, the affected rows,
whether the statement fails and whether it warns. Not which error: with several in one statement, each server comes upon another one first.

Left out is what MySQL and MariaDB answer differently by design: AUTO_INCREMENT (which ids are skipped), fractions of seconds (MariaDB cuts them),
IS NULL on dates (MariaDB finds zero dates), how many rows REPLACE and ON DUPLICATE KEY UPDATE count, what is said of columns without a value that
ON DUPLICATE KEY UPDATE assigns, and what depends on the order of unique keys or of rows (several keys with ON DUPLICATE KEY UPDATE, UPDATE IGNORE of
two tables).
"""

import random

import pymysql

SHOWN_FAILURES = 10
STATEMENTS_PER_ROUND = 30
WORDS = ["''", "'a'", "'A'", "'ab'", "'b'", "'abc'", "'Zeb'", "'10'", "'7up'", "'-3'", "'x y'", "' '"]
MODES = ["", "STRICT_TRANS_TABLES", "STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO"]

# kind -> (types, values to write, a value for DEFAULT, a value to compare with)
KINDS = {
    "whole": (["INT", "BIGINT", "SMALLINT", "TINYINT", "INT UNSIGNED", "TINYINT UNSIGNED"],
              ["0", "1", "2", "3", "4", "5", "6", "7", "9", "-1", "127", "200", "300"], "7", "3"),
    "decimal": (["DECIMAL(6,2)", "DECIMAL(10,0)"], ["0", "1", "2", "1.5", "-2.25", "999", "12.346", "100000"], "1.50", "2"),
    "text": (["VARCHAR(5)", "CHAR(4)", "VARCHAR(8) COLLATE utf8mb4_general_ci", "VARCHAR(3) COLLATE utf8mb4_bin", "TEXT"], WORDS, "'q'", "'a'"),
    "date": (["DATE", "DATETIME"], ["'2020-01-01'", "'2020-02-29'", "'1999-12-31'", "'2021-06-15 10:00:00'", "'2020-02-30'", "'0000-00-00'"],
             "'2001-01-01'", "'2020-01-01'"),
    "label": (["ENUM('a','b','ab')"], ["'a'", "'b'", "'ab'", "1", "2"], "'b'", "'a'"),
    "set": (["SET('a','b','c')"], ["'a'", "'a,b'", "'c,a'", "''", "3"], "'b'", "'a'"),
    "time": (["TIME"], ["'10:00:00'", "'-01:02:03'", "'838:59:59'", "101112"], "'01:00:00'", "'10:00:00'"),
    "year": (["YEAR"], ["2020", "1999", "'70'", "0", "2155"], "2001", "2020"),
    "bytes": (["VARBINARY(4)", "BINARY(3)"], ["'a'", "x'00ff'", "'ab'", "''", "'abcd'"], "'v'", "'a'"),
    "double": (["DOUBLE", "FLOAT"], ["1.5", "-2.25", "1e10", "0", "3", "0.125"], "0.5", "1.5"),
    "bits": (["BIT(5)", "BIT(12)"], ["b'101'", "1", "31", "0"], "b'1'", "5"),
}
LIKELY_KINDS = list(KINDS) + ["whole", "whole", "whole", "text", "text", "decimal"]


class Column:
    def __init__(self, name, kind, type_name):
        self.name, self.kind, self.type_name = name, kind, type_name

    def key_part(self):
        return f"{self.name}(3)" if self.type_name == "TEXT" else self.name


class Table:
    def __init__(self, generator, name):
        choose = generator.random
        self.name = name
        self.columns = []
        declarations = []
        for position in range(choose.randint(2, 5)):
            kind = choose.choice(LIKELY_KINDS)
            column = Column("abcde"[position], kind, choose.choice(KINDS[kind][0]))
            declaration = f"{column.name} {column.type_name}"
            if generator.chance(0.35):
                declaration += " NOT NULL"
            if generator.chance(0.4) and column.type_name != "TEXT":
                declaration += f" DEFAULT {KINDS[kind][2]}"
            self.columns.append(column)
            declarations.append(declaration)
        numbers = [column for column in self.columns if column.kind in ("whole", "decimal")]
        if numbers and generator.chance(0.4):
            stored = generator.chance(0.5)
            declarations.append(f"g BIGINT AS ({choose.choice(numbers).name} {choose.choice(['+ 1', '* 2', '% 3'])}) {'STORED' if stored else 'VIRTUAL'}")
            if stored and generator.chance(0.5):
                declarations.append(f"{choose.choice(['UNIQUE KEY', 'KEY'])} kg (g)")
        if numbers and generator.chance(0.25):
            declarations.append(f"CONSTRAINT ck_{name} CHECK ({choose.choice(numbers).name} < {choose.choice([5, 100, 250])})")
        keys = ["PRIMARY KEY"] * generator.chance(0.75)
        keys += [f"{choose.choice(['UNIQUE KEY', 'UNIQUE KEY', 'KEY'])} k{number}" for number in range(choose.randint(0, 2))]
        for key in keys:
            parts = choose.sample(self.columns, min(choose.randint(1, 2), len(self.columns)))
            declarations.append(f"{key} ({', '.join(part.key_part() for part in parts)})")
        self.unique_count = sum(declaration.startswith(("PRIMARY", "UNIQUE")) for declaration in declarations)
        self.statement = f"CREATE TABLE {name} ({', '.join(declarations)})"

    def order(self):
        return ", ".join(column.name for column in self.columns)


class Generator:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.tables = []

    def chance(self, share):
        return self.random.random() < share

    def new_tables(self):
        self.tables = [Table(self, name) for name in ("t1", "t2")]
        return [table.statement for table in self.tables]

    def literal(self, kind):
        if self.chance(0.1):
            return "NULL"
        # Numbers in text that are no labels are members of a SET to MariaDB alone.
        return self.random.choice(WORDS) if kind != "set" and self.chance(0.06) else self.random.choice(KINDS[kind][1])

    def expression(self, table, kind):
        columns = [column.name for column in table.columns if column.kind == kind]
        if columns and self.chance(0.6):
            name = self.random.choice(columns)
            forms = {"whole": ["{} + 1", "{} - 1", "{} * 2", "-{}", "IFNULL({}, 0)", "{} % 3"], "decimal": ["{} + 1", "{} * 2"],
                     "text": ["CONCAT({}, 'x')", "UPPER({})", "LEFT({}, 1)", "REVERSE({})"]}.get(kind, [])
            return self.random.choice(["{}"] + forms).format(name)
        return self.literal(kind)

    def condition(self, table, prefix=""):
        column = self.random.choice(table.columns)
        name, value = prefix + column.name, KINDS[column.kind][3]
        forms = [f"{name} = {value}", f"{name} < {value}", f"{name} >= {value}", f"{name} <> {value}", f"{name} IN ({value})", "1 = 1"]
        if column.kind != "date":
            forms += [f"{name} IS NULL", f"{name} IS NOT NULL"]
        return self.random.choice(forms)

    def on_duplicate(self, table):
        updates = []
        for column in self.random.sample(table.columns, min(self.random.randint(1, 2), len(table.columns))):
            source = self.random.choice([other for other in table.columns if other.kind == column.kind]).name
            updates.append(f"{column.name} = {self.random.choice([f'VALUES({source})', f'VALUES({source})', source, self.literal(column.kind)])}")
        return " ON DUPLICATE KEY UPDATE " + ", ".join(updates)

    def insert(self):
        table = self.random.choice(self.tables)
        columns = [column for column in table.columns if self.chance(0.9)] or table.columns[:1]
        verb = self.random.choice(["INSERT", "INSERT", "INSERT IGNORE", "REPLACE"])
        rows = []
        for _ in range(self.random.choice([1, 1, 1, 2, 3, 4])):
            rows.append("(" + ", ".join("DEFAULT" if self.chance(0.08) else self.literal(column.kind) for column in columns) + ")")
        statement = f"{verb} INTO {table.name} ({', '.join(column.name for column in columns)}) VALUES {', '.join(rows)}"
        # Which of several rows with an equal key is changed is a matter of the order of keys.
        updates = verb == "INSERT" and table.unique_count < 2 and self.chance(0.5)
        return statement + (self.on_duplicate(table) if updates else "")

    def insert_select(self):
        target, source = self.random.choice(self.tables), self.random.choice(self.tables)
        verb = self.random.choice(["INSERT", "INSERT IGNORE", "REPLACE"])
        limit = f" LIMIT {self.random.randint(1, 5)}" if self.chance(0.5) else ""
        return (f"{verb} INTO {target.name} ({target.order()}) SELECT {', '.join(self.expression(source, column.kind) for column in target.columns)} "
                f"FROM {source.name} WHERE {self.condition(source)} ORDER BY {source.order()}{limit}")

    def update(self):
        table = self.random.choice(self.tables)
        changed = self.random.sample(table.columns, min(self.random.randint(1, 3), len(table.columns)))
        # Later assignments see the NULL of earlier ones, in MariaDB what it gave way to.
        changes = ", ".join(f"{column.name} = {self.literal(column.kind) if number else self.expression(table, column.kind)}"
                            for number, column in enumerate(changed))
        limit = f" LIMIT {self.random.randint(1, 4)}" if self.chance(0.4) else ""
        return (f"UPDATE {self.random.choice(['', '', 'IGNORE '])}{table.name} SET {changes} WHERE {self.condition(table)} "
                f"ORDER BY {table.order()}{self.random.choice(['', ' DESC'])}{limit}")

    def delete(self):
        table = self.random.choice(self.tables)
        limit = f" LIMIT {self.random.randint(1, 3)}" if self.chance(0.5) else ""
        return f"DELETE FROM {table.name} WHERE {self.condition(table)} AND {self.condition(table)} ORDER BY {table.order()}{limit}"

    def two_tables(self):
        first, second = self.random.sample(self.tables, 2)
        pairs = [(x, y) for x in first.columns for y in second.columns if x.type_name == y.type_name]
        on = "x.{0.name} = y.{1.name}".format(*self.random.choice(pairs)) if pairs else "1 = 1"
        join = f"{first.name} x {self.random.choice(['JOIN', 'LEFT JOIN'])} {second.name} y ON {on}"
        where = f"WHERE {self.condition(first, 'x.')}"
        if self.chance(0.4):
            return f"DELETE {self.random.choice(['x', 'y', 'x, y'])} FROM {join} {where}"
        # A column of the join itself would make MariaDB look for partners of rows that it has changed already.
        # MariaDB gives NULL in an ENUM NOT NULL another value here than elsewhere.
        free = [("y", column) for column in second.columns if f"y.{column.name}" not in on and column.kind != "label"]
        if not free:
            return f"DELETE x FROM {join} {where}"
        alias, column = self.random.choice(free)
        return f"UPDATE {join} SET {alias}.{column.name} = {self.literal(column.kind)} {where}"

    def statement(self):
        return self.random.choice([self.insert] * 8 + [self.insert_select] * 3 + [self.update] * 5 + [self.delete] * 2 + [self.two_tables] * 4)()


def run(connection, statement):
    """(outcome, affected rows, whether it warned or None if that says nothing)."""
    with connection.cursor() as cursor:
        try:
            cursor.execute(statement)
            outcome, affected = "done", cursor.rowcount
        except pymysql.err.Error as error:
            return f"error {error.args[0]}", None, None
        cursor.execute("SHOW WARNINGS")
        warnings = [text for level, _, text in cursor.fetchall() if level != "Note"]
        # As in TiDB, not in MariaDB: a decimal that loses digits is a warning, and so is the copy of a label that was refused before.
        unclear = warnings and all("decimal value" in text or text.startswith("Data truncated") for text in warnings)
        return outcome, affected, None if unclear else bool(warnings)


def contents(connection, table):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {table}")
        return sorted(map(repr, cursor.fetchall()))


def is_known_difference(statement, mine, other):
    """What MariaDB refuses or says and MySQL does not."""
    ours, theirs = mine[0], other[0]
    if "IGNORE" in statement and theirs == "error 4025":  # a violated CHECK is a warning in MySQL
        return True
    if theirs == "error 1364" and ours == "done":  # MariaDB asks for defaults of columns of rows that never come
        return True
    # Without a value for a NOT NULL column MariaDB takes one of ON DUPLICATE KEY UPDATE for it, MySQL does not.
    return "ON DUPLICATE" in statement and ours == "error 1364"


def compare(server, peer, seed, round_count):
    """Runs the same statements on both; returns (equal, different) and prints the first differences. A round ends with its first one."""
    print(f"random writes with seed {seed}", flush=True)
    generator = Generator(seed)
    equal = different = 0
    server.query("SET GLOBAL tidb_enable_check_constraint = 1")
    both = [each.connect(conv={}) for each in (server, peer)]
    for number in range(round_count):
        collation = generator.random.choice(["utf8mb4_bin", "utf8mb4_general_ci"])
        mode = generator.random.choice(MODES)
        statements = ["DROP DATABASE IF EXISTS writes", f"CREATE DATABASE writes COLLATE {collation}", "USE writes", f"SET sql_mode = '{mode}'"]
        for statement in statements + generator.new_tables():
            outcomes = [run(connection, statement)[0] for connection in both]
            if outcomes != ["done", "done"]:
                raise RuntimeError(f"{outcomes} on {statement}")
        history = []
        for _ in range(STATEMENTS_PER_ROUND):
            statement = generator.statement()
            history.append(statement)
            mine, other = (run(connection, statement) for connection in both)
            if is_known_difference(statement, mine, other):
                break
            both_fail = mine[0] != "done" and other[0] != "done"
            rows = [[contents(connection, table.name) for table in generator.tables] for connection in both]
            if (both_fail or same_outcome(statement, mine, other)) and rows[0] == rows[1]:
                equal += 1
                continue
            different += 1
            if different <= SHOWN_FAILURES:
                tables = "\n    ".join(table.statement for table in generator.tables)
                print(f"round {number} ({mode!r}, {collation}) differs: {statement}\n    {tables}\n  here:    {mine} {rows[0]}\n  MariaDB: {other} {rows[1]}\n"
                      "  before:  " + ";\n           ".join(history[:-1]), flush=True)
            break
    for connection in both:
        connection.close()
    return equal, different


def same_outcome(statement, mine, other):
    """Whether both came to the same, as far as MySQL and MariaDB agree on counts and warnings."""
    counts = not statement.startswith("REPLACE") and "ON DUPLICATE" not in statement
    # MariaDB does not warn of rows that UPDATE IGNORE leaves alone, nor of values that ON DUPLICATE KEY UPDATE would give.
    warns = not statement.startswith("UPDATE IGNORE") and "ON DUPLICATE" not in statement and None not in (mine[2], other[2])
    return mine[0] == other[0] and (not counts or mine[1] == other[1]) and (not warns or mine[2] == other[2])
