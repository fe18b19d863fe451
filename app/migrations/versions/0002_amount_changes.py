"""What the amounts of a project were before they were replaced."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import app.kernel.columns

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "project_amount_change",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("project_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("before", app.kernel.columns.Amount(precision=18, scale=6), nullable=False),
        sa.Column("after", app.kernel.columns.Amount(precision=18, scale=6), nullable=False),
        sa.Column("at", app.kernel.columns.UtcDateTime(timezone=True), nullable=False),
        sa.Column("by_name", sa.String(length=100), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_project_amount_change_project_id_project")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_project_amount_change")),
    )
    op.create_index("ix_project_amount_change_project", "project_amount_change", ["project_id", "id"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_project_amount_change_project", table_name="project_amount_change")
    op.drop_table("project_amount_change")
