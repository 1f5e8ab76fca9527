"""Whose everything is, and who made each change. What is there belongs to the default tenant, and nobody was asked.

The columns have defaults, so that servers of the release before go on while others start.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

OWNED = ("quote_revisions", "orders", "refunds", "quote_standings", "order_standings")


def upgrade() -> None:
    """Add the columns, let request ids be each tenant's own, and let lists be read by tenant."""
    for table in OWNED:
        op.add_column(table, _tenant())
    op.add_column("purchase_order_numbers", _created_by())
    if op.get_bind().dialect.name == "postgresql":
        op.add_column("changes", _tenant())
        op.add_column("changes", _created_by())
        op.drop_constraint("pk_changes", "changes", type_="primary")
        op.create_primary_key("pk_changes", "changes", ["tenant", "request_id"])
    else:
        _make_changes_anew()
    for table, columns in (
        ("quote_standings", ["state", "sequence"]),
        ("quote_standings", ["customer_id", "state", "sequence"]),
        ("order_standings", ["state", "sequence"]),
        ("order_standings", ["customer_id", "state", "sequence"]),
        ("refunds", ["customer_id", "sequence"]),
    ):
        op.drop_index(f"ix_{table}_{'_'.join(columns)}", table)
        op.create_index(f"ix_{table}_tenant_{'_'.join(columns)}", table, ["tenant", *columns])
    op.create_index("ix_refunds_tenant_sequence", "refunds", ["tenant", "sequence"])


def _tenant() -> sa.Column[str]:
    return sa.Column("tenant", sa.String(63), nullable=False, server_default="default", comment="whose it is")


def _created_by() -> sa.Column[str]:
    comment = "who made it; empty: nobody was asked"
    return sa.Column("created_by", sa.Text, nullable=False, server_default="", comment=comment)


def _make_changes_anew() -> None:
    """SQLite changes no key of a table: it is copied, and its triggers with it."""
    op.execute("ALTER TABLE changes RENAME TO changes_before")
    op.create_table(
        "changes",
        _tenant(),
        sa.Column("request_id", sa.String(36), nullable=False),
        sa.Column("method", sa.String(100), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary, nullable=False, comment="sha256 of the request"),
        sa.Column("response", sa.LargeBinary, nullable=False),
        sa.Column("create_time", sa.BigInteger, nullable=False),
        _created_by(),
        sa.PrimaryKeyConstraint("tenant", "request_id", name="pk_changes"),
    )
    op.execute(
        "INSERT INTO changes (request_id, method, fingerprint, response, create_time) "
        "SELECT request_id, method, fingerprint, response, create_time FROM changes_before"
    )
    op.execute("DROP TABLE changes_before")
    for action in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER changes_no_{action.lower()} BEFORE {action} ON changes "
            "BEGIN SELECT RAISE(ABORT, 'rows of changes are added and never changed'); END"
        )
