"""What is measured: each function runs one round on one server and returns figures by name."""

import re
import subprocess
import time

SYSBENCH_DATABASE = "sbtest"
INDEX_DATABASE = "sbindex"


def sysbench(peer, database, script, action, tables, table_size, *more):
    command = ["sysbench", script, f"--mysql-host=127.0.0.1", f"--mysql-port={peer.port}", "--mysql-user=root", f"--mysql-db={database}",
               f"--tables={tables}", f"--table-size={table_size}", *more, action]
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode != 0:
        raise RuntimeError(f"sysbench {script} {action} on {peer.name}: {result.stdout[-2000:]}{result.stderr[-2000:]}")
    return result.stdout


def load(peer, database, tables, table_size):
    """Makes sysbench's tables. Returns rows per second."""
    peer.query(f"DROP DATABASE IF EXISTS {database}", f"CREATE DATABASE {database}")
    started = time.monotonic()
    sysbench(peer, database, "oltp_common", "prepare", tables, table_size, f"--threads={min(tables, 4)}",
             "--create_secondary=" + ("on" if database == SYSBENCH_DATABASE else "off"))
    return tables * table_size / (time.monotonic() - started)


def transactions(peer, script, threads, seconds, tables, table_size):
    """One run of a sysbench script over prepared statements."""
    cpu_before = peer.processor_seconds()
    output = sysbench(peer, SYSBENCH_DATABASE, script, "run", tables, table_size, f"--threads={threads}", f"--time={seconds}",
                      "--db-ps-mode=auto", "--rand-type=uniform", "--mysql-ignore-errors=1213,1205,1020")
    cpu = peer.processor_seconds() - cpu_before
    count, rate = re.search(r"transactions:\s+(\d+)\s+\(([\d.]+) per sec", output).groups()
    latency = re.search(r"95th percentile:\s+([\d.]+)", output).group(1)
    return {"per second": float(rate), "95 % within ms": float(latency), "CPU us each": cpu * 1e6 / max(1, int(count))}


def add_index(peer, column):
    """Adds an index to a table that has none, and drops it."""
    with peer.connect(database=INDEX_DATABASE) as connection, connection.cursor() as cursor:
        cpu_before, started = peer.processor_seconds(), time.monotonic()
        cursor.execute(f"ALTER TABLE sbtest1 ADD INDEX measured ({column})")
        seconds, cpu = time.monotonic() - started, peer.processor_seconds() - cpu_before
        cursor.execute("ALTER TABLE sbtest1 DROP INDEX measured")
    return {"seconds": seconds, "CPU seconds": cpu}


def restart(peer, settle_seconds):
    """Stops and starts the server on its data, and looks at its memory when it has come to rest."""
    peer.terminate()
    ready = peer.start()
    time.sleep(settle_seconds)
    return {"ready ms": ready * 1000, "idle MB": peer.resident_kb() / 1024}
