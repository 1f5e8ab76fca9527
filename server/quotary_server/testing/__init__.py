"""Faults on demand, for measuring clients: see docs/clients/testing.md."""
