#!/usr/bin/python3
"""The programs of mariadb-client but mysqldump: see the README of tests/clients for what each program covers."""

import os
import pathlib
import signal
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from reporting import Report, equal  # noqa: E402

DATABASE = "client_mysql"
SCRATCH = pathlib.Path(os.environ["SLUICE_SCRATCH"])
SERVER = ["-h", os.environ["SLUICE_HOST"], "-P", os.environ["SLUICE_PORT"]]
LIMIT = 60
report = Report()


def client(program, *arguments, text="", user="root", code=0):
    """The program's output; its errors are part of it. Its exit code must be `code`."""
    done = subprocess.run([program, *SERVER, "-u", user, *arguments], input=text, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, encoding="utf-8", timeout=LIMIT, check=False)
    if done.returncode != code:
        raise AssertionError(f"{program} exits with {done.returncode}: {done.stdout[-400:]}")
    return done.stdout


def mysql(text, *arguments, **options):
    return client("mysql", "--default-character-set=utf8mb4", *arguments, text=text, **options)


def contains(text, *parts):
    for part in parts:
        if part not in text:
            raise AssertionError(f"{part!r} is not in {text[-600:]!r}")


def check_connections():
    equal(mysql("select current_user()", "-N"), "root@%\n")
    equal(mysql("select current_user(), database()", "-N", "-ppass word é", "test", user="app"), "app@%\ttest\n")
    contains(mysql("", "-pwrong", user="app", code=1), "ERROR 1045 (28000): Access denied for user 'app'@'127.0.0.1' (using password: YES)")
    contains(mysql("", "absent", code=1), "ERROR 1049 (42000): Unknown database 'absent'")
    equal(mysql("select @init", "-N", "--init-command=set @init = 5"), "5\n")


def check_formats():
    mysql("create table formats (id int primary key, v varchar(20), b varbinary(10)); insert into formats values (1, 'ä😀', x'00ff'), (2, null, null)", DATABASE)
    equal(mysql("select id, v from formats order by id", DATABASE), "id\tv\n1\tä😀\n2\tNULL\n")
    equal(mysql("select id, v from formats order by id", DATABASE, "--table").splitlines()[1], "| id | v      |")
    contains(mysql("select v from formats where id = 1\\G", DATABASE), "*** 1. row ***", "v: ä😀")
    contains(mysql("select id, v from formats", DATABASE, "--xml"), '<field name="v" xsi:nil="true" />', "<field name=\"v\">ä😀</field>")
    contains(mysql("select id from formats", DATABASE, "--html"), "<TD>1</TD>")
    equal(mysql("select b from formats where id = 1", DATABASE, "-N", "--binary-as-hex"), "0x00FF\n")
    contains(mysql("select id, v, hex(b) as h, cast(v as binary) as c from formats where id = 1", DATABASE, "--table", "--column-type-info"),
             "Type:       LONG", "Type:       VAR_STRING", "Collation:  binary (63)", "PRI_KEY")


def check_commands():
    # Completion asks for the fields of every table; \s for the state of the session and the server.
    contains(mysql("\\s\n", DATABASE, "--auto-rehash"), f"Current database:\t{DATABASE}", "Server characterset:\tutf8mb4", "Threads:")
    script = SCRATCH / "script.sql"
    script.write_text("select 'from a file';\n", encoding="utf-8")
    equal(mysql(f"source {script}", "-N"), "from a file\n")
    equal(mysql("delimiter //\nselect 1; select 2//\n", "-N"), "1\n2\n")
    equal(mysql(f"use {DATABASE}\nselect database()", "-N"), f"{DATABASE}\n")
    equal(mysql("select 1;\n-- a comment\n/* another */ select 2; # and one\nselect 3;", "-N"), "1\n2\n3\n")
    equal(mysql("select 'ö', hex('ö')", "-N", "--default-character-set=latin1"), "ö\tC3B6\n")


def check_errors():
    contains(mysql("select 1; select * from absent; select 2", DATABASE, "-N", code=1), "1\n", f"ERROR 1146 (42S02) at line 1: Table '{DATABASE}.absent' doesn't exist")
    forced = mysql("select 1;\nselect absent;\nselect 2", DATABASE, "-N", "--force")
    contains(forced, "ERROR 1054 (42S22) at line 2: Unknown column 'absent' in 'field list'", "2\n")
    contains(mysql("create table shown (v varchar(2)); set sql_mode = ''; insert into shown values ('long')", DATABASE, "--show-warnings"),
             "Warning (Code 1406): Data too long for column 'v' at row 1")


def check_safe_updates():
    mysql("create table safe (id int primary key, v int); insert into safe values (1, 1), (2, 2), (3, 3)", DATABASE)
    safe = ("--safe-updates", "--select-limit=2", "--max-join-size=100000", DATABASE)
    contains(mysql("update safe set v = 0", *safe, code=1), "ERROR 1175 (HY000) at line 1: You are using safe update mode")
    contains(mysql("delete from safe where v = 1", *safe, code=1), "ERROR 1175 (HY000)")
    equal(mysql("update safe set v = 9 where id = 2; select id, v from safe order by id", "-N", *safe), "1\t1\n2\t9\n")
    contains(mysql("select count(*) from safe a, safe b, safe c", *safe, code=1), "ERROR 1104 (42000)")
    equal(mysql("select count(*) from safe where id between 1 and 3", "-N", *safe), "3\n")


def check_interrupt():
    mysql("create table slow (a int); insert into slow values (1)" + ", (1)" * 1999, DATABASE)
    program = subprocess.Popen(
        ["mysql", *SERVER, "-u", "root", "-N", DATABASE, "--sigint-ignore=0", "-e",
         "select count(*) from slow a, slow b, slow c where a.a + b.a + c.a = 0; select 'after it'"],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    deadline = time.monotonic() + LIMIT
    running = "select count(*) from information_schema.processlist where info like 'select count(*) from slow%'"
    while mysql(running, "-N") != "1\n":
        if time.monotonic() > deadline:
            program.kill()
            raise AssertionError("the statement does not run")
    program.send_signal(signal.SIGINT)
    try:
        output, _ = program.communicate(timeout=LIMIT)
    except subprocess.TimeoutExpired:
        program.kill()
        raise AssertionError("Ctrl-C does not end the statement") from None
    contains(output, "Ctrl-C -- query killed", "ERROR 1317 (70100) at line 1: Query execution was interrupted")
    equal(mysql(running, "-N"), "0\n")


def check_administration():
    contains(client("mysqladmin", "ping"), "mysqld is alive")
    contains(client("mysqladmin", "status"), "Threads:")
    contains(client("mysqladmin", "version"), "Server version", "Protocol version\t10")
    contains(client("mysqladmin", "processlist"), "show processlist")
    contains(client("mysqladmin", "variables"), "max_allowed_packet")
    contains(client("mysqladmin", "extended-status"), "Threads_connected")
    client("mysqladmin", "create", "made_by_mysqladmin")
    client("mysqladmin", "--force", "drop", "made_by_mysqladmin")
    client("mysqladmin", "flush-privileges")
    victim = subprocess.Popen(["mysql", *SERVER, "-u", "root", "-e", "select sleep(1000)"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    deadline = time.monotonic() + LIMIT
    identity = ""
    while not identity:
        identity = mysql("select id from information_schema.processlist where info = 'select sleep(1000)'", "-N").strip()
        if time.monotonic() > deadline:
            victim.kill()
            raise AssertionError("the statement does not run")
    client("mysqladmin", "kill", identity)
    try:
        victim.communicate(timeout=LIMIT)
    except subprocess.TimeoutExpired:
        victim.kill()
        raise AssertionError("a killed connection lives on") from None


def check_tools():
    contains(client("mysqlshow"), DATABASE)
    contains(client("mysqlshow", DATABASE), "formats")
    contains(client("mysqlshow", "--keys", "--count", DATABASE, "formats"), "varchar(20)", "PRIMARY", "Rows: 2")
    contains(client("mysqlshow", "--status", DATABASE), "InnoDB")
    client("mysqlcheck", "--analyze", DATABASE, "formats")
    contains(client("mysqlcheck", "--check", "--extended", DATABASE, "formats"), f"{DATABASE}.formats", "OK")
    contains(client("mysqlcheck", "--check", "--all-databases"), f"{DATABASE}.formats", "OK")
    contains(client("mysqlcheck", "--optimize", DATABASE, "formats"), "doesn't support optimize")
    contains(client("mysqlcheck", "--repair", DATABASE, "formats"), "doesn't support repair")
    contains(client("mysqlcheck", "--check", DATABASE, "not_there"), "doesn't exist")
    data = SCRATCH / "imported.txt"
    data.write_text("1\tone\n2\tä😀\n3\t\\N\n", encoding="utf-8")
    mysql("create table imported (id int primary key, v varchar(20))", DATABASE)
    contains(client("mysqlimport", "--local", "--default-character-set=utf8mb4", DATABASE, str(data)), "Records: 3")
    equal(mysql("select v from imported order by id", "-N", DATABASE), "one\nä😀\nNULL\n")
    contains(client("mysqlslap", "--auto-generate-sql", "--concurrency=4", "--number-of-queries=100", "--auto-generate-sql-add-autoincrement"), "Benchmark")


def main():
    report.check("connections", check_connections)
    mysql(f"drop database if exists {DATABASE}; create database {DATABASE}")
    for name, function in (("formats", check_formats), ("commands", check_commands), ("errors", check_errors), ("safe updates", check_safe_updates), ("interrupt", check_interrupt),
                           ("administration", check_administration), ("tools", check_tools)):
        report.check(name, function)
    report.finish()


main()
