"""What was shown to stored enterprises, and what callers told of it."""

from alembic import op
from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, String, Text

revision: str = "0003"
down_revision: str | None = "0002"


def upgrade() -> None:
    op.create_table(
        "impressions",
        Column("request_id", String, primary_key=True),
        Column("enterprise_id", String, ForeignKey("enterprises.id"), nullable=False),
        Column("at", String, nullable=False),
        Column("as_of", String, nullable=False),
        Column("size", String),
        Column("sort", String, nullable=False),
        Column("generation", String),
        Column("catalogue", Integer, nullable=False),
        Column("model", String, nullable=False),
        Column("features_hash", String, nullable=False),
        Column("first", Integer, nullable=False),
        Column("measures", Text, nullable=False),
        Column("parts", Text, nullable=False),
        Column("features", LargeBinary, nullable=False),
        Index("ix_impressions_enterprise_id", "enterprise_id"),
        Index("ix_impressions_at", "at"),
    )
    op.create_table(
        "events",
        Column("id", String, primary_key=True),
        Column("request_id", String, nullable=False),
        Column("enterprise_id", String, ForeignKey("enterprises.id")),
        Column("measure_id", String, nullable=False),
        Column("kind", String, nullable=False),
        Column("at", String, nullable=False),
        Column("reason", Text),
        Column("received_at", String, nullable=False),
        Index("ix_events_request_id", "request_id"),
        Index("ix_events_enterprise_id", "enterprise_id"),
        Index("ix_events_received_at", "received_at"),
    )


def downgrade() -> None:
    for name in ("events", "impressions"):
        op.drop_table(name)
