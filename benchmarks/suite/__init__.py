"""What loads cost beside the plainest program that does the same work: CPU seconds, wall seconds and memory."""
