#!/usr/bin/python3
"""PyMySQL against the server: see the README of tests/clients for what each program covers."""

import datetime
import decimal
import json
import os
import pathlib
import sys
import threading
import time

import pymysql
import pymysql.cursors
from pymysql.constants import CLIENT, ER

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from reporting import Report, equal, raises  # noqa: E402

CASES = json.loads(pathlib.Path(os.environ["SLUICE_CASES"]).read_text())
DATABASE = "client_pymysql"
LARGE = 16 * 1024 * 1024 + 5  # more than one packet holds
report = Report()


def connect(**options):
    settings = {"host": os.environ["SLUICE_HOST"], "port": int(os.environ["SLUICE_PORT"]), "user": "root",
                "charset": "utf8mb4", "autocommit": True, "max_allowed_packet": 64 * 1024 * 1024, **options}
    return pymysql.connect(**settings)


def rows(connection, text, arguments=None):
    with connection.cursor() as cursor:
        cursor.execute(text, arguments)
        return cursor.fetchall()


def run(connection, text, arguments=None):
    with connection.cursor() as cursor:
        return cursor.execute(text, arguments)


# --- types ---------------------------------------------------------------------------------------------------------


def native(kind, text):
    """The value that the driver gives for a value of the table of cases."""
    if text is None:
        return None
    if kind in ("integer", "year"):
        return int(text)
    if kind == "decimal":
        return decimal.Decimal(text)
    if kind == "float":
        return float(text)
    if kind == "date":
        return datetime.date.fromisoformat(text)
    if kind == "datetime":
        return datetime.datetime.fromisoformat(text + "000" * (len(text) == 23))
    if kind == "time":
        negative = text.startswith("-")
        hours, minutes, seconds = text.lstrip("-").split(":")
        value = datetime.timedelta(hours=int(hours), minutes=int(minutes), microseconds=int(decimal.Decimal(seconds) * 1000000))
        return -value if negative else value
    if kind in ("bytes", "bit"):
        return bytes.fromhex(text)
    return text


def same(actual, expected, what):
    equal(actual, expected, what)
    if isinstance(expected, decimal.Decimal):
        equal(str(actual), str(expected), what)  # the scale as well


def parameter(kind, text):
    """What is given to the driver. It writes negative timedeltas wrongly, so times are given as text."""
    return text if kind == "time" else native(kind, text)


def literal(kind, text):
    if text is None:
        return "NULL"
    if kind in ("integer", "decimal", "float"):
        return text
    if kind in ("bytes", "bit"):
        return f"x'{text}'"
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


def check_type(connection, case):
    table = f"t_{case['name']}"
    kind = case["kind"]
    run(connection, f"create table {table} (id int primary key, v {case['type']})")
    for index, text in enumerate(case["values"]):
        run(connection, f"insert into {table} values ({2 * index}, {literal(kind, text)})")
        run(connection, f"insert into {table} values (%s, %s)", (2 * index + 1, parameter(kind, text)))
    found = rows(connection, f"select v from {table} order by id")
    equal(len(found), 2 * len(case["values"]))
    for index, text in enumerate(case["values"]):
        same(found[2 * index][0], native(kind, text), f"literal {text!r}")
        same(found[2 * index + 1][0], native(kind, text), f"parameter {text!r}")
        # A comparison finds the value again, but for FLOAT, whose values are not the decimal literals.
        if case["name"] != "float" and kind != "json":
            matches = rows(connection, f"select count(*) from {table} where v <=> %s", (parameter(kind, text),))[0][0]
            if matches < 2:
                raise AssertionError(f"v <=> {text!r} finds {matches} rows")
    # The SQL form of prepared statements.
    run(connection, f"prepare find from 'select v from {table} where id = ?'")
    run(connection, "set @id = 0")
    same(rows(connection, "execute find using @id")[0][0], native(kind, case["values"][0]), "execute")
    run(connection, "deallocate prepare find")


def check_description(connection):
    with connection.cursor() as cursor:
        cursor.execute("select id, v, v as renamed, 1 + 1, 'x' as x from t_varchar limit 0")
        equal([column[0] for column in cursor.description], ["id", "v", "renamed", "1 + 1", "x"])
        equal([column[6] for column in cursor.description], [False, True, True, False, False])
        equal([column[1] for column in cursor.description], [3, 253, 253, 8, 253])
        equal(cursor.description[1][3], 800, "bytes of varchar(200)")
        # The flag BINARY: drivers tell booleans from bytes by it.
        cursor.execute("select b.v, i.v, x.v, n.v, t.v, b.v + 1 from t_bool b, t_int i, t_varbinary x, t_decimal n, t_text t limit 0")
        flags = [field.flags & 128 for field in cursor._result.fields]  # pylint: disable=protected-access
        equal(flags, [0, 0, 128, 0, 0, 128], "binary")
    with connection.cursor(pymysql.cursors.DictCursor) as cursor:
        cursor.execute("select a.id, b.id from t_int a join t_int b on a.id = b.id order by a.id limit 1")
        equal(cursor.fetchall(), [{"id": 0, "b.id": 0}])


# --- connections ---------------------------------------------------------------------------------------------------


def check_connections():
    for options in ({}, {"user": "app", "password": "pass word é".encode()}, {"database": "test"}):
        connection = connect(**options)
        equal(rows(connection, "select 1"), ((1,),))
        equal(rows(connection, "select current_user()"), ((options.get("user", "root") + "@%",),))
        equal(rows(connection, "select database()"), ((options.get("database"),),))
        connection.ping(reconnect=False)
        equal(rows(connection, "select connection_id()"), ((connection.thread_id(),),))
        connection.close()
    for user, password in (("app", "wrong"), ("app", ""), ("nobody", "x"), ("root", "x")):
        error = raises(pymysql.err.OperationalError, lambda: connect(user=user, password=password))
        equal(error.args[0], ER.ACCESS_DENIED_ERROR)
        expected = f"Access denied for user '{user}'@'127.0.0.1' (using password: {'YES' if password else 'NO'})"
        equal(error.args[1], expected)
    equal(raises(pymysql.err.OperationalError, lambda: connect(database="absent")).args, (1049, "Unknown database 'absent'"))


def check_session(connection):
    connection.select_db("test")
    equal(rows(connection, "select database()"), (("test",),))
    connection.select_db(DATABASE)
    equal(connection.character_set_name(), "utf8mb4")
    run(connection, "create table latin (v varchar(10) character set latin1, u varchar(10))")
    connection.set_charset("latin1")
    run(connection, "insert into latin values ('äß', 'äß')")
    equal(rows(connection, "select v, u, hex(v), hex(u), 'ü' as `ü` from latin where v = 'äß' and u = %s", ("äß",)), (("äß", "äß", "E4DF", "C3A4C39F", "ü"),))
    equal(rows(connection, "select _utf8mb4 x'F09F9880'"), (("?",),))
    equal(rows(connection, "select 'ä', hex('ä'), @@character_set_client"), (("ä", "E4", "latin1"),))
    run(connection, "set character_set_results = null")  # each column comes in its own
    equal(rows(connection, "select hex(v) from latin where v = 'äß'"), (("E4DF",),))
    equal(rows(connection, "select v from latin"), (("äß",),))
    connection.set_charset("utf8mb4")
    equal(rows(connection, "select 'ä', hex('ä')"), (("ä", "C3A4"),))
    equal(rows(connection, "select v, u from latin"), (("äß", "äß"),))


# --- behaviour -----------------------------------------------------------------------------------------------------


def check_transactions(connection):
    run(connection, "create table tx (id int primary key, v int)")
    connection.autocommit(False)
    connection.begin()
    run(connection, "insert into tx values (1, 1), (2, 2)")
    connection.rollback()
    equal(rows(connection, "select * from tx"), ())
    run(connection, "insert into tx values (1, 1)")
    other = connect(database=DATABASE)
    equal(rows(other, "select count(*) from tx"), ((0,),))
    connection.commit()
    equal(rows(other, "select count(*) from tx"), ((1,),))
    run(connection, "savepoint a")
    run(connection, "update tx set v = 2")
    run(connection, "rollback to savepoint a")
    connection.commit()
    equal(rows(other, "select v from tx"), ((1,),))
    # A lock wait that times out leaves the transaction alive.
    run(connection, "update tx set v = 3 where id = 1")
    run(other, "set innodb_lock_wait_timeout = 1")
    error = raises(pymysql.err.OperationalError, run, other, "update tx set v = 4 where id = 1")
    equal(error.args, (1205, "Lock wait timeout exceeded; try restarting transaction"))
    error = raises(pymysql.err.OperationalError, rows, other, "select * from tx where id = 1 for update nowait")
    equal(error.args[0], 3572)
    connection.commit()
    equal(rows(other, "select v from tx"), ((3,),))
    other.close()
    connection.autocommit(True)


def check_deadlock(connection):
    run(connection, "create table dl (id int primary key, v int)")
    run(connection, "insert into dl values (1, 0), (2, 0)")
    outcomes = []
    barrier = threading.Barrier(2)

    def work(first, second):
        mine = connect(database=DATABASE, autocommit=False)
        run(mine, f"update dl set v = v + 1 where id = {first}")
        barrier.wait()
        try:
            run(mine, f"update dl set v = v + 1 where id = {second}")
            mine.commit()
            outcomes.append("committed")
        except pymysql.err.OperationalError as error:
            outcomes.append(error.args)
        mine.close()

    threads = [threading.Thread(target=work, args=pair) for pair in ((1, 2), (2, 1))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    equal(sorted(map(str, outcomes)), sorted(["committed", str((1213, "Deadlock found when trying to get lock; try restarting transaction"))]))
    equal(rows(connection, "select v from dl order by id"), ((1,), (1,)))


ERRORS = [
    ("selec 1", pymysql.err.ProgrammingError, 1064, "42000", "You have an error in your SQL syntax"),
    ("select * from absent", pymysql.err.ProgrammingError, 1146, "42S02", "Table 'client_pymysql.absent' doesn't exist"),
    ("select absent from t_int", pymysql.err.OperationalError, 1054, "42S22", "Unknown column 'absent' in 'field list'"),
    ("insert into t_int values (0, 1)", pymysql.err.IntegrityError, 1062, "23000", "Duplicate entry '0' for key 't_int.PRIMARY'"),
    ("insert into t_int (v) values (1)", pymysql.err.OperationalError, 1364, "HY000", "Field 'id' doesn't have a default value"),
    ("insert into t_int values (null, 1)", pymysql.err.IntegrityError, 1048, "23000", "Column 'id' cannot be null"),
    ("insert into t_int values (100, 'x')", pymysql.err.DataError, 1366, "HY000", "Incorrect int value: 'x' for column 'v' at row 1"),
    ("insert into t_int values (100, 1e10)", pymysql.err.DataError, 1264, "22003", "Out of range value for column 'v' at row 1"),
    ("insert into t_char values (100, repeat('x', 41))", pymysql.err.DataError, 1406, "22001", "Data too long for column 'v' at row 1"),
    ("create table t_int (a int)", pymysql.err.OperationalError, 1050, "42S01", "Table 'client_pymysql.t_int' already exists"),
    ("drop table absent", pymysql.err.OperationalError, 1051, "42S02", "Unknown table 'client_pymysql.absent'"),
    ("use absent", pymysql.err.OperationalError, 1049, "42000", "Unknown database 'absent'"),
    ("insert into t_int values (1)", pymysql.err.OperationalError, 1136, "21S01", "Column count doesn't match value count at row 1"),
    ("select nothing(1)", pymysql.err.OperationalError, 1305, "42000", "FUNCTION client_pymysql.nothing does not exist"),
    ("kill 999999", pymysql.err.OperationalError, 1094, "HY000", "Unknown thread id: 999999"),
    ("set @@nothing = 1", pymysql.err.OperationalError, 1193, "HY000", "Unknown system variable 'nothing'"),
    ("select 1; select 2", pymysql.err.ProgrammingError, 1064, "42000", "You have an error in your SQL syntax"),
]


def check_error(connection, statement, kind, number, state, start):
    error = raises(pymysql.err.MySQLError, run, connection, statement)
    equal(error.args[0], number, statement)
    if not error.args[1].startswith(start):
        raise AssertionError(f"{statement}: {error.args[1]!r} instead of {start!r}")
    if not isinstance(error, kind):
        raise AssertionError(f"{statement}: {type(error).__name__} instead of {kind.__name__}")
    # The driver drops the SQLSTATE; it is read where it is sent.
    packets = []
    original = pymysql.err.raise_mysql_exception
    pymysql.err.raise_mysql_exception = lambda data: (packets.append(bytes(data)), original(data))
    try:
        raises(pymysql.err.MySQLError, run, connection, statement)
    finally:
        pymysql.err.raise_mysql_exception = original
    equal(packets[0][3:9], b"#" + state.encode(), statement)


def check_reset(connection):
    """COM_RESET_CONNECTION, which the driver has no method for."""
    run(connection, "create table reset (id int primary key)")
    run(connection, "set @left = 1, sql_mode = '', autocommit = 0")
    run(connection, "prepare kept from 'select 1'")
    run(connection, "insert into reset values (1)")
    connection._execute_command(0x1F, b"")  # pylint: disable=protected-access
    connection._read_ok_packet()  # pylint: disable=protected-access
    equal(rows(connection, "select @left, @@sql_mode = '', @@autocommit, database(), count(*) from reset"), ((None, 0, 1, DATABASE, 0),))
    equal(raises(pymysql.err.MySQLError, rows, connection, "execute kept").args[0], 1243)
    run(connection, f"create database {DATABASE}_gone")
    connection.select_db(f"{DATABASE}_gone")
    run(connect(), f"drop database {DATABASE}_gone")
    connection._execute_command(0x1F, b"")  # pylint: disable=protected-access
    connection._read_ok_packet()  # pylint: disable=protected-access
    equal(rows(connection, "select database()"), ((None,),))


def check_counts(connection):
    run(connection, "create table counts (id int auto_increment primary key, v int, unique key (v))")
    with connection.cursor() as cursor:
        equal(cursor.execute("insert into counts (v) values (1), (2), (3)"), 3)
        equal(cursor.lastrowid, 1, "the first of several")
        equal(cursor.execute("insert into counts (v) values (4)"), 1)
        equal(cursor.lastrowid, 4)
        equal(cursor.execute("update counts set v = v where id < 3"), 0, "changed rows")
        equal(cursor.execute("update counts set v = v + 10 where id < 3"), 2)
        equal(cursor.execute("insert into counts (id, v) values (4, 5) on duplicate key update v = 5"), 2)
        equal(cursor.execute("replace into counts (id, v) values (4, 6)"), 2)
        equal(cursor.execute("delete from counts where id > 1"), 3)
        equal(cursor.execute("delete from counts where id > 1"), 0)
        equal(cursor.execute("insert ignore into counts (id, v) values (1, 1), (2, 2)"), 1)
        equal(rows(connection, "show warnings")[0][:2], ("Warning", 1062))
        equal(cursor.execute("select * from counts"), 2)
        equal(cursor.rowcount, 2)
        cursor.execute("select found_rows(), row_count()")
        equal(cursor.fetchone()[0], 2)
    found = connect(database=DATABASE, client_flag=CLIENT.FOUND_ROWS)
    equal(run(found, "update counts set v = v"), 2, "found rows")
    found.close()


def check_statements(connection):
    multiple = connect(database=DATABASE, client_flag=CLIENT.MULTI_STATEMENTS)
    with multiple.cursor() as cursor:
        cursor.execute("select 1; create table many (a int); insert into many values (1), (2); select * from many order by a")
        results = [cursor.fetchall()]
        while cursor.nextset():
            results.append(cursor.fetchall())
        equal(results, [((1,),), (), (), ((1,), (2,))])
        cursor.execute("select 1; select absent from many; select 3")
        equal(cursor.fetchall(), ((1,),))
        error = raises(pymysql.err.OperationalError, cursor.nextset)
        equal(error.args[0], 1054)
    equal(rows(multiple, "select 2"), ((2,),))
    multiple.close()
    with connection.cursor() as cursor:  # the driver makes one INSERT of many rows
        cursor.executemany("insert into many values (%s)", [(value,) for value in range(5000)])
        equal(cursor.rowcount, 5000)
    equal(rows(connection, "select count(*), sum(a) from many"), ((5002, decimal.Decimal(12497503)),))
    streaming = connect(database=DATABASE, cursorclass=pymysql.cursors.SSCursor)
    with streaming.cursor() as cursor:
        cursor.execute("select a from many")
        equal(len([row for row in cursor.fetchmany(10)]), 10)
    equal(rows(streaming, "select 1"), [(1,)])
    streaming.close()


def check_large(connection):
    run(connection, "create table large (id int primary key, t longtext, b longblob)")
    text = ("0123456789abcdé" * (LARGE // 16 + 1))[: LARGE - LARGE // 16]
    blob = bytes(range(256)) * (LARGE // 256 + 1)
    blob = blob[:LARGE]
    run(connection, "insert into large values (1, %s, null)", (text,))
    run(connection, "insert into large values (2, null, %s)", (blob,))
    for size in (16777215 - 1, 16777215, 16777216):  # around the border of packets: lengths of the statement and of the row
        statement = "select length('%s')"
        equal(rows(connection, statement % ("x" * (size - len(statement) + 1))), ((size - len(statement) + 1,),))
        equal(len(rows(connection, f"select repeat('x', {size - 4})")[0][0]), size - 4)
    equal(rows(connection, "select t from large where id = 1")[0][0] == text, True)
    equal(rows(connection, "select b from large where id = 2")[0][0] == blob, True)
    equal(rows(connection, "select length(t), char_length(t), md5(b) is null from large where id = 1"),
          ((len(text.encode()), len(text), 1),))
    limit = rows(connection, "select @@max_allowed_packet")[0][0]
    big = connect(database=DATABASE, max_allowed_packet=4 * limit)
    error = raises(pymysql.err.MySQLError, run, big, "select length('" + "x" * (limit + 1) + "')")
    if error.args[0] not in (1153, 2006, 2013):
        raise AssertionError(f"too large a packet: {error!r}")
    equal(rows(connection, "select 1"), ((1,),))


def check_stops(connection):
    run(connection, "create table wait (id int primary key)")
    run(connection, "insert into wait values (1)")
    # max_execution_time
    run(connection, "set max_execution_time = 100")
    error = raises(pymysql.err.OperationalError, rows, connection, "select count(*) from many a, many b, many c where a.a + b.a = c.a + 0.5")
    equal(error.args, (3024, "Query execution was interrupted, maximum statement execution time exceeded"))
    run(connection, "set max_execution_time = 0")
    # KILL QUERY from another connection
    victim = connect(database=DATABASE)
    killer = threading.Timer(0.2, lambda: connection.kill_query(victim.thread_id()) if hasattr(connection, "kill_query")
                             else run(connection, f"kill query {victim.thread_id()}"))
    killer.start()
    error = raises(pymysql.err.OperationalError, rows, victim, "select count(*) from many a, many b, many c where a.a + b.a = c.a + 0.5")
    equal(error.args, (1317, "Query execution was interrupted"))
    killer.join()
    equal(rows(victim, "select 1"), ((1,),))
    killer = threading.Timer(0.2, lambda: run(connection, f"kill query {victim.thread_id()}"))
    killer.start()
    equal(rows(victim, "select sleep(30)"), ((1,),))
    killer.join()
    # KILL ends the connection.
    connection.kill(victim.thread_id())
    error = raises(pymysql.err.OperationalError, rows, victim, "select 1")
    if error.args[0] not in (2006, 2013, 1317):
        raise AssertionError(f"killed connection: {error!r}")
    # The driver's read timeout closes the socket: the statement goes with it.
    hasty = connect(database=DATABASE, read_timeout=0.3)
    identity = hasty.thread_id()
    equal(raises(pymysql.err.OperationalError, rows, hasty, "select sleep(1000)").args[0], 2013)
    deadline = time.monotonic() + 20
    while rows(connection, f"select count(*) from information_schema.processlist where id = {identity}") != ((0,),):
        if time.monotonic() > deadline:
            raise AssertionError("the statement of a client that is gone still runs")
        time.sleep(0.05)


def check_load_data(connection):
    local = connect(database=DATABASE, local_infile=True)
    run(local, "create table loaded (id int primary key, v varchar(100))")
    path = pathlib.Path(os.environ["SLUICE_SCRATCH"]) / "pymysql.csv"
    path.write_text("1,one\n2,\"two, with comma\"\n3,\\N\n4,ä😀\n", encoding="utf-8")
    run(local, f"load data local infile '{path}' into table loaded character set utf8mb4 fields terminated by ',' optionally enclosed by '\"'")
    equal(rows(local, "select * from loaded order by id"), ((1, "one"), (2, "two, with comma"), (3, None), (4, "ä😀")))
    # Ids and columns that SET gives, from what was read and from columns that were not.
    run(local, "create table derived (id int auto_increment primary key, n int, v varchar(20) not null, m int not null)")
    path.write_text("1;x;;2;y;;", encoding="utf-8")
    form = "fields terminated by ';' lines terminated by ';;'"
    run(local, f"load data local infile '{path}' into table derived {form} (n, v) set id = n + 10, m = m + n")
    run(local, f"load data local infile '{path}' into table derived {form} (n, @v) set v = concat(v, @v, n), id = null, m = 7")
    equal(rows(local, "select * from derived order by id"), ((11, 1, "x", 1), (12, 2, "y", 2), (13, 1, "x1", 7), (14, 2, "y2", 7)))
    local.close()


def main():
    report.check("connections", check_connections)
    admin = connect()
    run(admin, f"drop database if exists {DATABASE}")
    run(admin, f"create database {DATABASE}")
    session = connect(database=DATABASE)
    run(session, "set time_zone = '+00:00'")
    run(session, "set sql_mode = 'STRICT_TRANS_TABLES,ONLY_FULL_GROUP_BY,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION'")
    for case in CASES:
        report.check(f"type {case['name']}", check_type, session, case)
    for name, function in (
            ("description", check_description), ("session", check_session), ("transactions", check_transactions),
            ("deadlock", check_deadlock), ("reset", check_reset), ("counts", check_counts), ("statements", check_statements), ("large", check_large),
            ("stops", check_stops), ("load data", check_load_data)):
        connection = connect(database=DATABASE)
        report.check(name, function, connection)
        if connection.open:
            connection.close()
    for case in ERRORS:
        report.check(f"error {case[2]}: {case[0][:40]}", check_error, session, *case)
    report.finish()


main()
