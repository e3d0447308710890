"""Every table. Instants are RFC 3339 text in UTC, JSON is text with exact numbers.

Definitions only; the SQL is in the subjects' stores.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# Counters and settings of the installation: catalogue_version, enterprise_seq, notification_seq; and
# `recalled/DOCUMENT`, up to which notification nothing of a document goes out by mail any more.
meta = Table("meta", metadata, Column("key", String, primary_key=True), Column("value", Text, nullable=False))

documents = Table(
    "documents",
    metadata,
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

revisions = Table(
    "revisions",
    metadata,
    Column("document_id", ForeignKey("documents.id"), primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("content", Text, nullable=False),
    Column("digest", String, nullable=False),
    Column("created_at", String, nullable=False),
)

# Which revision was live from one catalogue version (included) until another (excluded; null: still).
publications = Table(
    "publications",
    metadata,
    Column("document_id", ForeignKey("documents.id"), primary_key=True),
    Column("from_version", Integer, primary_key=True),
    Column("until_version", Integer),
    Column("revision", Integer, nullable=False),
    Index("ix_publications_until_version", "until_version"),
)

measures_withdrawn = Table(
    "measures_withdrawn",
    metadata,
    Column("measure_id", String, primary_key=True),
    Column("document_id", ForeignKey("documents.id"), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("withdrawn_at", String, nullable=False),
    Column("reason", Text, nullable=False),
    Column("replaced_by", String),
    Index("ix_measures_withdrawn_document_id", "document_id"),
)

enterprises = Table(
    "enterprises",
    metadata,
    Column("id", String, primary_key=True),
    Column("name", Text, nullable=False),
    Column("demo", Boolean, nullable=False),
    Column("profile", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("updated_at", String, nullable=False),
    Column("seq", Integer, nullable=False),
    Index("ix_enterprises_seq", "seq"),
)

enterprise_vectors = Table(
    "enterprise_vectors",
    metadata,
    Column("enterprise_id", ForeignKey("enterprises.id"), primary_key=True),
    Column("encoder", String, primary_key=True),
    Column("text_sha", String, nullable=False),
    Column("vector", LargeBinary, nullable=False),
    Column("seq", Integer, nullable=False),
    Index("ix_enterprise_vectors_seq", "seq"),
)

passage_vectors = Table(
    "passage_vectors",
    metadata,
    Column("encoder", String, primary_key=True),
    Column("text_sha", String, primary_key=True),
    Column("vector", LargeBinary, nullable=False),
)

notifications = Table(
    "notifications",
    metadata,
    Column("id", String, primary_key=True),
    # Grows in the order of commits, so that whoever reads on from a number misses nothing.
    Column("seq", BigInteger, nullable=False),
    Column("enterprise_id", ForeignKey("enterprises.id"), nullable=False),
    Column("document_id", String),
    Column("measure_id", String),
    Column("type", String, nullable=False),
    Column("dedupe", String, nullable=False),
    Column("title", Text, nullable=False),
    Column("part", String),
    Column("text", Text, nullable=False),
    Column("data", Text),
    Column("created_at", String, nullable=False),
    Column("read_at", String),
    UniqueConstraint("dedupe"),
    UniqueConstraint("seq"),
    Index("ix_notifications_enterprise_id_seq", "enterprise_id", "seq"),
)

# What an enterprise was last told of a measure: later messages carry only the difference to it.
tellings = Table(
    "tellings",
    metadata,
    Column("enterprise_id", ForeignKey("enterprises.id"), primary_key=True),
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

# The profile of an enterprise when its matches were last looked at, and the day for which. Version 0: never
# yet; its first look is at what was live at the version `catalogue`, what came later is told one by one.
looks = Table(
    "looks",
    metadata,
    Column("enterprise_id", ForeignKey("enterprises.id"), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("profile", Text, nullable=False),
    Column("as_of", String, nullable=False),
    Column("catalogue", Integer, nullable=False),
    Column("looked_at", String, nullable=False),
)

# What the push has last seen of each measure, at which catalogue version: what differs from it is still to
# be told. No material: it was gone.
measures_seen = Table(
    "measures_seen",
    metadata,
    Column("measure_id", String, primary_key=True),
    Column("document_id", String, nullable=False),
    Column("version", Integer, nullable=False),
    Column("material", String),
    Column("seen_at", String, nullable=False),
    Index("ix_measures_seen_document_id", "document_id"),
)

# Documents and measures whose telling is paused until it is lifted; `subject` is the id of either. What was
# published up to the version `recalled` is not told either when the pause ends.
pauses = Table(
    "pauses",
    metadata,
    Column("subject", String, primary_key=True),
    Column("reason", String, nullable=False),
    Column("paused_at", String, nullable=False),
    Column("lifted_at", String),
    Column("recalled", Integer),
)

consents = Table(
    "consents",
    metadata,
    Column("enterprise_id", ForeignKey("enterprises.id"), primary_key=True),
    Column("all", Boolean, nullable=False),
    Column("types", Text, nullable=False),
    Column("updated_at", String, nullable=False),
)

# Measures of which an enterprise was not told something because its kind was off: told when it is on again.
withheld = Table(
    "withheld",
    metadata,
    Column("enterprise_id", ForeignKey("enterprises.id"), primary_key=True),
    Column("measure_id", String, primary_key=True),
    Column("document_id", String, nullable=False),
    Column("type", String, nullable=False),
    Column("since", String, nullable=False),
    Index("ix_withheld_document_id", "document_id"),
)

# Addresses of the e-mail digest, encrypted. `held`: the ids of what was not sent because it was paused.
mailboxes = Table(
    "mailboxes",
    metadata,
    Column("enterprise_id", ForeignKey("enterprises.id"), primary_key=True),
    Column("address", Text, nullable=False),
    Column("language", String, nullable=False),
    Column("state", String, nullable=False),
    Column("sent_seq", BigInteger, nullable=False),
    Column("held", Text, nullable=False),
    Column("sent_on", String),
    Column("error", Text),
    Column("updated_at", String, nullable=False),
)

# Endpoints of webhooks; their secrets are encrypted, the old one is valid until `old_until`.
webhooks = Table(
    "webhooks",
    metadata,
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
    Column("lang", String),
)

jobs = Table(
    "jobs",
    metadata,
    Column("id", String, primary_key=True),
    Column("lane", String, nullable=False),
    Column("kind", String, nullable=False),
    # For whom it is (a webhook), because of what (a document), and what may exist only once.
    Column("subject", String),
    Column("topic", String),
    Column("key", String),
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
    UniqueConstraint("key"),
    Index("ix_jobs_lane_state_run_at", "lane", "state", "run_at"),
    Index("ix_jobs_lane_state_subject_run_at", "lane", "state", "subject", "run_at"),
    Index("ix_jobs_topic", "topic"),
)

# When each regular job is due next; what it does and how often is a table in the code.
schedules = Table(
    "schedules",
    metadata,
    Column("name", String, primary_key=True),
    Column("next_at", String, nullable=False),
)

idempotency = Table(
    "idempotency",
    metadata,
    Column("owner", String, primary_key=True),
    Column("place", String, primary_key=True),
    Column("key", String, primary_key=True),
    Column("body_sha", String, nullable=False),
    Column("status", Integer, nullable=False),
    Column("body", Text, nullable=False),
    Column("created_at", String, nullable=False),
    Index("ix_idempotency_created_at", "created_at"),
)

heartbeats = Table(
    "heartbeats",
    metadata,
    Column("name", String, primary_key=True),
    Column("beat_at", String, nullable=False),
)

# How many asks there were on a day, by kind; nothing else of an anonymous ask is kept.
asks = Table(
    "asks",
    metadata,
    Column("day", String, primary_key=True),
    Column("kind", String, primary_key=True),
    Column("n", Integer, nullable=False),
)

# What was shown to a stored enterprise, one row an answer: the measures in their order from place `first` on
# and their parts, a line each, with the features by which they were ordered (float64 rows, compressed) and
# what ordered them. Anonymous asks leave no row.
impressions = Table(
    "impressions",
    metadata,
    Column("request_id", String, primary_key=True),
    Column("enterprise_id", ForeignKey("enterprises.id"), nullable=False),
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

# What callers told of what became of it. `enterprise_id` is that of the request, once that is known.
events = Table(
    "events",
    metadata,
    Column("id", String, primary_key=True),
    Column("request_id", String, nullable=False),
    Column("enterprise_id", ForeignKey("enterprises.id")),
    Column("measure_id", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("at", String, nullable=False),
    Column("reason", Text),
    Column("received_at", String, nullable=False),
    Index("ix_events_request_id", "request_id"),
    Index("ix_events_enterprise_id", "enterprise_id"),
    Index("ix_events_received_at", "received_at"),
)
