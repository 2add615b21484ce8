"""What is ill in tables: facts in, findings out."""
