"""Random conditions on one column, answered through its index and without it: the rows must be the same. One seed gives one sequence.

Constants are of every type, in the column's range and far out of it: what a range of the index makes of them must be what a comparison of the row does.
"""

import random
import re

import pymysql

SHOWN_FAILURES = 3  # per column
ROWS = 60

TEXTS = ["''", "'a'", "'A'", "'abc'", "'ABC'", "'5'", "'10'", "'1.5'", "'b'", "'0'", "'x'", "'12abc'", "'a '", "' 5'", "'é'"]
DATES = ["'2020-01-01'", "'1999-12-31'", "'9999-12-31'", "'1000-01-01'", "'2039-01-01'"]
MOMENTS = ["'2020-01-01'", "'2020-01-01 12:34:56'", "'2020-01-01 12:34:57'", "'9999-12-31 23:59:59'", "'1950-01-01'"]
TIMES = ["'12:34:56'", "'00:00:00'", "'838:59:59'", "'-838:59:59'", "'-05:00:00'"]

# name -> (declaration, values)
COLUMNS = {
    "ti": ("TINYINT", ["0", "1", "-1", "127", "-128", "5"]),
    "tu": ("TINYINT UNSIGNED", ["0", "1", "255", "128", "5"]),
    "i": ("INT", ["0", "1", "-1", "2147483647", "-2147483648", "10", "100", "2020", "123456"]),
    "b": ("BIGINT", ["0", "1", "-1", "9223372036854775807", "-9223372036854775808", "9007199254740992", "9007199254740993", "5"]),
    "bu": ("BIGINT UNSIGNED", ["0", "1", "18446744073709551615", "9223372036854775808", "5", "9007199254740993"]),
    "de": ("DECIMAL(10,2)", ["0", "1", "-1", "1.25", "1.26", "99999999.99", "-99999999.99", "0.5", "10"]),
    "fl": ("FLOAT", ["0", "1", "1.1", "-1", "1.5", "3.4e38", "1e20", "0.5"]),
    "db": ("DOUBLE", ["0", "1", "1.1", "-1", "1.5", "1e300", "9007199254740992", "1e19"]),
    "y": ("YEAR", ["0", "1999", "2000", "2155", "1901", "1970", "2020"]),
    "d": ("DATE", DATES),
    "dt": ("DATETIME", MOMENTS),
    "dt3": ("DATETIME(3)", MOMENTS + ["'2020-01-01 12:34:56.789'"]),
    "ts": ("TIMESTAMP NULL", ["'2020-01-01'", "'2020-01-01 12:34:56'", "'2038-01-19 03:14:07'", "'1970-01-01 00:00:01'"]),
    "tm": ("TIME", TIMES),
    "tm2": ("TIME(2)", TIMES + ["'12:34:56.78'"]),
    "vc": ("VARCHAR(12)", TEXTS),
    "vg": ("VARCHAR(12) COLLATE utf8mb4_general_ci", TEXTS),
    "l1": ("VARCHAR(12) CHARACTER SET latin1", TEXTS),
    "ch": ("CHAR(6)", TEXTS),
    "tx": ("TEXT", TEXTS),
    "vb": ("VARBINARY(12)", TEXTS + ["x'00'"]),
    "bi": ("BINARY(4)", ["'a'", "'abc'", "x'41000000'", "'10'", "''"]),
    "bt": ("BIT(10)", ["0", "1", "b'11'", "1023", "65", "10"]),
    "en": ("ENUM('a','b','10','2')", ["'a'", "'b'", "'10'", "'2'"]),
    "se": ("SET('a','b','c')", ["''", "'a'", "'a,b'", "'c'", "'a,b,c'"]),
}
NUMBERS = """0 1 -1 2 5 10 100 127 128 -128 -129 255 256 99 70 1999 2000 2155 2156 2147483647 2147483648 -2147483649 9007199254740992 9007199254740993
9223372036854775807 9223372036854775808 18446744073709551615 18446744073709551616 -9223372036854775808 -9223372036854775809 0.5 1.5 -0.5 1.25 1.256
99999999.99 99999999.995 100000000 1e0 1e2 1.1e0 1.1 3.4e38 1e39 1e300 -1e300 1e19 20200101 20200101123456 123456 20391231000000 101 TRUE FALSE""".split()
STRINGS = TEXTS + DATES + MOMENTS + TIMES + ["'1'", "'-1'", "'1e2'", "'127.5'", "'a,b'", "'2020-01-01 12:34:56.789'", "'0000-00-00'", "'2020-13-45'",
                                             "'12:34:56.78'", "'900:00:00'", "'9223372036854775807'", "'18446744073709551615'",
                                             "'9007199254740993'", "'99999999.994'", "'2020'", "'99'", "'10    '"]
OTHERS = ["NULL", "0x41", "0x00", "x'3130'", "b'11'", "DATE'2020-01-01'", "TIMESTAMP'2020-01-01 12:34:56'", "TIMESTAMP'2020-01-01 12:34:56.789'",
          "TIME'12:34:56'", "TIME'12:34:56.78'", "DATE'2039-06-01'", "CAST('abc' AS BINARY)", "CAST(5 AS CHAR)"]
OPERATORS = ["=", "<>", "<", "<=", ">", ">=", "<=>"]


def constant(chooser):
    return chooser.choice(chooser.choice([NUMBERS, STRINGS, OTHERS]))


def condition(chooser, column):
    roll = chooser.random()
    if roll < 0.65:
        return f"{column} {chooser.choice(OPERATORS)} {constant(chooser)}"
    if roll < 0.75:
        return f"{column} IN ({', '.join(constant(chooser) for _ in range(chooser.randint(1, 3)))})"
    if roll < 0.85:
        return f"{column} BETWEEN {constant(chooser)} AND {constant(chooser)}"
    if roll < 0.9:
        return f"{column} LIKE {chooser.choice(STRINGS)}"
    return f"{constant(chooser)} {chooser.choice(OPERATORS)} {column}"


def create(cursor, chooser):
    columns = ", ".join(f"{name} {declaration}" for name, (declaration, _) in COLUMNS.items())
    keys = ", ".join(f"KEY k_{name} ({name}{'(5)' if name == 'tx' else ''})" for name in COLUMNS)
    cursor.execute(f"CREATE TABLE one_each (id INT PRIMARY KEY, {columns}, {keys})")
    for number in range(ROWS):
        values = ["NULL" if chooser.random() < 0.1 else chooser.choice(values) for _, values in COLUMNS.values()]
        cursor.execute(f"INSERT INTO one_each VALUES ({number}, {', '.join(values)})")


def answer(cursor, statement):
    """The ids, or the error."""
    try:
        cursor.execute(statement)
        return sorted(row[0] for row in cursor.fetchall())
    except pymysql.err.Error as error:
        return f"error {error.args}"


def prepared_answer(cursor, statement, value):
    cursor.execute(f"SET @value = {value}")
    try:
        cursor.execute("PREPARE one FROM %s", (statement,))
    except pymysql.err.Error as error:
        return f"error {error.args}"
    return answer(cursor, "EXECUTE one USING @value")


def check(server, seed, condition_count):
    """Returns (columns whose answers agree, others) and prints the first differences of each."""
    print(f"conditions through indexes and without them, with seed {seed}", flush=True)
    chooser = random.Random(seed)
    wrong = {}
    with server.connect() as connection, connection.cursor() as cursor:
        cursor.execute("CREATE DATABASE access_paths")
        cursor.execute("USE access_paths")
        create(cursor, chooser)
        for _ in range(condition_count):
            column = chooser.choice(list(COLUMNS))
            where = condition(chooser, column)
            hints = (f"FORCE INDEX (k_{column})", f"IGNORE INDEX (k_{column})")
            statement = "SELECT id FROM one_each {} WHERE {}"
            answers = [[answer(cursor, statement.format(hint, where)) for hint in hints]]
            comparison = re.fullmatch(rf"({column} \S+) (.*)", where)
            if comparison and comparison[1].split()[1] in OPERATORS:
                answers.append([prepared_answer(cursor, statement.format(hint, comparison[1] + " ?"), comparison[2]) for hint in hints])
            for through, without in answers:
                if through != without:
                    wrong.setdefault(column, []).append(f"{where}: {through} through the index, {without} without")
    for column, problems in wrong.items():
        print(f"{COLUMNS[column][0]}: {len(problems)} conditions\n  " + "\n  ".join(problems[:SHOWN_FAILURES]), flush=True)
    return len(COLUMNS) - len(wrong), len(wrong)
