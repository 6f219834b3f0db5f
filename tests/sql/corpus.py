"""Runs scripts of the corpus against a server and compares what they print with the recorded results."""

import difflib
import pathlib
import re
import threading
import time
import warnings

import pymysql

from script import Session, ScriptError, parse_script, read_header, result_text

warnings.filterwarnings("ignore", category=pymysql.Warning)

HERE = pathlib.Path(__file__).resolve().parent

# The same corpus under other settings: results must not change.
MODES = {
    "plain": [],
    # Little memory and chunks of few rows: whatever can write to disk instead, does.
    "spilling": ["SET GLOBAL tidb_mem_quota_query = 4194304"],
    "serial": ["SET GLOBAL tidb_executor_concurrency = 1"],
}

# What makes MariaDB answer as Sluice's defaults do.
MARIADB_SETTINGS = [
    "--collation-server=utf8mb4_bin", "--default-time-zone=+00:00", "--innodb-flush-log-at-trx-commit=0",
    "--sql-mode=ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION",
]


class Failure(Exception):
    """A script that could not be run as it is written."""


class ScriptRun:
    """One run of one script: its sessions and what it has printed."""

    def __init__(self, path, server, database):
        self.path = path
        self.server = server
        self.database = database
        self.sessions = {}
        self.current = "default"
        self.output = []
        self.with_warnings = False
        self.with_info = False
        self.with_result = True

    def run(self, steps):
        setup = self.server.connect()
        with setup.cursor() as cursor:
            cursor.execute(f"DROP DATABASE IF EXISTS `{self.database}`")
            cursor.execute(f"CREATE DATABASE `{self.database}`")
        try:
            self.open("default", "root", "", self.database)
            for step in steps:
                self.take(step)
            return "".join(self.output)
        finally:
            for session in self.sessions.values():
                session.close()
            with setup.cursor() as cursor:
                cursor.execute(f"DROP DATABASE IF EXISTS `{self.database}`")
            setup.close()

    def open(self, name, user, password, database):
        self.sessions[name] = Session(self.server, user, password, database or None)
        self.current = name

    def take(self, step):
        session = self.sessions[self.current]
        if not step.command:
            self.output.append(step.text + "\n")
            self.print_outcome(step, session, session.run(step.text.rstrip().rstrip(";")))
        elif step.command == "echo":
            self.output.append(step.arguments + "\n")
        elif step.command == "connect":
            words = [word.strip() for word in step.arguments.strip("()").split(",")]
            words += [""] * (5 - len(words))
            self.output.append(f"connect {words[0]};\n")
            self.open(words[0], words[2] or "root", words[3], words[4] or self.database)
        elif step.command == "connection":
            if step.arguments not in self.sessions:
                raise Failure(f"line {step.line}: no connection '{step.arguments}'")
            self.output.append(f"connection {step.arguments};\n")
            self.current = step.arguments
        elif step.command == "disconnect":
            self.output.append(f"disconnect {step.arguments};\n")
            self.sessions.pop(step.arguments).close()
            self.current = "default"
        elif step.command == "send":
            self.output.append(f"send {step.arguments};\n")
            outcome = []
            thread = threading.Thread(target=lambda: outcome.append(session.run(step.arguments)))
            thread.start()
            session.sent = (thread, outcome)
        elif step.command == "reap":
            if session.sent is None:
                raise Failure(f"line {step.line}: nothing was sent")
            thread, outcome = session.sent
            thread.join(120)
            session.sent = None
            if not outcome:
                raise Failure(f"line {step.line}: no answer within 120 s")
            self.output.append("reap;\n")
            self.print_outcome(step, session, outcome[0])
        elif step.command == "wait_until":
            self.wait_until(step, session)
        elif step.command in ("enable_warnings", "disable_warnings"):
            self.with_warnings = step.command.startswith("enable")
        elif step.command in ("enable_info", "disable_info"):
            self.with_info = step.command.startswith("enable")
        elif step.command in ("enable_result_log", "disable_result_log"):
            self.with_result = step.command.startswith("enable")

    def wait_until(self, step, session):
        deadline = time.monotonic() + 120
        while True:
            _, rows, _, _, error = session.run(step.arguments)
            if error is not None:
                raise Failure(f"line {step.line}: {error}: {step.arguments[:200]}")
            if rows and str(rows[0][0]) == "1":
                return
            if time.monotonic() > deadline:
                raise Failure(f"line {step.line}: not so within 120 s: {step.arguments[:200]}")
            time.sleep(0.01)

    def print_outcome(self, step, session, outcome):
        error = outcome[4]
        number = error.args[0] if error is not None and error.args else 0
        if number in (2006, 2013) or isinstance(error, pymysql.err.InterfaceError):
            raise Failure(f"line {step.line}: the connection was lost: {step.text[:200]}")
        if step.errors and number not in step.errors:
            raise Failure(f"line {step.line}: error {step.errors} is due, but got {error if error else 'success'}: {step.text[:200]}")
        if error is not None and not step.errors:
            raise Failure(f"line {step.line}: unexpected {error}: {step.text[:200]}")
        if self.with_result:
            self.output.append(result_text(step, outcome, self.with_info))
        if self.with_warnings and not re.match(r"\s*show\s+(warnings|errors)", step.text, re.I):
            names, rows, _, _, problem = session.run("SHOW WARNINGS")
            if problem is None and rows:
                self.output.append(result_text(step, (names, rows, 0, b"", None), False))


def scripts(patterns):
    """The scripts whose path below here, without suffix, matches one of the patterns (all without patterns)."""
    found = []
    for path in sorted(HERE.glob("*/*.test")):
        name = path.relative_to(HERE).with_suffix("").as_posix()
        if not patterns or any(pathlib.PurePosixPath(name).match(pattern) for pattern in patterns):
            found.append((name, path))
    return found


def set_mode(server, mode):
    connection = server.connect()
    with connection.cursor() as cursor:
        for statement in MODES[mode]:
            cursor.execute(statement)
    connection.close()


def run_one(name, path, server):
    """Returns what the script printed. Throws Failure, ScriptError."""
    text = path.read_text()
    read_header(text, path)
    return ScriptRun(path, server, "sql__" + name.replace("/", "__").replace("-", "_")).run(parse_script(text, path))


def skipped_modes(path):
    match = re.search(r"^--\s*skip_modes (.*)$", path.read_text(), re.M)
    return match.group(1).replace(",", " ").split() if match else []


def check(name, path, server, record):
    """Runs one script; returns "" or what is wrong. With `record` the result file is written instead of compared."""
    result = path.with_suffix(".result")
    try:
        printed = run_one(name, path, server)
    except (Failure, ScriptError, pymysql.err.Error) as failure:
        return f"{name}: {failure}\n"
    if record:
        result.write_text(printed)
        return ""
    if not result.exists():
        return f"{name}: there is no {result.name}; --record writes it\n"
    expected = result.read_text()
    if printed == expected:
        return ""
    lines = difflib.unified_diff(expected.splitlines(True), printed.splitlines(True), f"{name} (recorded)", f"{name} (now)", n=4)
    return "".join(lines)
