"""A seal with each fact: what is there is sealed as it stands. Rows of the release before have none until then."""

import sqlalchemy as sa
from alembic import op

from quotary_server.store.seals import seal_of

revision = "0003"
down_revision = "0002"

FACTS = ("changes", "quote_revisions", "purchase_order_numbers", "orders", "invoices", "payments", "refunds")

_SOME = 200


def upgrade() -> None:
    """Add the column, and seal every row; for that moment the database lets facts be changed."""
    connection = op.get_bind()
    for table in FACTS:
        op.add_column(table, sa.Column("seal", sa.LargeBinary, nullable=True, comment="hash of the row"))
        _let_change(connection, table)
        # As the table is at this step, whatever later ones add.
        _seal(connection, sa.Table(table, sa.MetaData(), autoload_with=connection))
        _let_never_change(connection, table)


def _seal(connection: sa.Connection, table: sa.Table) -> None:
    key = list(table.primary_key.columns)
    keys = connection.execute(sa.select(*key).order_by(*key)).all()
    for start in range(0, len(keys), _SOME):
        for found in keys[start : start + _SOME]:
            named = [column == value for column, value in zip(key, found, strict=True)]
            row = connection.execute(sa.select(table).where(*named)).one()
            connection.execute(sa.update(table).where(*named).values(seal=seal_of(table, row._mapping)))


def _let_change(connection: sa.Connection, table: str) -> None:
    if connection.dialect.name == "postgresql":
        op.execute(f"ALTER TABLE {table} DISABLE TRIGGER {table}_never_change")
    else:
        op.execute(f"DROP TRIGGER {table}_no_update")


def _let_never_change(connection: sa.Connection, table: str) -> None:
    if connection.dialect.name == "postgresql":
        op.execute(f"ALTER TABLE {table} ENABLE TRIGGER {table}_never_change")
    else:
        op.execute(
            f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} "
            f"BEGIN SELECT RAISE(ABORT, 'rows of {table} are added and never changed'); END"
        )
