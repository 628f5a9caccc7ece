"""What an edit was: letters typed into a text, an undo, a redo; so that it can be taken back."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the column; what was edited before has no kind."""
    op.add_column("edit", sa.Column("kind", sa.Text, nullable=False, server_default=""))
