"""The domain: immutable values and pure rules, without I/O; `returns` is the only library it imports."""
