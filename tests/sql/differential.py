"""Random queries over typed tables, whose answers must be MariaDB's. One seed gives one sequence of queries.

Only what MySQL and MariaDB agree on is generated: no JSON, no division of integers to many digits, no text of floating-point values.
"""

import decimal
import random

import pymysql

SHOWN_FAILURES = 20

# name -> (kind, declaration)
COLUMNS = {
    "i": ("number", "INT"),
    "b": ("number", "BIGINT"),
    "u": ("number", "SMALLINT UNSIGNED"),
    "n": ("number", "DECIMAL(15,3)"),
    "s": ("text", "VARCHAR(20)"),
    "c": ("text", "CHAR(8)"),
    "d": ("date", "DATE"),
    "t": ("moment", "DATETIME"),
    "e": ("text", "ENUM('red','green','blue')"),
}
TABLES = {
    "p": "id INT PRIMARY KEY, {columns}, KEY (i), KEY (s, n)",
    "q": "id INT PRIMARY KEY, {columns}, UNIQUE KEY (b, id), KEY (d), KEY (u, i)",
    "r": "id INT, {columns}, KEY (c(3)), KEY (t, n)",
}
# MariaDB reads them as comments.
HINTS = ["HASH_JOIN", "MERGE_JOIN", "INL_JOIN", "INL_HASH_JOIN", "INL_MERGE_JOIN", "HASH_JOIN_BUILD", "HASH_JOIN_PROBE", "NO_HASH_JOIN", "NO_INDEX_JOIN"]
BLOCK_HINTS = ["HASH_AGG()", "STREAM_AGG()", "NO_DECORRELATE()", "STRAIGHT_JOIN()"]
WORDS = ["", "a", "A", "ab", "abc", "b", "Zebra", "10", "7up", "-3", "2020-02-29", "x y", "%", "naïve", "_"]
ENUMS = ["red", "green", "blue"]


class Generator:
    """Makes texts of queries. `aliases` below are lists of table aliases that an expression may use."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.alias_count = 0

    def pick(self, *choices):
        choice = self.random.choice(choices)
        return choice() if callable(choice) else choice

    def chance(self, share):
        return self.random.random() < share

    # Rows

    def literal(self, kind, is_whole=False):
        """With `is_whole`, no fraction: MariaDB rounds one that stands beside an integer column."""
        if kind == "number" and is_whole:
            return str(self.random.choice([-3, -1, 0, 1, 2, 3, 5, 7, 10, 255, 65535]))
        if kind == "number":
            return self.pick(lambda: str(self.random.randint(-5, 12)), lambda: str(self.random.randint(-5, 12)),
                             lambda: f"{self.random.randint(-900, 900) / 100:.2f}", lambda: str(self.random.choice([0, 255, 65535, 2147483647])))
        if kind == "text":
            return "'" + self.random.choice(WORDS) + "'"
        if kind == "date":
            return f"DATE'{self.random.choice([1999, 2000, 2020, 2021])}-{self.random.choice(['01-01', '02-28', '12-31', '06-15'])}'"
        return f"TIMESTAMP'{self.random.choice([2000, 2020])}-{self.random.choice(['01-01 00:00:00', '02-28 23:59:59', '06-15 12:30:00'])}'"

    def cell(self, column, kind):
        if self.chance(0.15):
            return "NULL"
        if column == "u":
            return str(self.random.choice([0, 1, 2, 3, 7, 255, 65535]))
        if column == "e":
            return "'" + self.random.choice(ENUMS) + "'"
        if column == "c":
            return "'" + self.random.choice([word for word in WORDS if len(word) <= 8]) + "'"
        if kind == "number" and column in ("i", "b"):
            return str(self.random.choice([-3, -1, 0, 1, 2, 3, 4, 5, 6, 7, 10, 100, 2147483647 if column == "i" else 9007199254740993]))
        return self.literal(kind)

    def tables(self):
        statements = []
        columns = ", ".join(f"{name} {declaration}" for name, (_, declaration) in COLUMNS.items())
        for table, declaration in TABLES.items():
            statements.append(f"CREATE TABLE {table} ({declaration.format(columns=columns)})")
            rows = []
            for number in range(1, self.random.randint(12, 40)):
                cells = [str(number)] + [self.cell(name, kind) for name, (kind, _) in COLUMNS.items()]
                rows.append("(" + ", ".join(cells) + ")")
            statements.append(f"INSERT INTO {table} VALUES " + ", ".join(rows))
        return statements

    # Expressions

    def column(self, aliases, kind):
        names = [name for name, (its, _) in COLUMNS.items() if its == kind]
        if kind == "number":
            names.append("id")
        return f"{self.random.choice(aliases)}.{self.random.choice(names)}"

    def value(self, aliases, kind, depth):
        if depth <= 0 or self.chance(0.35):
            return self.column(aliases, kind) if self.chance(0.75) else self.literal(kind)
        inner = lambda its=kind: self.value(aliases, its, depth - 1)
        general = [
            lambda: f"CASE WHEN {self.condition(aliases, depth - 1)} THEN {inner()} ELSE {inner()} END",
            lambda: f"COALESCE({inner()}, {inner()})",
            lambda: f"IFNULL({inner()}, {inner()})",
            lambda: f"IF({self.condition(aliases, depth - 1)}, {inner()}, {inner()})",
            lambda: f"NULLIF({inner()}, {inner()})",
        ]
        own = {
            "number": [
                lambda: f"({inner()} + {inner()})", lambda: f"({inner()} - {self.literal('number')})", lambda: f"({inner()} * {self.random.randint(-3, 3)})",
                lambda: f"ABS({inner()})", lambda: f"SIGN({inner()})", lambda: f"CHAR_LENGTH({inner('text')})", lambda: f"LENGTH({inner('text')})",
                lambda: f"YEAR({inner('date')})", lambda: f"MONTH({inner('moment')})", lambda: f"DAYOFWEEK({inner('date')})",
                lambda: f"DATEDIFF({inner('date')}, {inner('date')})", lambda: f"GREATEST({inner()}, {inner()})", lambda: f"LEAST({inner()}, {inner()})",
                lambda: f"(-{inner()})", lambda: f"LOCATE({self.literal('text')}, {inner('text')})", lambda: f"FLOOR({inner()})",
                lambda: f"ROUND({inner()}, {self.random.randint(-1, 2)})", lambda: f"({inner()} DIV {self.random.choice([2, 3, -4])})",
                lambda: f"({inner()} % {self.random.choice([2, 3, 5])})", lambda: f"STRCMP({inner('text')}, {inner('text')})",
                lambda: f"({self.condition(aliases, depth - 1)})", lambda: f"ASCII({inner('text')})", lambda: f"HOUR({inner('moment')})",
                lambda: f"BIT_COUNT({inner('number')} & 255)", lambda: self.scalar_subquery(aliases, depth - 1),
            ],
            "text": [
                lambda: f"CONCAT({inner()}, {inner()})", lambda: f"UPPER({inner()})", lambda: f"LOWER({inner()})", lambda: f"LEFT({inner()}, 2)",
                lambda: f"SUBSTRING({inner()}, {self.random.randint(-3, 4)}, 2)", lambda: f"REVERSE({inner()})", lambda: f"TRIM({inner()})",
                lambda: f"REPLACE({inner()}, 'a', 'zz')", lambda: f"LPAD({inner()}, 4, '*')", lambda: f"CONCAT({inner()}, '-', {inner()})",
                lambda: f"CAST({self.column(aliases, 'number')} AS CHAR)", lambda: f"HEX({inner()})", lambda: f"REPEAT({inner()}, 2)",
                lambda: f"DATE_FORMAT({inner('date')}, '%Y/%m/%d')", lambda: f"INSERT({inner()}, 2, 1, 'Q')", lambda: f"ELT(2, 'x', {inner()})",
                lambda: f"SUBSTRING_INDEX({inner()}, 'b', 1)", lambda: f"RTRIM({inner()})", lambda: f"MID({inner()}, 2)",
            ],
            "date": [
                lambda: f"DATE({inner('moment')})", lambda: f"DATE_ADD({inner()}, INTERVAL {self.random.randint(-40, 40)} DAY)",
                lambda: f"DATE_SUB({inner()}, INTERVAL {self.random.randint(0, 20)} MONTH)", lambda: f"LAST_DAY({inner()})",
            ],
            "moment": [
                lambda: f"DATE_ADD({inner()}, INTERVAL {self.random.randint(-40, 40)} HOUR)", lambda: f"CAST({inner('date')} AS DATETIME)",
            ],
        }[kind]
        return self.random.choice(own * 2 + general)()

    def condition(self, aliases, depth):
        kind = self.random.choice(["number", "number", "text", "date", "moment"])
        side = lambda its=kind: self.value(aliases, its, depth - 1)
        choices = [
            lambda: f"{side()} {self.random.choice(['=', '<>', '<', '<=', '>', '>=', '<=>'])} {self.column(aliases, kind)}",
            lambda: f"{self.column(aliases, kind)} {self.random.choice(['=', '<', '>', '>='])} {self.literal(kind, True)}",
            lambda: f"{side()} IS {self.random.choice(['', 'NOT '])}NULL",
            lambda: f"{side()} {self.random.choice(['', 'NOT '])}IN ({', '.join(self.literal(kind, True) for _ in range(self.random.randint(1, 4)))})",
            # Bounds that may be NULL give NULL there where one bound already decides.
            lambda: f"{side()} {self.random.choice(['', 'NOT '])}BETWEEN {self.literal(kind, True)} AND {self.literal(kind, True)}",
            lambda: f"{side('text')} {self.random.choice(['', 'NOT '])}LIKE {self.random.choice(['%a%', 'a%', '%b', '_', 'a_', '10', '%'])!r}",
            lambda: f"{self.column(aliases, 'number')} = {self.random.choice(['10', '3', '0', '-3'])!r}",
        ]
        if depth > 0:
            choices += [
                lambda: f"({self.condition(aliases, depth - 1)} AND {self.condition(aliases, depth - 1)})",
                lambda: f"({self.condition(aliases, depth - 1)} OR {self.condition(aliases, depth - 1)})",
                lambda: f"NOT ({self.condition(aliases, depth - 1)})",
                lambda: f"({self.condition(aliases, depth - 1)} XOR {self.condition(aliases, depth - 1)})",
                lambda: f"({self.condition(aliases, depth - 1)}) IS {self.random.choice(['TRUE', 'FALSE', 'NOT TRUE', 'UNKNOWN'])}",
                lambda: self.subquery_condition(aliases, depth - 1),
                lambda: self.subquery_condition(aliases, depth - 1),
            ]
        return self.random.choice(choices)()

    def alias(self):
        self.alias_count += 1
        return f"a{self.alias_count}"

    def scalar_subquery(self, aliases, depth):
        alias = self.alias()
        aggregate = self.random.choice(["MIN", "MAX", "COUNT", "SUM"])
        tied = f"{self.column([alias], 'number')} = {self.column(aliases, 'number')}"
        more = f" AND {self.condition([alias] + aliases, min(depth, 1))}" if self.chance(0.4) else ""
        return f"(SELECT {self.hint([])}{aggregate}({self.column([alias], 'number')}) FROM {self.random.choice(list(TABLES))} {alias} WHERE {tied}{more})"

    def hint(self, aliases):
        if self.chance(0.6):
            return ""
        if len(aliases) > 1 and self.chance(0.7):
            return f"/*+ {self.random.choice(HINTS)}({', '.join(self.random.sample(aliases, self.random.randint(1, 2)))}) */ "
        return f"/*+ {self.random.choice(BLOCK_HINTS)} */ "

    def grouped_table(self, table):
        """A derived table with the columns of `table`, one row for each value of one of them."""
        key = self.random.choice(["i", "u", "d", "t"])
        fields = [key] + [f"{self.random.choice(['MIN', 'MAX'])}({name}) AS {name}" for name in ["id", *COLUMNS] if name != key]
        return f"(SELECT {', '.join(fields)} FROM {table} GROUP BY {key})"

    def subquery_condition(self, aliases, depth):
        alias = self.alias()
        table = self.random.choice(list(TABLES))
        visible = [alias] + (aliases if self.chance(0.5) else [])
        kind = self.random.choice(["number", "text", "date"])
        # Columns of one type: between an integer and an unsigned one, or a text and an ENUM, MariaDB forgets the NULLs of a list.
        like = self.random.choice([name for name, (its, _) in COLUMNS.items() if its == kind])
        own = f"{self.random.choice(aliases)}.{like}"
        where = f" WHERE {self.condition(visible, depth)}" if self.chance(0.8) else ""
        return self.random.choice([
            lambda: f"{self.random.choice(['', 'NOT '])}EXISTS (SELECT 1 FROM {table} {alias}{where})",
            lambda: f"{own} {self.random.choice(['', 'NOT '])}IN (SELECT {alias}.{like} FROM {table} {alias}{where})",
            lambda: f"{self.value(aliases, kind, 1)} {self.random.choice(['=', '<', '>'])} (SELECT {self.random.choice(['MIN', 'MAX'])}({self.column([alias], kind)}) FROM {table} {alias}{where})",
            lambda: f"{self.value(aliases, 'number', 1)} {self.random.choice(['<', '>='])} (SELECT COUNT(*) FROM {table} {alias}{where})",
            lambda: f"{own} {self.random.choice(['> ALL', '<= ANY', '= ANY', '<> ALL'])} (SELECT {alias}.{like} FROM {table} {alias}{where})",
        ])()

    # Queries

    def source(self):
        """A FROM clause and its aliases."""
        aliases = [self.alias()]
        text = f"{self.random.choice(list(TABLES))} {aliases[0]}"
        for _ in range(self.random.choice([0, 0, 1, 1, 2])):
            alias = self.alias()
            join = self.random.choice(["JOIN", "LEFT JOIN", "RIGHT JOIN"])
            kind = self.random.choice(["number", "number", "text", "date"])
            on = f"{self.column(aliases, kind)} = {self.column([alias], kind)}"
            if self.chance(0.4):
                on += f" AND {self.condition(aliases + [alias], 1)}"
            table = self.random.choice(list(TABLES))
            if self.chance(0.2):
                inner = self.alias()
                table = self.pick(lambda: f"(SELECT * FROM {table} {inner} WHERE {self.condition([inner], 1)})", lambda: self.grouped_table(table))
            text += f" {join} {table} {alias} ON {on}"
            aliases.append(alias)
        return text, aliases

    def kinds(self):
        return [self.random.choice(["number", "number", "text", "date", "moment"]) for _ in range(self.random.randint(1, 4))]

    def plain(self, kinds):
        text, aliases = self.source()
        fields = [f"{self.value(aliases, kind, 2)} AS f{number}" for number, kind in enumerate(kinds)]
        where = f" WHERE {self.condition(aliases, 2)}" if self.chance(0.8) else ""
        distinct = "DISTINCT " if self.chance(0.2) else ""
        return f"SELECT {self.hint(aliases)}{distinct}{', '.join(fields)} FROM {text}{where}"

    def grouped(self):
        text, aliases = self.source()
        # A number, even in parentheses, would be the position of a column.
        keys = [self.value(aliases, kind, 1) for kind in self.kinds()[:2]]
        keys = [key if "." in key.strip("0123456789.-()") else self.column(aliases, "number") for key in keys]
        aggregates = []
        for _ in range(self.random.randint(1, 3)):
            kind = self.random.choice(["number", "text", "date"])
            argument = self.value(aliases, kind, 1)
            aggregates.append(self.random.choice([f"COUNT({argument})", "COUNT(*)", f"MIN({argument})", f"MAX({argument})",
                                                  f"COUNT(DISTINCT {argument})", f"SUM({self.column(aliases, 'number')})",
                                                  f"SUM(DISTINCT {self.column(aliases, 'number')})", f"AVG({self.column(aliases, 'number')})",
                                                  f"BIT_OR({self.random.choice(aliases)}.u)"]))
        where = f" WHERE {self.condition(aliases, 1)}" if self.chance(0.6) else ""
        if self.chance(0.3):
            return f"SELECT {', '.join(aggregates)} FROM {text}{where}"
        having = f" HAVING COUNT(*) > {self.random.randint(0, 2)}" if self.chance(0.4) else ""
        fields = [f"{key} AS k{number}" for number, key in enumerate(keys)] + aggregates
        # Equal keys under PAD SPACE can be spelt in several ways: each side may show another one.
        return f"SELECT {', '.join(fields)} FROM {text}{where} GROUP BY {', '.join(keys)}{having}"

    def query(self):
        roll = self.random.random()
        if roll < 0.5:
            return self.plain(self.kinds())
        if roll < 0.75:
            return self.grouped()
        kinds = self.kinds()
        if roll < 0.87:
            # MariaDB gives the result of numbers of several types too few digits.
            kinds = [kind if kind != "number" else "text" for kind in kinds]
            return f"({self.plain(kinds)}) {self.random.choice(['UNION', 'UNION ALL', 'EXCEPT', 'INTERSECT'])} ({self.plain(kinds)})"
        if roll < 0.94:
            alias = self.alias()
            names = ", ".join(f"f{number}" for number in range(len(kinds)))
            return f"WITH w AS ({self.plain(kinds)}) SELECT {alias}.f0, COUNT(*) FROM w {alias} GROUP BY {alias}.f0 HAVING COUNT(*) >= 1" \
                if self.chance(0.5) else f"WITH w AS ({self.plain(kinds)}) SELECT {names} FROM w UNION ALL SELECT {names} FROM w"
        names = ", ".join(f"f{number}" for number in range(len(kinds)))
        return f"SELECT * FROM ({self.plain(kinds)}) x ORDER BY {names} LIMIT {self.random.randint(1, 9)}"

    def change(self):
        table = self.random.choice(list(TABLES))
        condition = self.condition([table], 1)
        column = self.random.choice(["i", "b", "s", "n"])
        return self.random.choice([
            lambda: f"DELETE FROM {table} WHERE {condition} ORDER BY id LIMIT 3",
            lambda: f"UPDATE {table} SET {column} = {self.cell(column, COLUMNS[column][0])} WHERE {condition}",
            lambda: f"UPDATE {table} SET i = u, d = DATE_ADD(d, INTERVAL 1 DAY) WHERE {condition}",
            lambda: f"UPDATE p JOIN q ON p.{column} = q.{column} SET p.u = 5 WHERE q.i < 4",
        ])()


def normal(value):
    """Numbers compare as numbers, whatever zeros they end with."""
    if value is None:
        return "\0NULL"
    text = value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else str(value)
    try:
        number = decimal.Decimal(text)
    except decimal.InvalidOperation:
        return text
    if not number.is_finite() or abs(number.adjusted()) > 1000:
        return text
    if number == 0:
        return "0"
    return format(number.quantize(decimal.Decimal("1e-4")).normalize() if abs(number) < 10**20 else number.normalize(), "f")


def answer(connection, statement):
    """The rows as a sorted list, or the number of the error."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement)
            if cursor.description is None:
                return "changed", cursor.rowcount
            return "rows", sorted([normal(value) for value in row] for row in cursor.fetchall())
    except pymysql.err.Error as error:
        return "error", error.args[0]


def compare(server, peer, seed, query_count):
    """Runs the same statements on both; returns (equal, different) and prints the first differences."""
    print(f"random queries with seed {seed}", flush=True)
    generator = Generator(seed)
    equal = different = 0
    ours, theirs = (each.connect(conv={}, autocommit=None) for each in (server, peer))
    both = (ours, theirs)
    for connection in both:
        for statement in ("CREATE DATABASE differential", "USE differential", "SET time_zone = '+00:00'", "SET SESSION group_concat_max_len = 1048576",
                          "SET autocommit = 1",
                          # MariaDB does not see that an expression of GROUP BY is the one of the SELECT list.
                          "SET sql_mode = 'STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO'"):
            answer(connection, statement)
    for number in range(query_count):
        if number % 500 == 0:
            for connection in both:
                answer(connection, f"DROP TABLE IF EXISTS {', '.join(TABLES)}")
            for statement in generator.tables():
                for connection in both:
                    kind, found = answer(connection, statement)
                    if kind == "error":
                        raise RuntimeError(f"error {found} on {statement}")
        statements = [generator.query()]
        if number % 25 == 24:
            statements = [generator.change()] + [f"SELECT * FROM {table}" for table in TABLES]
        for statement in statements:
            mine, other = answer(ours, statement), answer(theirs, statement)
            # Which rows an expression that overflows is computed for is each server's own affair.
            if mine == other or ("error", 1690) in (mine, other):
                equal += 1
                continue
            different += 1
            if different <= SHOWN_FAILURES:
                print(f"query {number} differs: {statement}\n  here:    {brief(mine, other)}\n  MariaDB: {brief(other, mine)}", flush=True)
            if mine == ("error", 2013) or mine == ("error", 2006):
                print(f"the server died\n{server.log()[-3000:]}", flush=True)
                return equal, different
    ours.close()
    theirs.close()
    return equal, different


def brief(own, other):
    kind, content = own
    if kind != "rows" or other[0] != "rows":
        return f"{kind} {content if kind != 'rows' else str(content)[:300]}"
    only = [row for row in content if row not in other[1]]
    return f"{len(content)} rows, only here {only[:4]}"
