"""Telemetry as structured logs, OpenTelemetry spans and OpenTelemetry metrics."""
