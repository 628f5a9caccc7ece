"""What a migration forbids for good, in the words of the database that it runs on."""

from alembic import op

_FUNCTION = (
    "CREATE OR REPLACE FUNCTION lucht_only_grows() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION 'this table only grows'; END $$"
)


def only_grows(table: str) -> None:
    """Let the database refuse every change of a row that is there, whoever asks for it."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(_FUNCTION)
        for each, changes in (("ROW", "UPDATE OR DELETE"), ("STATEMENT", "TRUNCATE")):
            op.execute(
                f"CREATE TRIGGER {table}_no_{each.lower()} BEFORE {changes} ON {table} "
                f"FOR EACH {each} EXECUTE FUNCTION lucht_only_grows()"
            )
        return
    for change in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {table}_no_{change.lower()} BEFORE {change} ON {table} "
            "BEGIN SELECT RAISE(ABORT, 'this table only grows'); END"
        )
