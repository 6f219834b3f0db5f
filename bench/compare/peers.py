"""The two servers that are compared, each as a private process on a directory below the scratch one."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tests/harness"))

import servers  # noqa: E402


class Sluice(servers.Sluice):
    name = "sluice"

    def __init__(self, scratch, cache_mb, program):
        super().__init__(program, "--cache-size", f"{cache_mb}MiB", "--log-level", "warn", directory=scratch / self.name)


class MariaDb(servers.MariaDb):
    name = "mariadb"

    def __init__(self, scratch, cache_mb):
        super().__init__(
            f"--pid-file={scratch / self.name / 'pid'}", f"--innodb-buffer-pool-size={cache_mb}M",
            # Sluice's default, so that both compare the same: binary order.
            "--collation-server=utf8mb4_bin",
            # Log space for the whole run: no checkpoint is forced within a round.
            "--innodb-log-file-size=1G", "--skip-log-bin", "--max-connections=300", directory=scratch / self.name)


def set_durability(peer, value):
    peer.query(f"SET GLOBAL innodb_flush_log_at_trx_commit = {value}")


def version(peer):
    return peer.query("SELECT VERSION()")[0][0]
