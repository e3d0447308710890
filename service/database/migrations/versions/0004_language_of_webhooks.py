"""The language in which an endpoint is told."""

from alembic import op
from sqlalchemy import Column, String

revision: str = "0004"
down_revision: str | None = "0003"


def upgrade() -> None:
    op.add_column("webhooks", Column("lang", String))


def downgrade() -> None:
    op.drop_column("webhooks", "lang")
