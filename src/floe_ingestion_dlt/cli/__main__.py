"""`python -m floe_ingestion_dlt.cli` is the command `floe-ingest`."""

from floe_ingestion_dlt.cli.program import main

main()
