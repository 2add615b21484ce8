"""The interfaces to the outside world. Implementations never raise for I/O: they return a fault."""
