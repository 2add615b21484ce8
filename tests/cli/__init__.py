"""Tests of the command `floe-ingest`."""
