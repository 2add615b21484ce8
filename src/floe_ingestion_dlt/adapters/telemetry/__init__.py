"""Where operations and events are told: structured logs and OpenTelemetry spans."""
