"""The ``quotary`` command: serve, price, explain, look up. The one place that may start the server in process."""

from quotary.cli.app import main

__all__ = ["main"]
