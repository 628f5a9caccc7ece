"""Releases: files by hash, trees, the pointer, drafts, checks, approvals, withdrawals."""

import sqlalchemy as sa
from alembic import op

from bot.store.migrations.guards import only_grows

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the tables; what was published and approved refuses every change."""
    _releases()
    _drafts()
    _decisions()
    for table in ("blob", "release", "pointer", "edit", "approval"):
        only_grows(table)


def _releases() -> None:
    op.create_table(
        "blob",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("content", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "release",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("tree", sa.Text, nullable=False),
        sa.Column("made", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "pointer",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("release", sa.Text, sa.ForeignKey("release.id"), nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("account", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("draft", sa.Text, nullable=False),
    )
    op.create_table(
        "product",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("release", sa.Text, sa.ForeignKey("release.id"), nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
    )


def _drafts() -> None:
    op.create_table(
        "draft",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("base", sa.Text, sa.ForeignKey("release.id"), nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("sorts", sa.Text, nullable=False),
        sa.Column("conflicts", sa.Text, nullable=False),
        sa.Column("product", sa.Text, nullable=False),
        sa.Column("created", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "edit",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("draft", sa.Text, sa.ForeignKey("draft.id"), nullable=False, index=True),
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("blob", sa.Text, sa.ForeignKey("blob.id")),
        sa.Column("account", sa.Text, nullable=False),
        sa.Column("line", sa.Text, nullable=False),
        sa.Column("credentials", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
    )


def _decisions() -> None:
    op.create_table(
        "checked",
        sa.Column("draft", sa.Text, sa.ForeignKey("draft.id"), primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("base", sa.Text, sa.ForeignKey("release.id"), nullable=False),
        sa.Column("release", sa.Text, sa.ForeignKey("release.id"), nullable=False),
        sa.Column("change", sa.Text, nullable=False),
        sa.Column("needed", sa.Integer, nullable=False),
        sa.Column("problems", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "approval",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("draft", sa.Text, sa.ForeignKey("draft.id"), nullable=False, index=True),
        sa.Column("change", sa.Text, nullable=False),
        sa.Column("account", sa.Text, nullable=False),
        sa.Column("line", sa.Text, nullable=False),
        sa.Column("credentials", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "withdrawal",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("account", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("ended", sa.BigInteger),
        sa.Column("ended_by", sa.Text),
        sa.Column("ended_reason", sa.Text),
    )
