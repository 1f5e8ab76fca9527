"""Quotes and their revisions, orders, invoices, payments, refunds, changes by request id, and standings."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

FACTS = ("changes", "quote_revisions", "purchase_order_numbers", "orders", "invoices", "payments", "refunds")

Sequence = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make the tables, and have the database refuse any change of a fact."""
    op.create_table(
        "changes",
        sa.Column("request_id", sa.String(36), nullable=False),
        sa.Column("method", sa.String(100), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary, nullable=False, comment="sha256 of the request"),
        sa.Column("response", sa.LargeBinary, nullable=False),
        sa.Column("create_time", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("request_id", name="pk_changes"),
    )
    op.create_table(
        "quote_revisions",
        sa.Column("number", sa.String(20), nullable=False, comment="as it is printed: AT-1234567"),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False, comment="sha256 of what the customer sees"),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("total", sa.BigInteger, nullable=True, comment="null while it is not decided"),
        sa.Column("expire_time", sa.BigInteger, nullable=True),
        sa.Column("message", sa.LargeBinary, nullable=False),
        sa.Column("trace", sa.LargeBinary, nullable=False),
        sa.Column("create_time", sa.BigInteger, nullable=False),
        sa.CheckConstraint("revision >= 1", name=op.f("ck_quote_revisions_counted_from_1")),
        sa.PrimaryKeyConstraint("number", "revision", name="pk_quote_revisions"),
    )
    op.create_table(
        "purchase_order_numbers",
        sa.Column("quote", sa.String(20), nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("create_time", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("quote", "position", name="pk_purchase_order_numbers"),
    )
    op.create_table(
        "orders",
        sa.Column("number", sa.String(20), nullable=False, comment="that of its quote"),
        sa.Column("revision", sa.Integer, nullable=False, comment="of the quote, as it was accepted"),
        sa.Column("customer_id", sa.Text, nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("total", sa.BigInteger, nullable=False),
        sa.Column("message", sa.LargeBinary, nullable=False),
        sa.Column("trace", sa.LargeBinary, nullable=False),
        sa.Column("fulfilment", sa.LargeBinary, nullable=False),
        sa.Column("create_time", sa.BigInteger, nullable=False),
        sa.CheckConstraint("total >= 0", name=op.f("ck_orders_total_not_negative")),
        sa.ForeignKeyConstraint(
            ["number", "revision"],
            ["quote_revisions.number", "quote_revisions.revision"],
            name="fk_orders_number_revision",
        ),
        sa.PrimaryKeyConstraint("number", name="pk_orders"),
    )
    op.create_table(
        "invoices",
        sa.Column("order_number", sa.String(20), nullable=False),
        sa.Column("issue", sa.Integer, nullable=False, comment="1 as it was made, 2 when all was paid"),
        sa.Column("number", sa.String(20), nullable=False),
        sa.Column("message", sa.LargeBinary, nullable=False),
        sa.Column("create_time", sa.BigInteger, nullable=False),
        sa.ForeignKeyConstraint(["order_number"], ["orders.number"], name="fk_invoices_order_number"),
        sa.PrimaryKeyConstraint("order_number", "issue", name="pk_invoices"),
    )
    op.create_table(
        "payments",
        sa.Column("order_number", sa.String(20), nullable=False),
        sa.Column("position", sa.Integer, nullable=False, comment="counted from 1"),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("amount", sa.BigInteger, nullable=False),
        sa.Column("message", sa.LargeBinary, nullable=False),
        sa.Column("trace", sa.LargeBinary, nullable=False),
        sa.Column("fulfilment", sa.LargeBinary, nullable=False),
        sa.Column("create_time", sa.BigInteger, nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_payments_amount_above_zero")),
        sa.ForeignKeyConstraint(["order_number"], ["orders.number"], name="fk_payments_order_number"),
        sa.PrimaryKeyConstraint("order_number", "position", name="pk_payments"),
    )
    op.create_table(
        "refunds",
        sa.Column("sequence", Sequence, sa.Identity(), nullable=False),
        sa.Column("order_number", sa.String(20), nullable=False),
        sa.Column("position", sa.Integer, nullable=False, comment="counted from 1"),
        sa.Column("customer_id", sa.Text, nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("amount", sa.BigInteger, nullable=False),
        sa.Column("message", sa.LargeBinary, nullable=False),
        sa.Column("trace", sa.LargeBinary, nullable=False),
        sa.Column("create_time", sa.BigInteger, nullable=False),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_refunds_amount_not_negative")),
        sa.ForeignKeyConstraint(["order_number"], ["orders.number"], name="fk_refunds_order_number"),
        sa.PrimaryKeyConstraint("sequence", name="pk_refunds"),
        sa.UniqueConstraint("order_number", "position", name="uq_refunds_order_number_position"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_refunds_customer_id_sequence", "refunds", ["customer_id", "sequence"])
    op.create_table(
        "quote_standings",
        sa.Column("sequence", Sequence, sa.Identity(), nullable=False, comment="the order of lists"),
        sa.Column("number", sa.String(20), nullable=False),
        sa.Column("customer_id", sa.Text, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False, comment="the newest"),
        sa.Column("state", sa.SmallInteger, nullable=False, comment="as Quote.State; expiry may not be noted yet"),
        sa.Column("expire_time", sa.BigInteger, nullable=True),
        sa.ForeignKeyConstraint(
            ["number", "revision"],
            ["quote_revisions.number", "quote_revisions.revision"],
            name="fk_quote_standings_number_revision",
        ),
        sa.PrimaryKeyConstraint("sequence", name="pk_quote_standings"),
        sa.UniqueConstraint("number", name="uq_quote_standings_number"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_quote_standings_state_sequence", "quote_standings", ["state", "sequence"])
    op.create_index("ix_quote_standings_state_expire_time", "quote_standings", ["state", "expire_time"])
    op.create_index(
        "ix_quote_standings_customer_id_state_sequence", "quote_standings", ["customer_id", "state", "sequence"]
    )
    op.create_table(
        "order_standings",
        sa.Column("sequence", Sequence, sa.Identity(), nullable=False, comment="the order of lists"),
        sa.Column("number", sa.String(20), nullable=False),
        sa.Column("customer_id", sa.Text, nullable=False),
        sa.Column("state", sa.SmallInteger, nullable=False, comment="as Order.State"),
        sa.Column("total", sa.BigInteger, nullable=False),
        sa.Column("paid", sa.BigInteger, nullable=False),
        sa.Column("refunded", sa.BigInteger, nullable=False),
        sa.Column("update_time", sa.BigInteger, nullable=False),
        sa.CheckConstraint("paid BETWEEN 0 AND total", name=op.f("ck_order_standings_paid_within_total")),
        sa.CheckConstraint("refunded BETWEEN 0 AND paid", name=op.f("ck_order_standings_refunded_within_paid")),
        sa.ForeignKeyConstraint(["number"], ["orders.number"], name="fk_order_standings_number"),
        sa.PrimaryKeyConstraint("sequence", name="pk_order_standings"),
        sa.UniqueConstraint("number", name="uq_order_standings_number"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_order_standings_state_sequence", "order_standings", ["state", "sequence"])
    op.create_index(
        "ix_order_standings_customer_id_state_sequence", "order_standings", ["customer_id", "state", "sequence"]
    )
    _keep_facts_as_they_are(op.get_bind().dialect.name)


def _keep_facts_as_they_are(dialect: str) -> None:
    if dialect == "postgresql":
        op.execute(
            "CREATE FUNCTION quotary_facts_never_change() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'rows of % are added and never changed', TG_TABLE_NAME; END $$"
        )
    for table in FACTS:
        if dialect == "postgresql":
            op.execute(
                f"CREATE TRIGGER {table}_never_change BEFORE UPDATE OR DELETE ON {table} "
                "FOR EACH ROW EXECUTE FUNCTION quotary_facts_never_change()"
            )
        else:
            for action in ("UPDATE", "DELETE"):
                op.execute(
                    f"CREATE TRIGGER {table}_no_{action.lower()} BEFORE {action} ON {table} "
                    f"BEGIN SELECT RAISE(ABORT, 'rows of {table} are added and never changed'); END"
                )
