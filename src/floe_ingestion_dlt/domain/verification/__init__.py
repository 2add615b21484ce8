"""Verification of tables: facts in, findings out."""
