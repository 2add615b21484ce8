"""What ports mean in terms of one outside tool each."""
