"""What ingestion is: immutable values and pure rules, with no I/O and no outside tool but `returns`."""
