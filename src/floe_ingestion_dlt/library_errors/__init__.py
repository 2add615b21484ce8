"""Errors of libraries: what led to them, whether trying again can help, and how they are told."""
