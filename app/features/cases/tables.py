"""The tables of the running cases. Their SQL is in `store` (one case at a time) and `queries` (lists)."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, String, Table, Text

from app.kernel.database import Json, UtcDateTime, metadata

case = Table(
    "case",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("process_id", String(100), nullable=False),
    Column("bundle_key", String(64), nullable=False),
    Column("project_id", String(32)),
    Column("business_key", String(100), nullable=False),
    Column("status", String(16), nullable=False),
    Column("state", LargeBinary, nullable=False),
    Column("variables", Json, nullable=False),
    Column("rev", Integer, nullable=False),
    Column("event_seq", Integer, nullable=False),
    Column("audit_seq", Integer, nullable=False),
    Column("audit_head", String(64), nullable=False),
    Column("started_by", String(32)),
    Column("started_by_name", String(100), nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    Column("counted_under", String(64)),
    Index("ix_case_counted_under", "counted_under"),
    Index("ix_case_project", "project_id", "id"),
    Index("ix_case_started_by", "started_by", "id"),
    Index("ix_case_status", "status", "id"),
)

# Append-only: what the engine forgets by pruning is remembered here.
case_event = Table(
    "case_event",
    metadata,
    Column("case_id", ForeignKey("case.id"), primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("process_id", String(100), nullable=False),
    Column("element_id", String(255), nullable=False),
    Column("element_type", String(50), nullable=False),
    Column("name", String(255), nullable=False),
    Column("task_id", String(64)),
    Column("flow_id", String(255)),
    Column("actor_id", String(32)),
    Column("actor_name", String(100)),
    Column("actor_org", String(200)),
    Column("submission_id", String(32)),
    Column("note", Text),
    Column("changes", Json, nullable=False),
)

case_party = Table(
    "case_party",
    metadata,
    Column("case_id", ForeignKey("case.id"), primary_key=True),
    Column("role", String(50), primary_key=True),
    Column("org_id", String(32), nullable=False),
    Column("assigned_at", UtcDateTime, nullable=False),
    Index("ix_case_party_org", "org_id", "role", "case_id"),
)

# `queue` is "role@org_id", None while the party of the role is not assigned. `free_in` is the same as long as the task
# is open and nobody has claimed it, else None: what is in nobody's way need not be read to find what can be taken.
# `sort_at` is the due date, or the end of time, so that one index serves tasks with and without a deadline.
# `notice_at` is when the next reminder is due.
user_task = Table(
    "user_task",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("case_id", ForeignKey("case.id"), nullable=False),
    Column("project_id", String(32)),
    Column("process_id", String(100), nullable=False),
    Column("element_id", String(255), nullable=False),
    Column("name", String(255), nullable=False),
    Column("form_id", String(100)),
    Column("role", String(50), nullable=False),
    Column("org_id", String(32)),
    Column("queue", String(100)),
    Column("free_in", String(100)),
    Column("priority", Integer, nullable=False),
    Column("properties", Json, nullable=False),
    Column("clauses", Json, nullable=False),
    Column("variables", Json, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime),
    Column("remind_at", UtcDateTime),
    Column("sort_at", UtcDateTime, nullable=False),
    Column("notice_at", UtcDateTime),
    Column("status", String(16), nullable=False),
    Column("assignee_id", String(32)),
    Column("assignee_name", String(100)),
    Column("done_by", String(32)),
    Column("done_by_name", String(100)),
    Column("done_at", UtcDateTime),
    Column("submission_key", String(64)),
    Index("ix_user_task_free", "free_in", "sort_at", "id"),
    Index("ix_user_task_free_name", "free_in", "name", "sort_at", "id"),
    Index("ix_user_task_project", "project_id", "free_in"),
    Index("ix_user_task_assignee", "assignee_id", "status", "sort_at", "id"),
    Index("ix_user_task_done", "done_by", "done_at", "id"),
    Index("ix_user_task_case", "case_id", "status"),
    Index("ix_user_task_notice", "notice_at"),
)

# `next_at` is the due date, or later after an attempt that failed.
timer = Table(
    "timer",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("case_id", ForeignKey("case.id"), nullable=False, index=True),
    Column("task_id", String(64), nullable=False),
    Column("process_id", String(100), nullable=False),
    Column("element_id", String(255), nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("next_at", UtcDateTime, nullable=False),
    Column("attempts", Integer, nullable=False),
    Index("ix_timer_next", "next_at", "id"),
)

subscription = Table(
    "subscription",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("case_id", ForeignKey("case.id"), nullable=False, index=True),
    Column("task_id", String(64), nullable=False),
    Column("process_id", String(100), nullable=False),
    Column("element_id", String(255), nullable=False),
    Column("name", String(255), nullable=False),
    Column("correlation_key", String(255), nullable=False),
    Index("ix_subscription_name", "name", "correlation_key", "id"),
)

message_outbox = Table(
    "message_outbox",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("name", String(255), nullable=False),
    Column("correlation_key", String(255), nullable=False),
    Column("variables", Json, nullable=False),
    Column("source_case_id", String(32)),
    Column("created_at", UtcDateTime, nullable=False),
    Column("next_at", UtcDateTime, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("status", String(16), nullable=False),
    Column("delivered_at", UtcDateTime),
    Column("delivered_case_id", String(32)),
    Index("ix_message_outbox_waiting", "status", "name", "correlation_key"),
    Index("ix_message_outbox_expiry", "status", "expires_at"),
)

incident = Table(
    "incident",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("case_id", ForeignKey("case.id"), nullable=False),
    Column("project_id", String(32)),
    Column("task_id", String(64), nullable=False),
    Column("process_id", String(100), nullable=False),
    Column("element_id", String(255), nullable=False),
    Column("name", String(255), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("message", Text, nullable=False),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("resolved_at", UtcDateTime),
    Column("resolved_by", String(100)),
    Index("ix_incident_case", "case_id", "resolved_at"),
    Index("ix_incident_open", "resolved_at", "id"),
)

# One row a completion, never changed: what was typed, and the variables that the form was filled in under.
form_submission = Table(
    "form_submission",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("case_id", ForeignKey("case.id"), nullable=False),
    Column("task_id", String(64), nullable=False),
    Column("process_id", String(100), nullable=False),
    Column("element_id", String(255), nullable=False),
    Column("form_id", String(100)),
    Column("bundle_key", String(64), nullable=False),
    Column("submission_key", String(64), nullable=False, unique=True),
    Column("data", Json, nullable=False),
    Column("variables", Json, nullable=False),
    Column("submitted_by", String(32), nullable=False),
    Column("submitted_by_name", String(100), nullable=False),
    Column("submitted_at", UtcDateTime, nullable=False),
    Index("ix_form_submission_case", "case_id", "form_id", "id"),
    Index("ix_form_submission_task", "task_id"),
)
