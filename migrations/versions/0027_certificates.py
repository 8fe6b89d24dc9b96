"""Certificates of journals, and their signatures: rows that are only added."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

KEPT = ("certificate", "certificate_signature")


def upgrade() -> None:
    op.create_table(
        "certificate",
        sa.Column("school_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("class_id", sa.BigInteger(), nullable=False),
        sa.Column("period_id", sa.BigInteger(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issued_by", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("digest = encode(sha256(content), 'hex')", name=op.f("certificate_digest_check")),
        sa.ForeignKeyConstraint(
            ["school_id", "class_id"],
            ["school_class.school_id", "school_class.id"],
            name=op.f("certificate_school_id_class_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "period_id"],
            ["period.school_id", "period.id"],
            name=op.f("certificate_school_id_period_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "issued_by"],
            ["account.school_id", "account.id"],
            name=op.f("certificate_school_id_issued_by_fkey"),
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.school_id"], name=op.f("certificate_school_id_fkey")),
        sa.PrimaryKeyConstraint("school_id", "id", name=op.f("certificate_pkey")),
        sa.UniqueConstraint("school_id", "number", name=op.f("certificate_school_id_number_key")),
    )
    op.create_index(
        op.f("certificate_school_id_class_id_number_idx"), "certificate", ["school_id", "class_id", "number"]
    )
    op.create_table(
        "certificate_signature",
        sa.Column("school_id", sa.BigInteger(), nullable=False),
        sa.Column("certificate_id", sa.BigInteger(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("serial", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_by", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id", "certificate_id"],
            ["certificate.school_id", "certificate.id"],
            name=op.f("certificate_signature_school_id_certificate_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "accepted_by"],
            ["account.school_id", "account.id"],
            name=op.f("certificate_signature_school_id_accepted_by_fkey"),
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.school_id"], name=op.f("certificate_signature_school_id_fkey")),
        sa.PrimaryKeyConstraint("school_id", "certificate_id", name=op.f("certificate_signature_pkey")),
    )
    for table in KEPT:
        op.execute(
            f"CREATE TRIGGER {table}_is_kept BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    for table in reversed(KEPT):
        op.drop_table(table)
