"""The tables of the first version."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import app.kernel.columns

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "attachment",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("content_type", sa.String(length=100), nullable=False),
        sa.Column("scope", sa.String(length=64), nullable=False),
        sa.Column("uploaded_by", sa.String(length=32), nullable=False),
        sa.Column("uploaded_at", app.kernel.columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachment")),
    )
    op.create_index("ix_attachment_case", "attachment", ["case_id", "uploaded_at"], unique=False)
    op.create_index("ix_attachment_scope", "attachment", ["scope", "uploaded_by"], unique=False)
    op.create_index(op.f("ix_attachment_sha256"), "attachment", ["sha256"], unique=False)
    op.create_table(
        "audit_entry",
        sa.Column("scope", sa.String(length=64), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", app.kernel.columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.String(length=32), nullable=False),
        sa.Column("actor_name", sa.String(length=100), nullable=False),
        sa.Column("actor_role", sa.String(length=100), nullable=False),
        sa.Column("action", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("details", app.kernel.columns.Json(), nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("scope", "seq", name=op.f("pk_audit_entry")),
    )
    op.create_index(op.f("ix_audit_entry_actor_id_at"), "audit_entry", ["actor_id", "at"], unique=False)
    op.create_index(op.f("ix_audit_entry_at"), "audit_entry", ["at"], unique=False)
    op.create_table(
        "audit_head",
        sa.Column("scope", sa.String(length=64), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("scope", name=op.f("pk_audit_head")),
    )
    op.create_table(
        "bundle",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", app.kernel.columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=100), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_bundle")),
        sa.UniqueConstraint("version", name=op.f("uq_bundle_version")),
    )
    op.create_table(
        "business_clock",
        sa.Column("seq", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("offset_seconds", sa.BigInteger(), nullable=False),
        sa.Column("moved_by", sa.String(length=32), nullable=False),
        sa.Column("moved_at", app.kernel.columns.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_business_clock")),
    )
    op.create_table(
        "calendar_year",
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("notice_no", sa.String(length=100), nullable=False),
        sa.Column("published_at", app.kernel.columns.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("year", name=op.f("pk_calendar_year")),
    )
    op.create_table(
        "case",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("process_id", sa.String(length=100), nullable=False),
        sa.Column("bundle_key", sa.String(length=64), nullable=False),
        sa.Column("project_id", sa.String(length=32), nullable=True),
        sa.Column("business_key", sa.String(length=100), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("state", sa.LargeBinary(), nullable=False),
        sa.Column("variables", app.kernel.columns.Json(), nullable=False),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.Column("event_seq", sa.Integer(), nullable=False),
        sa.Column("audit_seq", sa.Integer(), nullable=False),
        sa.Column("audit_head", sa.String(length=64), nullable=False),
        sa.Column("started_by", sa.String(length=32), nullable=True),
        sa.Column("started_by_name", sa.String(length=100), nullable=False),
        sa.Column("started_at", app.kernel.columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("ended_at", app.kernel.columns.UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case")),
    )
    op.create_index("ix_case_project", "case", ["project_id", "id"], unique=False)
    op.create_index("ix_case_started_by", "case", ["started_by", "id"], unique=False)
    op.create_index("ix_case_status", "case", ["status", "id"], unique=False)
    op.create_table(
        "form_draft",
        sa.Column("task_id", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.String(length=32), nullable=False),
        sa.Column("data", app.kernel.columns.Json(), nullable=False),
        sa.Column("saved_at", app.kernel.columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("task_id", "user_id", name=op.f("pk_form_draft")),
    )
    op.create_table(
        "job",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("task_id", sa.String(length=64), nullable=False),
        sa.Column("type", sa.String(length=100), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("headers", app.kernel.columns.Json(), nullable=False),
        sa.Column("inputs", app.kernel.columns.Json(), nullable=False),
        sa.Column("retries", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created_at", app.kernel.columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("next_at", app.kernel.columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("lease", sa.String(length=32), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
    )
    op.create_index(op.f("ix_job_case_id"), "job", ["case_id"], unique=False)
    op.create_index("ix_job_next", "job", ["next_at", "id"], unique=False)
    op.create_table(
        "login_failure",
        sa.Column("account", sa.String(length=32), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_at", app.kernel.columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("locked_until", app.kernel.columns.UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("account", name=op.f("pk_login_failure")),
    )
    op.create_index(op.f("ix_login_failure_last_at"), "login_failure", ["last_at"], unique=False)
    op.create_table(
        "message_outbox",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("correlation_key", sa.String(length=255), nullable=False),
        sa.Column("variables", app.kernel.columns.Json(), nullable=False),
        sa.Column("source_case_id", sa.String(length=32), nullable=True),
        sa.Column("created_at", app.kernel.columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("next_at", app.kernel.columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("expires_at", app.kernel.columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("delivered_at", app.kernel.columns.UtcDateTime(timezone=True), nullable=True),
        sa.Column("delivered_case_id", sa.String(length=32), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message_outbox")),
    )
    op.create_index("ix_message_outbox_expiry", "message_outbox", ["status", "expires_at"], unique=False)
    op.create_index("ix_message_outbox_waiting", "message_outbox", ["status", "name", "correlation_key"], unique=False)
    op.create_table(
        "notification",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("user_id", sa.String(length=32), nullable=False),
        sa.Column("key", sa.String(length=150), nullable=False),
        sa.Column("title", sa.String(length=255), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=True),
        sa.Column("task_id", sa.String(length=64), nullable=True),
        sa.Column("created_at", app.kernel.columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("read_at", app.kernel.columns.UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notification")),
        sa.UniqueConstraint("user_id", "key", name=op.f("uq_notification_user_id_key")),
    )
    op.create_index("ix_notification_unread", "notification", ["user_id", "read_at", "id"], unique=False)
    op.create_table(
        "organisation",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("short_name", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("credit_code", sa.String(length=18), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation")),
        sa.UniqueConstraint("name", name=op.f("uq_organisation_name")),
    )
    op.create_index(op.f("ix_organisation_kind"), "organisation", ["kind"], unique=False)
    op.create_table(
        "project",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("org_id", sa.String(length=32), nullable=False),
        sa.Column("unit", sa.String(length=200), nullable=False),
        sa.Column("round_year", sa.Integer(), nullable=False),
        sa.Column("registered_on", sa.Date(), nullable=False),
        sa.Column("stage", sa.String(length=32), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("confidential", sa.Boolean(), nullable=False),
        sa.Column("estimate", app.kernel.columns.Amount(precision=18, scale=6), nullable=True),
        sa.Column("approved", app.kernel.columns.Amount(precision=18, scale=6), nullable=True),
        sa.Column("budget", app.kernel.columns.Amount(precision=18, scale=6), nullable=True),
        sa.Column("contract", app.kernel.columns.Amount(precision=18, scale=6), nullable=True),
        sa.Column("paid", app.kernel.columns.Amount(precision=18, scale=6), nullable=True),
        sa.Column("settled", app.kernel.columns.Amount(precision=18, scale=6), nullable=True),
        sa.Column("responsible", sa.String(length=100), nullable=True),
        sa.Column("details", app.kernel.columns.Json(), nullable=False),
        sa.Column("ruleset", sa.String(length=100), nullable=False),
        sa.Column("basis", sa.Text(), nullable=True),
        sa.Column("created_by", sa.String(length=32), nullable=False),
        sa.Column("created_at", app.kernel.columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("search_text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_project")),
        sa.UniqueConstraint("code", name=op.f("uq_project_code")),
    )
    op.create_index("ix_project_org", "project", ["org_id", "id"], unique=False)
    op.create_index("ix_project_round", "project", ["round_year", "id"], unique=False)
    op.create_index("ix_project_stage", "project", ["stage", "id"], unique=False)
    op.create_table(
        "project_sequence",
        sa.Column("round_year", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("round_year", name=op.f("pk_project_sequence")),
    )
    op.create_table(
        "rating",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("org_id", sa.String(length=32), nullable=False),
        sa.Column("project_id", sa.String(length=32), nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("score", app.kernel.columns.Amount(precision=18, scale=6), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("created_at", app.kernel.columns.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rating")),
    )
    op.create_index("ix_rating_org", "rating", ["org_id", "created_at"], unique=False)
    op.create_table(
        "restriction",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("org_id", sa.String(length=32), nullable=False),
        sa.Column("project_id", sa.String(length=32), nullable=True),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("clause", sa.String(length=32), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("lifted_on", sa.Date(), nullable=True),
        sa.Column("created_at", app.kernel.columns.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_restriction")),
    )
    op.create_index("ix_restriction_org", "restriction", ["org_id", "since"], unique=False)
    op.create_table(
        "rule_basis",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("ruleset", sa.String(length=100), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("decided_by", sa.String(length=100), nullable=False),
        sa.Column("decided_at", app.kernel.columns.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule_basis")),
    )
    op.create_table(
        "user_account",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("account", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("must_change_password", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("session_stamp", sa.String(length=32), nullable=False),
        sa.Column("created_at", app.kernel.columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("last_login_at", app.kernel.columns.UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_account")),
        sa.UniqueConstraint("account", name=op.f("uq_user_account_account")),
    )
    op.create_table(
        "authority",
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("org_id", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["org_id"], ["organisation.id"], name=op.f("fk_authority_org_id_organisation")),
        sa.PrimaryKeyConstraint("role", name=op.f("pk_authority")),
    )
    op.create_index(op.f("ix_authority_org_id"), "authority", ["org_id"], unique=False)
    op.create_table(
        "calendar_day",
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.ForeignKeyConstraint(["year"], ["calendar_year.year"], name=op.f("fk_calendar_day_year_calendar_year")),
        sa.PrimaryKeyConstraint("date", name=op.f("pk_calendar_day")),
    )
    op.create_index("ix_calendar_day_year", "calendar_day", ["year"], unique=False)
    op.create_table(
        "case_event",
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", app.kernel.columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("process_id", sa.String(length=100), nullable=False),
        sa.Column("element_id", sa.String(length=255), nullable=False),
        sa.Column("element_type", sa.String(length=50), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("task_id", sa.String(length=64), nullable=True),
        sa.Column("flow_id", sa.String(length=255), nullable=True),
        sa.Column("actor_id", sa.String(length=32), nullable=True),
        sa.Column("actor_name", sa.String(length=100), nullable=True),
        sa.Column("actor_org", sa.String(length=200), nullable=True),
        sa.Column("submission_id", sa.String(length=32), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("changes", app.kernel.columns.Json(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_case_event_case_id_case")),
        sa.PrimaryKeyConstraint("case_id", "seq", name=op.f("pk_case_event")),
    )
    op.create_table(
        "case_party",
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("role", sa.String(length=50), nullable=False),
        sa.Column("org_id", sa.String(length=32), nullable=False),
        sa.Column("assigned_at", app.kernel.columns.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_case_party_case_id_case")),
        sa.PrimaryKeyConstraint("case_id", "role", name=op.f("pk_case_party")),
    )
    op.create_index("ix_case_party_org", "case_party", ["org_id", "role", "case_id"], unique=False)
    op.create_table(
        "definition",
        sa.Column("bundle_key", sa.String(length=64), nullable=False),
        sa.Column("path", sa.String(length=255), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["bundle_key"], ["bundle.key"], name=op.f("fk_definition_bundle_key_bundle")),
        sa.PrimaryKeyConstraint("bundle_key", "path", name=op.f("pk_definition")),
    )
    op.create_table(
        "deployment",
        sa.Column("seq", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("bundle_key", sa.String(length=64), nullable=False),
        sa.Column("at", app.kernel.columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=100), nullable=False),
        sa.ForeignKeyConstraint(["bundle_key"], ["bundle.key"], name=op.f("fk_deployment_bundle_key_bundle")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_deployment")),
    )
    op.create_table(
        "form_submission",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("task_id", sa.String(length=64), nullable=False),
        sa.Column("process_id", sa.String(length=100), nullable=False),
        sa.Column("element_id", sa.String(length=255), nullable=False),
        sa.Column("form_id", sa.String(length=100), nullable=True),
        sa.Column("bundle_key", sa.String(length=64), nullable=False),
        sa.Column("submission_key", sa.String(length=64), nullable=False),
        sa.Column("data", app.kernel.columns.Json(), nullable=False),
        sa.Column("variables", app.kernel.columns.Json(), nullable=False),
        sa.Column("submitted_by", sa.String(length=32), nullable=False),
        sa.Column("submitted_by_name", sa.String(length=100), nullable=False),
        sa.Column("submitted_at", app.kernel.columns.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_form_submission_case_id_case")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_form_submission")),
        sa.UniqueConstraint("submission_key", name=op.f("uq_form_submission_submission_key")),
    )
    op.create_index("ix_form_submission_case", "form_submission", ["case_id", "form_id", "id"], unique=False)
    op.create_index("ix_form_submission_task", "form_submission", ["task_id"], unique=False)
    op.create_table(
        "incident",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("project_id", sa.String(length=32), nullable=True),
        sa.Column("task_id", sa.String(length=64), nullable=False),
        sa.Column("process_id", sa.String(length=100), nullable=False),
        sa.Column("element_id", sa.String(length=255), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("opened_at", app.kernel.columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("resolved_at", app.kernel.columns.UtcDateTime(timezone=True), nullable=True),
        sa.Column("resolved_by", sa.String(length=100), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_incident_case_id_case")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident")),
    )
    op.create_index("ix_incident_case", "incident", ["case_id", "resolved_at"], unique=False)
    op.create_index("ix_incident_open", "incident", ["resolved_at", "id"], unique=False)
    op.create_table(
        "membership",
        sa.Column("user_id", sa.String(length=32), nullable=False),
        sa.Column("org_id", sa.String(length=32), nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["org_id"], ["organisation.id"], name=op.f("fk_membership_org_id_organisation")),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_membership_user_id_user_account")),
        sa.PrimaryKeyConstraint("user_id", "org_id", "role", name=op.f("pk_membership")),
    )
    op.create_index(op.f("ix_membership_org_id_role"), "membership", ["org_id", "role"], unique=False)
    op.create_table(
        "project_gram",
        sa.Column("gram", sa.String(length=8), nullable=False),
        sa.Column("project_id", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_project_gram_project_id_project")),
        sa.PrimaryKeyConstraint("gram", "project_id", name=op.f("pk_project_gram")),
    )
    op.create_table(
        "project_party",
        sa.Column("project_id", sa.String(length=32), nullable=False),
        sa.Column("role", sa.String(length=50), nullable=False),
        sa.Column("org_id", sa.String(length=32), nullable=False),
        sa.Column("org_name", sa.String(length=200), nullable=False),
        sa.Column("assigned_at", app.kernel.columns.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_project_party_project_id_project")),
        sa.PrimaryKeyConstraint("project_id", "role", name=op.f("pk_project_party")),
    )
    op.create_index("ix_project_party_org", "project_party", ["org_id", "role", "project_id"], unique=False)
    op.create_table(
        "project_reader",
        sa.Column("project_id", sa.String(length=32), nullable=False),
        sa.Column("user_id", sa.String(length=32), nullable=False),
        sa.Column("authorised_by", sa.String(length=32), nullable=False),
        sa.Column("authorised_at", app.kernel.columns.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_project_reader_project_id_project")),
        sa.PrimaryKeyConstraint("project_id", "user_id", name=op.f("pk_project_reader")),
    )
    op.create_table(
        "subscription",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("task_id", sa.String(length=64), nullable=False),
        sa.Column("process_id", sa.String(length=100), nullable=False),
        sa.Column("element_id", sa.String(length=255), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("correlation_key", sa.String(length=255), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_subscription_case_id_case")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscription")),
    )
    op.create_index(op.f("ix_subscription_case_id"), "subscription", ["case_id"], unique=False)
    op.create_index("ix_subscription_name", "subscription", ["name", "correlation_key", "id"], unique=False)
    op.create_table(
        "timer",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("task_id", sa.String(length=64), nullable=False),
        sa.Column("process_id", sa.String(length=100), nullable=False),
        sa.Column("element_id", sa.String(length=255), nullable=False),
        sa.Column("due_at", app.kernel.columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("next_at", app.kernel.columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_timer_case_id_case")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_timer")),
    )
    op.create_index(op.f("ix_timer_case_id"), "timer", ["case_id"], unique=False)
    op.create_index("ix_timer_next", "timer", ["next_at", "id"], unique=False)
    op.create_table(
        "user_task",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("project_id", sa.String(length=32), nullable=True),
        sa.Column("process_id", sa.String(length=100), nullable=False),
        sa.Column("element_id", sa.String(length=255), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("form_id", sa.String(length=100), nullable=True),
        sa.Column("role", sa.String(length=50), nullable=False),
        sa.Column("org_id", sa.String(length=32), nullable=True),
        sa.Column("queue", sa.String(length=100), nullable=True),
        sa.Column("free_in", sa.String(length=100), nullable=True),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("properties", app.kernel.columns.Json(), nullable=False),
        sa.Column("clauses", app.kernel.columns.Json(), nullable=False),
        sa.Column("variables", app.kernel.columns.Json(), nullable=False),
        sa.Column("created_at", app.kernel.columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("due_at", app.kernel.columns.UtcDateTime(timezone=True), nullable=True),
        sa.Column("remind_at", app.kernel.columns.UtcDateTime(timezone=True), nullable=True),
        sa.Column("sort_at", app.kernel.columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("notice_at", app.kernel.columns.UtcDateTime(timezone=True), nullable=True),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("assignee_id", sa.String(length=32), nullable=True),
        sa.Column("assignee_name", sa.String(length=100), nullable=True),
        sa.Column("done_by", sa.String(length=32), nullable=True),
        sa.Column("done_by_name", sa.String(length=100), nullable=True),
        sa.Column("done_at", app.kernel.columns.UtcDateTime(timezone=True), nullable=True),
        sa.Column("submission_key", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_user_task_case_id_case")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_task")),
    )
    op.create_index("ix_user_task_assignee", "user_task", ["assignee_id", "status", "sort_at", "id"], unique=False)
    op.create_index("ix_user_task_case", "user_task", ["case_id", "status"], unique=False)
    op.create_index("ix_user_task_done", "user_task", ["done_by", "done_at", "id"], unique=False)
    op.create_index("ix_user_task_notice", "user_task", ["notice_at"], unique=False)
    op.create_index("ix_user_task_free", "user_task", ["free_in", "sort_at", "id"], unique=False)
    op.create_index("ix_user_task_free_name", "user_task", ["free_in", "name", "sort_at", "id"], unique=False)
    op.create_index("ix_user_task_project", "user_task", ["project_id", "free_in"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_user_task_project", table_name="user_task")
    op.drop_index("ix_user_task_free_name", table_name="user_task")
    op.drop_index("ix_user_task_free", table_name="user_task")
    op.drop_index("ix_user_task_notice", table_name="user_task")
    op.drop_index("ix_user_task_done", table_name="user_task")
    op.drop_index("ix_user_task_case", table_name="user_task")
    op.drop_index("ix_user_task_assignee", table_name="user_task")
    op.drop_table("user_task")
    op.drop_index("ix_timer_next", table_name="timer")
    op.drop_index(op.f("ix_timer_case_id"), table_name="timer")
    op.drop_table("timer")
    op.drop_index("ix_subscription_name", table_name="subscription")
    op.drop_index(op.f("ix_subscription_case_id"), table_name="subscription")
    op.drop_table("subscription")
    op.drop_table("project_reader")
    op.drop_index("ix_project_party_org", table_name="project_party")
    op.drop_table("project_party")
    op.drop_table("project_gram")
    op.drop_index(op.f("ix_membership_org_id_role"), table_name="membership")
    op.drop_table("membership")
    op.drop_index("ix_incident_open", table_name="incident")
    op.drop_index("ix_incident_case", table_name="incident")
    op.drop_table("incident")
    op.drop_index("ix_form_submission_task", table_name="form_submission")
    op.drop_index("ix_form_submission_case", table_name="form_submission")
    op.drop_table("form_submission")
    op.drop_table("deployment")
    op.drop_table("definition")
    op.drop_index("ix_case_party_org", table_name="case_party")
    op.drop_table("case_party")
    op.drop_table("case_event")
    op.drop_index("ix_calendar_day_year", table_name="calendar_day")
    op.drop_table("calendar_day")
    op.drop_index(op.f("ix_authority_org_id"), table_name="authority")
    op.drop_table("authority")
    op.drop_table("user_account")
    op.drop_table("rule_basis")
    op.drop_index("ix_restriction_org", table_name="restriction")
    op.drop_table("restriction")
    op.drop_index("ix_rating_org", table_name="rating")
    op.drop_table("rating")
    op.drop_table("project_sequence")
    op.drop_index("ix_project_stage", table_name="project")
    op.drop_index("ix_project_round", table_name="project")
    op.drop_index("ix_project_org", table_name="project")
    op.drop_table("project")
    op.drop_index(op.f("ix_organisation_kind"), table_name="organisation")
    op.drop_table("organisation")
    op.drop_index("ix_notification_unread", table_name="notification")
    op.drop_table("notification")
    op.drop_index("ix_message_outbox_waiting", table_name="message_outbox")
    op.drop_index("ix_message_outbox_expiry", table_name="message_outbox")
    op.drop_table("message_outbox")
    op.drop_index(op.f("ix_login_failure_last_at"), table_name="login_failure")
    op.drop_table("login_failure")
    op.drop_index("ix_job_next", table_name="job")
    op.drop_index(op.f("ix_job_case_id"), table_name="job")
    op.drop_table("job")
    op.drop_table("form_draft")
    op.drop_index("ix_case_status", table_name="case")
    op.drop_index("ix_case_started_by", table_name="case")
    op.drop_index("ix_case_project", table_name="case")
    op.drop_table("case")
    op.drop_table("calendar_year")
    op.drop_table("business_clock")
    op.drop_table("bundle")
    op.drop_table("audit_head")
    op.drop_index(op.f("ix_audit_entry_at"), table_name="audit_entry")
    op.drop_index(op.f("ix_audit_entry_actor_id_at"), table_name="audit_entry")
    op.drop_table("audit_entry")
    op.drop_index(op.f("ix_attachment_sha256"), table_name="attachment")
    op.drop_index("ix_attachment_scope", table_name="attachment")
    op.drop_index("ix_attachment_case", table_name="attachment")
    op.drop_table("attachment")
