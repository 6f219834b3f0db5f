#!/usr/bin/python3
"""mysqldump, and the reload of what it wrote: see the README of tests/clients for what each program covers."""

import os
import pathlib
import subprocess
import sys

import pymysql

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
from reporting import Report, equal  # noqa: E402

SCRATCH = pathlib.Path(os.environ["SLUICE_SCRATCH"])
SERVER = ["-h", os.environ["SLUICE_HOST"], "-P", os.environ["SLUICE_PORT"], "-u", "root", "--default-character-set=utf8mb4"]
SOURCE = "client_dump"
LIMIT = 120
report = Report()


def connect(database):
    return pymysql.connect(host=os.environ["SLUICE_HOST"], port=int(os.environ["SLUICE_PORT"]), user="root", charset="utf8mb4", database=database,
                           autocommit=True, conv={})


def rows(connection, text):
    with connection.cursor() as cursor:
        cursor.execute(text)
        return cursor.fetchall()


def dump(name, *arguments):
    """Writes a dump and returns its path."""
    path = SCRATCH / f"{name}.sql"
    with open(path, "wb") as output:
        done = subprocess.run(["mysqldump", *SERVER, *arguments], stdout=output, stderr=subprocess.PIPE, timeout=LIMIT, check=False)
    if done.returncode != 0 or done.stderr:
        raise AssertionError(f"mysqldump {arguments}: {done.stderr.decode(errors='replace')[:500]}")
    if b"Dump completed" not in path.read_bytes()[-200:]:
        raise AssertionError("the dump is not complete")
    return path


def load(path, database):
    with open(path, "rb") as text:
        done = subprocess.run(["mysql", *SERVER, database] if database else ["mysql", *SERVER], stdin=text, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=LIMIT, check=False)
    if done.returncode != 0 or done.stdout:
        raise AssertionError(f"the reload says {done.stdout.decode(errors='replace')[:500]}")


def quoted(name):
    return "`" + name.replace("`", "``") + "`"


def contents(database):
    """Everything about a database that a dump must keep: by object, what SHOW CREATE says and the rows as they are sent."""
    found = {}
    with connect(database) as connection:
        found["database"] = rows(connection, f"show create database {database}")[0][1].replace(database, "DATABASE")
        for name, kind in rows(connection, "show full tables"):
            definition = rows(connection, f"show create table {quoted(name)}")[0][1].replace(f"`{database}`.", "`DATABASE`.")
            values = rows(connection, f"select * from {quoted(name)}")
            found[kind, name] = (definition, sorted(map(repr, values)))
        found["columns"] = rows(
            connection, "select table_name, column_name, ordinal_position, column_default, is_nullable, column_type, character_set_name, collation_name, "
            f"column_key, extra, column_comment, generation_expression from information_schema.columns where table_schema = '{database}' order by 1, 3")
        found["indexes"] = rows(
            connection, "select table_name, index_name, seq_in_index, non_unique, column_name, sub_part, nullable, index_comment "
            f"from information_schema.statistics where table_schema = '{database}' order by 1, 2, 3")
    return found


def compare(source, target):
    due, actual = contents(source), contents(target)
    equal(sorted(map(str, actual)), sorted(map(str, due)), "objects")
    for key, value in due.items():
        # A view keeps the database that it was made over, so a copy reads the original.
        if isinstance(key, tuple) and key[0] == "VIEW":
            equal(actual[key][1], value[1], key[1])
        else:
            equal(actual[key], value, str(key))


def check_copy(name, *arguments):
    target = f"{SOURCE}_{name}"
    with connect(None) as connection:
        rows(connection, f"drop database if exists {target}")
        rows(connection, f"create database {target} character set utf8mb4 collate utf8mb4_general_ci")
    load(dump(name, *arguments, SOURCE), target)
    compare(SOURCE, target)
    # The next generated key goes on behind the last one.
    with connect(target) as connection:
        rows(connection, "insert into numbers (a) values (1)")
        equal(int(rows(connection, "select max(id) from numbers")[0][0]) > 102, True, "auto increment")
        rows(connection, f"drop database {target}")


def check_in_place():
    """A dump that drops and makes the database itself, loaded twice."""
    before = contents(SOURCE)
    path = dump("in_place", "--add-drop-database", "--databases", SOURCE)
    for _ in range(2):
        load(path, None)
        equal(contents(SOURCE), before, "contents")


def check_parts():
    text = dump("where", "--where=id = 101", "--no-create-info", SOURCE, "numbers").read_text(encoding="utf-8", errors="replace")
    equal((text.count("(101,"), text.count("(100,"), text.count("CREATE TABLE")), (1, 0, 0))
    text = dump("no_data", "--no-data", SOURCE).read_text(encoding="utf-8", errors="replace")
    equal((text.count("INSERT INTO"), text.count("CREATE TABLE `")), (0, 10))
    xml = subprocess.run(["mysqldump", *SERVER, "--xml", SOURCE, "strings"], capture_output=True, timeout=LIMIT, check=True).stdout.decode(errors="replace")
    equal('<field name="c">😀 emoji</field>' in xml, True)


def check_everything():
    """Every database of the server, the system's own too, can be read out."""
    text = dump("everything", "--all-databases", "--single-transaction", "--routines", "--events", "--triggers").read_text(encoding="utf-8", errors="replace")
    equal("CREATE TABLE `user`" in text and f"Current Database: `{SOURCE}`" in text, True)


def main():
    with connect(None) as connection:
        rows(connection, f"drop database if exists {SOURCE}")
        rows(connection, f"create database {SOURCE} character set utf8mb4 collate utf8mb4_general_ci")
    report.check("schema", load, HERE / "schema.sql", SOURCE)
    report.check("plain", check_copy, "plain")
    report.check("hexadecimal, one transaction, routines", check_copy, "hexadecimal", "--hex-blob", "--single-transaction", "--routines", "--triggers", "--events")
    report.check("one row each, with names", check_copy, "rows", "--complete-insert", "--skip-extended-insert", "--order-by-primary")
    report.check("replace, without locks", check_copy, "replace", "--replace", "--skip-lock-tables", "--skip-quick", "--skip-add-locks", "--no-autocommit")
    report.check("in place", check_in_place)
    report.check("parts", check_parts)
    report.check("everything", check_everything)
    report.finish()


main()
