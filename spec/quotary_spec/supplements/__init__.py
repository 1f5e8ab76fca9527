"""What the documents do not print."""
