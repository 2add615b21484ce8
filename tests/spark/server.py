"""Spark behind a pipe: a request is a line of JSON on stdin, and so is its answer on stdout.

It runs in Spark's own environment, and so imports nothing of this project:

    {"conf": {...}}                  a new session with these settings
    {"sql": "CALL ..."}              one statement
    {"sql": "SELECT ...", "into": p} its rows, as Parquet files in the folder p

The answer is {"error": null}, or has what went wrong.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import IO, Any

from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

SETTINGS = {
    "spark.driver.memory": "1g",
    "spark.driver.extraJavaOptions": "-XX:+UseSerialGC -XX:TieredStopAtLevel=1",
    "spark.ui.enabled": "false",
    "spark.sql.extensions": "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
    "spark.sql.catalogImplementation": "in-memory",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.shuffle.partitions": "1",
    # Answers have the moments that the table has: none rounded, none in another calendar.
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    "spark.sql.parquet.datetimeRebaseModeInWrite": "CORRECTED",
}


def main(jars: Path) -> None:
    answers = private_stdout()
    builder = SparkSession.builder.master("local[1]").config(
        "spark.jars", ",".join(map(str, jars.glob("*.jar")))
    )
    for name, value in SETTINGS.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    print(json.dumps({"error": None}), file=answers, flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        error = None
        try:
            session = answer(session, request)
        except (PySparkException, Py4JJavaError) as wrong:
            error, _, _ = str(wrong).partition("\n\tat ")
        print(json.dumps({"error": error}), file=answers, flush=True)


def private_stdout() -> IO[str]:
    """Stdout for answers alone: what Java prints there goes to stderr."""
    private = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    return private


def answer(session: SparkSession, request: dict[str, Any]) -> SparkSession:
    if "conf" in request:
        session = session.newSession()
        for name, value in request["conf"].items():
            session.conf.set(name, value)
    if "sql" in request:
        rows = session.sql(request["sql"])
        if request.get("into"):
            rows.coalesce(1).write.parquet(request["into"])
    return session


if __name__ == "__main__":
    main(Path(sys.argv[1]))
