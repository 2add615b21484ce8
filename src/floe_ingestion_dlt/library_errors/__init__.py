"""Errors of libraries: their causes, whether trying again can help, and how they are reported."""
