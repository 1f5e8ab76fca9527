"""What the services that keep something share: the database, the clock, and the operator's settings for both."""

from __future__ import annotations

import os
import threading
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import make_url

from quotary_server.settings import Settings
from quotary_server.store.clock import Clock, system_time, time_in_file
from quotary_server.store.database import Database, StoreMisconfigured
from quotary_server.store.migration import migrate


class Store:
    """The store of one server. It is opened, and brought up to date, when it is first needed."""

    def __init__(self, settings: Settings) -> None:
        """Read the settings; nothing is opened yet.

        Raises:
            StoreMisconfigured: there is no such time zone, or the test clock tells no time.
        """
        try:
            zone = ZoneInfo(settings.time_zone)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise StoreMisconfigured(f"There is no time zone {settings.time_zone!r}") from error
        now = system_time
        if settings.test_clock is not None:
            now = time_in_file(settings.test_clock)
            try:
                now()
            except (OSError, ValueError) as error:
                raise StoreMisconfigured(f"The test clock {settings.test_clock} tells no moment: {error}") from error
        self.clock = Clock(now, zone)
        self.quote_validity_days = settings.quote_validity_days or None
        self._connect = partial(Database, settings.store_url or default_address(), settings.workers)
        self._opening = threading.Lock()
        self._database: Database | None = None

    def open(self) -> Database:
        """Connect, and take the steps of migration that are missing; done once.

        Raises:
            StoreError: it cannot be opened.
        """
        with self._opening:
            if self._database is None:
                database = self._connect()
                migrate(database)
                self._database = database
            return self._database

    @property
    def database(self) -> Database:
        """The database, with all its tables.

        Raises:
            StoreError: it cannot be opened.
        """
        return self._database or self.open()

    def close(self) -> None:
        """Close all connections."""
        if self._database is not None:
            self._database.close()


def is_missing(address: str) -> bool:
    """Whether an address names a file that is not there. Of another database only a connection can tell."""
    url = make_url(address)
    return url.get_backend_name() == "sqlite" and bool(url.database) and not Path(str(url.database)).is_file()


def default_address() -> str:
    """A file in the user's data folder (XDG_DATA_HOME, else ~/.local/share)."""
    folder = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    return f"sqlite:///{folder / 'quotary' / 'quotary.db'}"
