"""several cloud providers in one project"""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("project_party", schema=None) as batch_op:
        batch_op.drop_constraint("pk_project_party", type_="primary")
        batch_op.create_primary_key("pk_project_party", ["project_id", "role", "org_id"])
    # Of two providers that a project had so far, the second took the place of the first: its resources say who it was.
    op.execute(
        "INSERT INTO project_party (project_id, role, org_id, org_name, assigned_at)"
        " SELECT c.project_id, 'cloud-provider', c.provider_id, o.name, MAX(c.changed_at)"
        " FROM cloud_resource AS c JOIN organisation AS o ON o.id = c.provider_id"
        " WHERE NOT EXISTS (SELECT 1 FROM project_party AS p WHERE p.project_id = c.project_id"
        " AND p.role = 'cloud-provider' AND p.org_id = c.provider_id)"
        " GROUP BY c.project_id, c.provider_id, o.name"
    )


def downgrade() -> None:
    # The former key holds one provider of a project: the one that came last stays.
    op.execute(
        "DELETE FROM project_party WHERE role = 'cloud-provider' AND EXISTS (SELECT 1 FROM project_party AS later"
        " WHERE later.project_id = project_party.project_id AND later.role = project_party.role"
        " AND (later.assigned_at > project_party.assigned_at"
        " OR (later.assigned_at = project_party.assigned_at AND later.org_id > project_party.org_id)))"
    )
    with op.batch_alter_table("project_party", schema=None) as batch_op:
        batch_op.drop_constraint("pk_project_party", type_="primary")
        batch_op.create_primary_key("pk_project_party", ["project_id", "role"])
