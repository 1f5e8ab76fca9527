"""The store: quotes, orders, payments, invoices and refunds, kept in SQLite or PostgreSQL.

What happened is only ever added (``tables.FACTS``; the database itself refuses to change it). Where a quote or an order
stands follows from that; it is noted beside the facts (``QUOTE_STANDINGS``, ``ORDER_STANDINGS`` in ``tables``) so that
lists can be filtered, and ``quotary audit`` checks the notes against the facts.
"""
