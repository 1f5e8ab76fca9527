"""The tables. Amounts are integers of minor units beside their currency, moments are microseconds since 1970 (UTC).

Messages are kept as the bytes they were answered with. The long part of an answer, its trace, is kept beside the
message so that lists need not read it.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
)

METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite numbers rows by itself only in a column that is called INTEGER.
Sequence = BigInteger().with_variant(Integer, "sqlite")


def _moment(name: str, *, nullable: bool = False) -> Column[int]:
    return Column(name, BigInteger, nullable=nullable)


def _tenant() -> Column[str]:
    return Column("tenant", String(63), nullable=False, server_default="default", comment="whose it is")


def _created_by() -> Column[str]:
    return Column("created_by", Text, nullable=False, server_default="", comment="who made it; empty: nobody was asked")


def _seal() -> Column[bytes]:
    return Column("seal", LargeBinary, nullable=True, comment="hash of the row")


def _message(name: str = "message") -> Column[bytes]:
    return Column(name, LargeBinary, nullable=False)


# ---- facts: rows are added and never change

CHANGES = Table(
    "changes",
    METADATA,
    Column("tenant", String(63), primary_key=True, server_default="default", comment="whose it is"),
    Column("request_id", String(36), primary_key=True),
    Column("method", String(100), nullable=False),
    Column("fingerprint", LargeBinary, nullable=False, comment="sha256 of the request"),
    _message("response"),
    _moment("create_time"),
    _created_by(),
    _seal(),
)

QUOTE_REVISIONS = Table(
    "quote_revisions",
    METADATA,
    Column("number", String(20), primary_key=True, comment="as it is printed: AT-1234567"),
    Column("revision", Integer, primary_key=True, autoincrement=False),
    Column("digest", String(64), nullable=False, comment="sha256 of what the customer sees"),
    Column("currency", String(3), nullable=False),
    Column("total", BigInteger, nullable=True, comment="null while it is not decided"),
    _moment("expire_time", nullable=True),
    _message(),
    _message("trace"),
    _moment("create_time"),
    _tenant(),
    _seal(),
    CheckConstraint("revision >= 1", name="counted_from_1"),
)

PURCHASE_ORDER_NUMBERS = Table(
    "purchase_order_numbers",
    METADATA,
    Column("quote", String(20), primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("value", Text, nullable=False),
    _moment("create_time"),
    _created_by(),
    _seal(),
)

ORDERS = Table(
    "orders",
    METADATA,
    Column("number", String(20), primary_key=True, comment="that of its quote"),
    Column("revision", Integer, nullable=False, comment="of the quote, as it was accepted"),
    Column("customer_id", Text, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("total", BigInteger, nullable=False),
    _message(),
    _message("trace"),
    _message("fulfilment"),
    _moment("create_time"),
    _tenant(),
    _seal(),
    ForeignKeyConstraint(["number", "revision"], ["quote_revisions.number", "quote_revisions.revision"]),
    CheckConstraint("total >= 0", name="total_not_negative"),
)

INVOICES = Table(
    "invoices",
    METADATA,
    Column("order_number", String(20), ForeignKey("orders.number"), primary_key=True),
    Column("issue", Integer, primary_key=True, autoincrement=False, comment="1 as it was made, 2 when all was paid"),
    Column("number", String(20), nullable=False),
    _message(),
    _moment("create_time"),
    _seal(),
)

PAYMENTS = Table(
    "payments",
    METADATA,
    Column("order_number", String(20), ForeignKey("orders.number"), primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False, comment="counted from 1"),
    Column("currency", String(3), nullable=False),
    Column("amount", BigInteger, nullable=False),
    _message(),
    _message("trace"),
    _message("fulfilment"),
    _moment("create_time"),
    _seal(),
    CheckConstraint("amount > 0", name="amount_above_zero"),
)

REFUNDS = Table(
    "refunds",
    METADATA,
    Column("sequence", Sequence, Identity(), primary_key=True),
    Column("order_number", String(20), ForeignKey("orders.number"), nullable=False),
    Column("position", Integer, nullable=False, comment="counted from 1"),
    Column("customer_id", Text, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("amount", BigInteger, nullable=False),
    _message(),
    _message("trace"),
    _moment("create_time"),
    _tenant(),
    _seal(),
    UniqueConstraint("order_number", "position"),
    CheckConstraint("amount >= 0", name="amount_not_negative"),
    sqlite_autoincrement=True,
)
Index(None, REFUNDS.c.tenant, REFUNDS.c.sequence)
Index(None, REFUNDS.c.tenant, REFUNDS.c.customer_id, REFUNDS.c.sequence)

FACTS = (CHANGES, QUOTE_REVISIONS, PURCHASE_ORDER_NUMBERS, ORDERS, INVOICES, PAYMENTS, REFUNDS)
"""Tables whose rows are never changed and never removed."""

# ---- standings: where a quote or an order is now, as it follows from the facts; read by lists

QUOTE_STANDINGS = Table(
    "quote_standings",
    METADATA,
    Column("sequence", Sequence, Identity(), primary_key=True, comment="the order of lists"),
    Column("number", String(20), nullable=False, unique=True),
    Column("customer_id", Text, nullable=False),
    Column("revision", Integer, nullable=False, comment="the newest"),
    Column("state", SmallInteger, nullable=False, comment="as Quote.State; expiry may not be noted yet"),
    _moment("expire_time", nullable=True),
    _tenant(),
    ForeignKeyConstraint(["number", "revision"], ["quote_revisions.number", "quote_revisions.revision"]),
    sqlite_autoincrement=True,
)
# A list of several states, or of all, merges the rows of each state; so these two serve every filter.
Index(None, QUOTE_STANDINGS.c.tenant, QUOTE_STANDINGS.c.state, QUOTE_STANDINGS.c.sequence)
Index(
    None, QUOTE_STANDINGS.c.tenant, QUOTE_STANDINGS.c.customer_id, QUOTE_STANDINGS.c.state, QUOTE_STANDINGS.c.sequence
)
Index(None, QUOTE_STANDINGS.c.state, QUOTE_STANDINGS.c.expire_time)

ORDER_STANDINGS = Table(
    "order_standings",
    METADATA,
    Column("sequence", Sequence, Identity(), primary_key=True, comment="the order of lists"),
    Column("number", String(20), ForeignKey("orders.number"), nullable=False, unique=True),
    Column("customer_id", Text, nullable=False),
    Column("state", SmallInteger, nullable=False, comment="as Order.State"),
    Column("total", BigInteger, nullable=False),
    Column("paid", BigInteger, nullable=False),
    Column("refunded", BigInteger, nullable=False),
    _moment("update_time"),
    _tenant(),
    CheckConstraint("paid BETWEEN 0 AND total", name="paid_within_total"),
    CheckConstraint("refunded BETWEEN 0 AND paid", name="refunded_within_paid"),
    sqlite_autoincrement=True,
)
Index(None, ORDER_STANDINGS.c.tenant, ORDER_STANDINGS.c.state, ORDER_STANDINGS.c.sequence)
Index(
    None, ORDER_STANDINGS.c.tenant, ORDER_STANDINGS.c.customer_id, ORDER_STANDINGS.c.state, ORDER_STANDINGS.c.sequence
)
