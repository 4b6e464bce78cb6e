"""A PostgreSQL and a Spark that the tests start themselves, on this machine only, and end when they are done."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = hasattr(os, "geteuid") and os.geteuid() == 0
LANGUAGE = "en-GB"
"""The server sorts as English does, so that a test sees where a step does not say how it sorts."""


def lacking(what):
    """Skip for what this machine lacks; fail when `LVRN_REQUIRE_ALL=1`."""
    reason = f"needs {what}, which this machine lacks"
    if os.environ.get("LVRN_REQUIRE_ALL") == "1":
        pytest.fail(f"{reason}; LVRN_REQUIRE_ALL=1 forbids the skip", pytrace=False)
    pytest.skip(reason)


def postgres_program(name):
    """Return the path of one of PostgreSQL's programs: Debian keeps them off the path, a folder per version."""
    versions = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[4]))
    return str(versions[-1]) if versions else shutil.which(name)


@contextmanager
def postgres_server() -> Iterator[str]:
    """Start a PostgreSQL on a Unix socket, without TCP, for an account without rights; give its address."""
    if not (postgres_program("initdb") and postgres_program("postgres")):
        lacking("PostgreSQL's server")
    if find_spec("psycopg") is None:
        lacking("the Python package psycopg")
    # a Unix socket's path must be short
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    try:
        if ROOT:
            # PostgreSQL refuses to run as root; Debian's package brings the account
            shutil.chown(folder, "postgres", "postgres")
        _initialise(folder)
        with _running(folder):
            yield f"postgresql:///postgres?host={folder}&user=postgres"
    finally:
        shutil.rmtree(folder)


def _initialise(folder):
    language = ["--locale=C.UTF-8", "--locale-provider=icu", f"--icu-locale={LANGUAGE}"]
    options = ["--encoding=UTF8", "--auth=trust", "--username=postgres", "--no-sync", *language]
    subprocess.run(
        [*_unprivileged(), postgres_program("initdb"), "--pgdata", folder / "data", *options],
        check=True,
        stdout=subprocess.DEVNULL,
        cwd=folder,
    )


@contextmanager
def _running(folder):
    settings = ["listen_addresses=", f"unix_socket_directories={folder}", "fsync=off", "logging_collector=off"]
    options = [part for setting in settings for part in ("-c", setting)]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            [*_unprivileged(), postgres_program("postgres"), "-D", folder / "data", *options],
            stdout=log,
            stderr=log,
            cwd=folder,
        )
    try:
        _wait_for(folder, server)
        yield
    finally:
        # SIGINT: end every connection, then stop
        server.send_signal(2)
        server.wait(timeout=60)


def _wait_for(folder, server):
    import psycopg

    for _ in range(600):
        try:
            psycopg.connect(f"host={folder} user=postgres dbname=postgres").close()
        except psycopg.OperationalError:
            if server.poll() is not None:
                break
            time.sleep(0.05)
        else:
            return
    pytest.fail("PostgreSQL did not start:\n" + (folder / "log").read_text())


def _unprivileged():
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] if ROOT else []


@contextmanager
def spark_session() -> Iterator:
    """Give a Spark of two threads inside one Java: the first who asks starts it, the last who leaves ends it."""
    if find_spec("pyspark") is None:
        lacking("the Python package pyspark")
    if shutil.which("java") is None:
        lacking("Java")
    USERS.append(1)
    try:
        yield _spark()
    finally:
        USERS.pop()
        if not USERS:
            _end(_spark())


USERS = []
"""One entry for each who uses Spark now; a process has one Spark."""


def _spark():
    from pyspark.sql import SparkSession

    settings = {
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.log.level": "OFF",
        "spark.sql.shuffle.partitions": "2",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
    }
    if not SparkSession.getActiveSession():
        folder = tempfile.mkdtemp(prefix="spark-")
        settings |= {"spark.local.dir": folder, "spark.sql.warehouse.dir": f"{folder}/warehouse"}
    return SparkSession.builder.master("local[2]").config(map=settings).getOrCreate()


def _end(session):
    from pyspark import SparkContext

    folder = session.conf.get("spark.local.dir")
    gateway = SparkContext._gateway
    session.stop()
    gateway.shutdown()
    # Java ends when nobody holds its input any more
    gateway.proc.stdin.close()
    gateway.proc.wait(timeout=60)
    SparkContext._gateway = SparkContext._jvm = None
    shutil.rmtree(folder)
