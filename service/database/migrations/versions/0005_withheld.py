"""What was not told because its kind was off."""

from alembic import op
from sqlalchemy import Column, ForeignKey, Index, String

revision: str = "0005"
down_revision: str | None = "0004"


def upgrade() -> None:
    op.create_table(
        "withheld",
        Column("enterprise_id", String, ForeignKey("enterprises.id"), primary_key=True),
        Column("measure_id", String, primary_key=True),
        Column("document_id", String, nullable=False),
        Column("type", String, nullable=False),
        Column("since", String, nullable=False),
        Index("ix_withheld_document_id", "document_id"),
    )


def downgrade() -> None:
    op.drop_table("withheld")
