"""What each enterprise was told, over which channels, and jobs of several lanes."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, String, Text, column, table

revision: str = "0002"
down_revision: str | None = "0001"

COUNTER = "notification_seq"
TABLES = ("tellings", "looks", "measures_seen", "pauses", "consents", "mailboxes", "webhooks", "schedules")
_META = table("meta", column("key", String), column("value", Text))


def upgrade() -> None:
    _notifications()
    _jobs()
    _tellings()
    _channels()


def downgrade() -> None:
    for name in reversed(TABLES):
        op.drop_table(name)
    _jobs_as_before()
    _notifications_as_before()


def _notifications() -> None:
    with op.batch_alter_table("notifications") as batch:
        for added in (Column("seq", BigInteger), Column("document_id", String), Column("data", Text)):
            batch.add_column(added)
        batch.alter_column("measure_id", existing_type=String(), nullable=True)
        batch.alter_column("part", existing_type=String(), nullable=True)
        batch.drop_index("ix_notifications_enterprise_id_created_at_id")
    op.execute(
        "UPDATE notifications SET seq = (SELECT count(*) FROM notifications AS earlier"
        " WHERE (earlier.created_at, earlier.id) <= (notifications.created_at, notifications.id))"
    )
    op.execute(
        f"INSERT INTO meta (key, value) SELECT '{COUNTER}', CAST(count(*) AS TEXT) FROM notifications"  # noqa: S608
    )
    with op.batch_alter_table("notifications") as batch:
        batch.alter_column("seq", existing_type=BigInteger(), nullable=False)
        batch.create_unique_constraint("uq_notifications_seq", ["seq"])
        batch.create_index("ix_notifications_enterprise_id_seq", ["enterprise_id", "seq"])


def _notifications_as_before() -> None:
    op.execute("DELETE FROM notifications WHERE measure_id IS NULL OR part IS NULL")
    op.execute(sa.delete(_META).where(_META.c.key == COUNTER))
    with op.batch_alter_table("notifications") as batch:
        batch.drop_index("ix_notifications_enterprise_id_seq")
        batch.drop_constraint("uq_notifications_seq", type_="unique")
        for name in ("seq", "document_id", "data"):
            batch.drop_column(name)
        batch.alter_column("measure_id", existing_type=String(), nullable=False)
        batch.alter_column("part", existing_type=String(), nullable=False)
        batch.create_index(
            "ix_notifications_enterprise_id_created_at_id", ["enterprise_id", "created_at", "id"]
        )


def _jobs() -> None:
    with op.batch_alter_table("jobs") as batch:
        batch.add_column(Column("lane", String, nullable=False, server_default="work"))
        for name in ("subject", "topic", "key"):
            batch.add_column(Column(name, String))
        batch.drop_index("ix_jobs_state_run_at")
    with op.batch_alter_table("jobs") as batch:
        batch.alter_column("lane", existing_type=String(), server_default=None)
        batch.create_unique_constraint("uq_jobs_key", ["key"])
        batch.create_index("ix_jobs_lane_state_run_at", ["lane", "state", "run_at"])
        batch.create_index("ix_jobs_lane_state_subject_run_at", ["lane", "state", "subject", "run_at"])
        batch.create_index("ix_jobs_topic", ["topic"])


def _jobs_as_before() -> None:
    op.execute("DELETE FROM jobs WHERE lane <> 'work' OR state IN ('held', 'recalled')")
    with op.batch_alter_table("jobs") as batch:
        batch.drop_index("ix_jobs_topic")
        batch.drop_index("ix_jobs_lane_state_subject_run_at")
        batch.drop_index("ix_jobs_lane_state_run_at")
        batch.drop_constraint("uq_jobs_key", type_="unique")
        for name in ("key", "topic", "subject", "lane"):
            batch.drop_column(name)
        batch.create_index("ix_jobs_state_run_at", ["state", "run_at"])


def _tellings() -> None:
    op.create_table(
        "tellings",
        Column("enterprise_id", String, ForeignKey("enterprises.id"), primary_key=True),
        Column("measure_id", String, primary_key=True),
        Column("document_id", String, nullable=False),
        Column("revision", Integer, nullable=False),
        Column("material", String, nullable=False),
        Column("part", String, nullable=False),
        Column("opened", String),
        Column("deadline", String),
        Column("withdrawn_at", String),
        Column("dismissed_at", String),
        Column("reason", String),
        Column("told_at", String, nullable=False),
        Index("ix_tellings_measure_id", "measure_id"),
    )
    op.create_table(
        "looks",
        Column("enterprise_id", String, ForeignKey("enterprises.id"), primary_key=True),
        Column("version", Integer, nullable=False),
        Column("profile", Text, nullable=False),
        Column("as_of", String, nullable=False),
        Column("catalogue", Integer, nullable=False),
        Column("looked_at", String, nullable=False),
    )
    op.create_table(
        "measures_seen",
        Column("measure_id", String, primary_key=True),
        Column("document_id", String, nullable=False),
        Column("version", Integer, nullable=False),
        Column("material", String),
        Column("seen_at", String, nullable=False),
        Index("ix_measures_seen_document_id", "document_id"),
    )


def _channels() -> None:
    op.create_table(
        "pauses",
        Column("subject", String, primary_key=True),
        Column("reason", String, nullable=False),
        Column("paused_at", String, nullable=False),
        Column("lifted_at", String),
        Column("recalled", Integer),
    )
    op.create_table(
        "consents",
        Column("enterprise_id", String, ForeignKey("enterprises.id"), primary_key=True),
        Column("all", Boolean, nullable=False),
        Column("types", Text, nullable=False),
        Column("updated_at", String, nullable=False),
    )
    op.create_table(
        "mailboxes",
        Column("enterprise_id", String, ForeignKey("enterprises.id"), primary_key=True),
        Column("address", Text, nullable=False),
        Column("language", String, nullable=False),
        Column("state", String, nullable=False),
        Column("sent_seq", BigInteger, nullable=False),
        Column("held", Text, nullable=False),
        Column("sent_on", String),
        Column("error", Text),
        Column("updated_at", String, nullable=False),
    )
    op.create_table(
        "webhooks",
        Column("id", String, primary_key=True),
        Column("url", Text, nullable=False),
        Column("events", Text, nullable=False),
        Column("enterprise_ids", Text),
        Column("state", String, nullable=False),
        Column("reason", Text),
        Column("secret", Text, nullable=False),
        Column("old_secret", Text),
        Column("old_until", String),
        Column("failing_since", String),
        Column("created_at", String, nullable=False),
        Column("updated_at", String, nullable=False),
    )
    op.create_table(
        "schedules",
        Column("name", String, primary_key=True),
        Column("next_at", String, nullable=False),
    )
