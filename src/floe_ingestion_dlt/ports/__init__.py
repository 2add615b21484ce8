"""What the domain asks of the world. Implementations never raise for I/O: they answer with a fault."""
