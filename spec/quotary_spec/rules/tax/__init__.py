"""Taxes: one module a family of jurisdictions, put together in ``assessment``."""
