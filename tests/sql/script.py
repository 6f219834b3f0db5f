"""The language of the .test files, which is mysql-tester's: what a script asks for, and the text of an answer."""

import dataclasses
import re

import pymysql

ERROR_COUNT_SHOWN = 1


@dataclasses.dataclass
class Step:
    """A statement or a command of a script, with what the commands before it said about its output."""

    text: str
    line: int
    command: str = ""                     # empty: a statement
    arguments: str = ""
    errors: tuple = ()                    # numbers of which one is due
    is_sorted: bool = False
    replacements: tuple = ()              # (pattern, text) pairs
    columns: tuple = ()                   # (number from 1, text) pairs


COMMANDS = {"connect", "connection", "disconnect", "echo", "error", "sorted_result", "replace_regex", "replace_column", "send", "reap",
            "enable_warnings", "disable_warnings", "enable_info", "disable_info", "enable_result_log", "disable_result_log",
            "wait_until", "skip_modes"}
HEADER = ("what", "why", "source")


class ScriptError(Exception):
    pass


def read_header(text, path):
    """The three lines of comment that each script begins with, as a dictionary."""
    found = {}
    for line, name in zip(text.split("\n"), HEADER):
        match = re.fullmatch(rf"# {name}: (.+)", line)
        if match is None:
            raise ScriptError(f"{path}: line {len(found) + 1} has to be '# {name}: ...'")
        found[name] = match.group(1)
    return found


def parse_script(text, path):
    """Statements end with a ';' at the end of a line; commands are lines that begin with '--', or bare command words with a ';'."""
    pieces = []
    is_open = False
    for number, line in enumerate(text.split("\n"), 1):
        stripped = line.strip()
        if not is_open and (not stripped or stripped.startswith("#")):
            continue
        if not is_open and stripped.startswith("--"):
            pieces.append((stripped[2:].strip(), number, True))
            continue
        if is_open:
            pieces[-1] = (pieces[-1][0] + "\n" + line.rstrip(), pieces[-1][1], False)
        else:
            pieces.append((stripped, number, False))
        is_open = not stripped.endswith(";")
    if is_open:
        raise ScriptError(f"{path}: the last statement has no ';'")

    steps = []
    pending = {}
    for body, number, is_dashed in pieces:
        word = re.match(r"\w*", body).group().lower()
        if word not in COMMANDS and not is_dashed:
            steps.append(Step(body, number, **pending))
            pending = {}
            continue
        if word not in COMMANDS:
            raise ScriptError(f"{path}:{number}: unknown command '{word}'")
        arguments = body[len(word):].strip().rstrip(";").strip()
        if word == "error":
            pending["errors"] = tuple(int(code) for code in re.split(r"[,\s]+", arguments))
        elif word == "sorted_result":
            pending["is_sorted"] = True
        elif word == "replace_regex":
            parts = re.findall(r"/((?:[^/\\]|\\.)*)/((?:[^/\\]|\\.)*)/", arguments)
            pending["replacements"] = pending.get("replacements", ()) + tuple(parts)
        elif word == "replace_column":
            words = arguments.split()
            pending["columns"] = tuple((int(words[i]), words[i + 1]) for i in range(0, len(words), 2))
        elif word in ("send", "reap"):
            steps.append(Step(body, number, command=word, arguments=arguments, **pending))
            pending = {}
        else:
            steps.append(Step(body, number, command=word, arguments=arguments))
    return steps


def shown(value):
    if value is None:
        return "NULL"
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    return str(value)


class Session:
    """One connection of a script."""

    def __init__(self, server, user, password, database):
        self.connection = server.connect(user=user, password=password or "", database=database, autocommit=None, conv={})
        self.sent = None

    def close(self):
        self.connection.close()

    def run(self, statement):
        """Returns (columns or None, rows, affected, info, error)."""
        cursor = self.connection.cursor()
        try:
            cursor.execute(statement)
            names = None if cursor.description is None else [column[0] for column in cursor.description]
            rows = cursor.fetchall() if names is not None else ()
            result = cursor._result
            return names, rows, cursor.rowcount, (result.message or b"") if result is not None else b"", None
        except pymysql.err.Error as error:
            return None, (), 0, b"", error
        finally:
            try:
                cursor.close()
            except pymysql.err.Error:
                pass


def error_text(error, connection):
    number = error.args[0] if error.args else 0
    message = error.args[1] if len(error.args) > 1 else str(error)
    return f"Error {number}: {message}"


def result_text(step, outcome, with_info):
    """What a statement prints: columns and rows separated by tabs, an error, or with `with_info` its counts."""
    names, rows, affected, info, error = outcome
    if error is not None:
        text = error_text(error, None)
    elif names is None:
        if not with_info:
            return ""
        message = info.decode("utf-8", "replace") if isinstance(info, bytes) else str(info)
        return f"affected rows: {affected}\ninfo: {message}\n"
    else:
        lines = []
        replaced = dict(step.columns)
        for row in rows:
            cells = [replaced.get(index, shown(value)) for index, value in enumerate(row, 1)]
            lines.append("\t".join(cells))
        if step.is_sorted:
            lines.sort()
        text = "\n".join(["\t".join(names), *lines])
    for pattern, replacement in step.replacements:
        text = re.sub(pattern, replacement, text)
    return text + "\n"
