"""The first tables: documents, enterprises, what is told, and what is to be done."""

from alembic import op
from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    column,
    table,
)

revision: str = "0001"
down_revision: str | None = None

COUNTERS = ("catalogue_version", "enterprise_seq")
TABLES = (
    "meta",
    "documents",
    "revisions",
    "publications",
    "measures_withdrawn",
    "enterprises",
    "enterprise_vectors",
    "passage_vectors",
    "notifications",
    "jobs",
    "idempotency",
    "heartbeats",
    "asks",
)


def upgrade() -> None:
    op.create_table("meta", Column("key", String, primary_key=True), Column("value", Text, nullable=False))
    rows = table("meta", column("key", String), column("value", Text))
    op.bulk_insert(rows, [{"key": key, "value": "0"} for key in COUNTERS])
    _catalogue()
    _enterprises()
    _work()


def downgrade() -> None:
    for name in reversed(TABLES):
        op.drop_table(name)


def _catalogue() -> None:
    op.create_table(
        "documents",
        Column("id", String, primary_key=True),
        Column("status", String, nullable=False),
        Column("live_revision", Integer),
        Column("draft_revision", Integer),
        Column("withdrawn_at", String),
        Column("reason", Text),
        Column("replaced_by", String),
        Column("created_at", String, nullable=False),
        Index("ix_documents_status", "status"),
    )
    op.create_table(
        "revisions",
        Column("document_id", String, ForeignKey("documents.id"), primary_key=True),
        Column("revision", Integer, primary_key=True),
        Column("content", Text, nullable=False),
        Column("digest", String, nullable=False),
        Column("created_at", String, nullable=False),
    )
    op.create_table(
        "publications",
        Column("document_id", String, ForeignKey("documents.id"), primary_key=True),
        Column("from_version", Integer, primary_key=True),
        Column("until_version", Integer),
        Column("revision", Integer, nullable=False),
        Index("ix_publications_until_version", "until_version"),
    )
    op.create_table(
        "measures_withdrawn",
        Column("measure_id", String, primary_key=True),
        Column("document_id", String, ForeignKey("documents.id"), nullable=False),
        Column("revision", Integer, nullable=False),
        Column("withdrawn_at", String, nullable=False),
        Column("reason", Text, nullable=False),
        Column("replaced_by", String),
        Index("ix_measures_withdrawn_document_id", "document_id"),
    )


def _enterprises() -> None:
    op.create_table(
        "enterprises",
        Column("id", String, primary_key=True),
        Column("name", Text, nullable=False),
        Column("demo", Boolean, nullable=False),
        Column("profile", Text, nullable=False),
        Column("version", Integer, nullable=False),
        Column("updated_at", String, nullable=False),
        Column("seq", Integer, nullable=False),
        Index("ix_enterprises_seq", "seq"),
    )
    op.create_table(
        "enterprise_vectors",
        Column("enterprise_id", String, ForeignKey("enterprises.id"), primary_key=True),
        Column("encoder", String, primary_key=True),
        Column("text_sha", String, nullable=False),
        Column("vector", LargeBinary, nullable=False),
        Column("seq", Integer, nullable=False),
        Index("ix_enterprise_vectors_seq", "seq"),
    )
    op.create_table(
        "passage_vectors",
        Column("encoder", String, primary_key=True),
        Column("text_sha", String, primary_key=True),
        Column("vector", LargeBinary, nullable=False),
    )
    op.create_table(
        "notifications",
        Column("id", String, primary_key=True),
        Column("enterprise_id", String, ForeignKey("enterprises.id"), nullable=False),
        Column("measure_id", String, nullable=False),
        Column("type", String, nullable=False),
        Column("dedupe", String, nullable=False),
        Column("title", Text, nullable=False),
        Column("part", String, nullable=False),
        Column("text", Text, nullable=False),
        Column("created_at", String, nullable=False),
        Column("read_at", String),
        UniqueConstraint("dedupe"),
        Index("ix_notifications_enterprise_id_created_at_id", "enterprise_id", "created_at", "id"),
    )


def _work() -> None:
    op.create_table(
        "jobs",
        Column("id", String, primary_key=True),
        Column("kind", String, nullable=False),
        Column("payload", Text, nullable=False),
        Column("state", String, nullable=False),
        Column("run_at", String, nullable=False),
        Column("lease_until", String),
        Column("lease_token", String),
        Column("attempts", Integer, nullable=False),
        Column("done", Integer, nullable=False),
        Column("total", Integer),
        Column("result", Text),
        Column("error", Text),
        Column("created_at", String, nullable=False),
        Column("started_at", String),
        Column("finished_at", String),
        Index("ix_jobs_state_run_at", "state", "run_at"),
    )
    op.create_table(
        "idempotency",
        Column("owner", String, primary_key=True),
        Column("place", String, primary_key=True),
        Column("key", String, primary_key=True),
        Column("body_sha", String, nullable=False),
        Column("status", Integer, nullable=False),
        Column("body", Text, nullable=False),
        Column("created_at", String, nullable=False),
        Index("ix_idempotency_created_at", "created_at"),
    )
    op.create_table(
        "heartbeats",
        Column("name", String, primary_key=True),
        Column("beat_at", String, nullable=False),
    )
    op.create_table(
        "asks",
        Column("day", String, primary_key=True),
        Column("kind", String, primary_key=True),
        Column("n", Integer, nullable=False),
    )
