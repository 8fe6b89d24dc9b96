"""School card with licence and accreditation, versions of cards, decisions on contacts, the «Документы» section."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

AMENDED = ("school", "person", "staff", "student", "guardian", "guardianship")
VERSIONED = ("person", "staff", "student", "guardian", "guardianship", "contact_decision")

# The words by whose beginnings a school is found, in any locale: letters and digits only, ё as е.
SCHOOL_WORDS = """
CREATE FUNCTION school_words(code text, name text, full_name text) RETURNS tsvector
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN to_tsvector(
    'simple'::regconfig,
    regexp_replace(russian_key(code || ' ' || name || ' ' || full_name), '[^0-9a-zа-я]+', ' ', 'g')
)
"""

# A school is numbered by `school_id` itself.
KEEP_SCHOOL_HISTORY = """
CREATE FUNCTION keep_school_history() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO history (school_id, relation, row_id, version, replaced_at, operation, audit_entry_id, row)
    VALUES (
        OLD.school_id, TG_TABLE_NAME, OLD.school_id, OLD.version,
        coalesce(nullif(current_setting('classbook.now', true), '')::timestamptz, clock_timestamp()),
        lower(TG_OP),
        nullif(current_setting('classbook.audit_entry', true), '')::bigint,
        to_jsonb(OLD)
    );
    RETURN NULL;
END $$
"""

PAPERS = ("licence", "accreditation")


def upgrade() -> None:
    for table in AMENDED:
        op.add_column(table, sa.Column("version", sa.BigInteger(), server_default="1", nullable=False))
        op.add_column(table, sa.Column("changed_at", sa.DateTime(timezone=True), nullable=True))
        op.add_column(table, sa.Column("changed_by", sa.BigInteger(), nullable=True))
        op.create_foreign_key(
            op.f(f"{table}_school_id_changed_by_fkey"),
            table,
            "account",
            ["school_id", "changed_by"],
            ["school_id", "id"],
        )
    op.add_column("school", sa.Column("site", sa.Text(), nullable=True))
    for paper in PAPERS:
        op.alter_column("school", paper, new_column_name=f"{paper}_number")
        op.add_column("school", sa.Column(f"{paper}_issued_on", sa.Date(), nullable=True))
        op.add_column("school", sa.Column(f"{paper}_issued_by", sa.Text(), nullable=True))
        op.add_column("school", sa.Column(f"{paper}_valid_until", sa.Date(), nullable=True))
    op.execute(SCHOOL_WORDS)
    op.create_index(
        "school_words_idx",
        "school",
        [sa.literal_column("school_words(code, name, full_name)")],
        unique=False,
        postgresql_using="gin",
    )
    op.add_column("staff", sa.Column("functions", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False))
    op.create_check_constraint(
        op.f("staff_functions_check"),
        "staff",
        "functions <@ ARRAY['administrator', 'deputy', 'director', 'hr', 'secretary', 'teacher']",
    )
    op.add_column("guardianship", sa.Column("application", sa.Text(), nullable=True))
    op.create_index(op.f("person_school_id_birth_date_idx"), "person", ["school_id", "birth_date"], unique=False)
    op.create_table(
        "contact_decision",
        sa.Column("school_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=False),
        sa.Column("contact", sa.Text(), nullable=False),
        sa.Column("contacts_of", sa.Text(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("contact IN ('phone', 'email', 'address')", name=op.f("contact_decision_contact_check")),
        sa.CheckConstraint("contacts_of IN ('students', 'guardians')", name=op.f("contact_decision_contacts_of_check")),
        sa.CheckConstraint("ends_on IS NULL OR starts_on <= ends_on", name=op.f("contact_decision_dates_check")),
        sa.ForeignKeyConstraint(
            ["school_id", "changed_by"],
            ["account.school_id", "account.id"],
            name=op.f("contact_decision_school_id_changed_by_fkey"),
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.school_id"], name=op.f("contact_decision_school_id_fkey")),
        sa.PrimaryKeyConstraint("school_id", "id", name=op.f("contact_decision_pkey")),
    )
    op.create_index(
        op.f("contact_decision_school_id_contacts_of_contact_starts_on_idx"),
        "contact_decision",
        ["school_id", "contacts_of", "contact", "starts_on"],
        unique=False,
    )
    op.create_table(
        "document",
        sa.Column("school_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("year_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("file_id", sa.BigInteger(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_by", sa.BigInteger(), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_by", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('curriculum', 'calendar', 'programmes', 'final_attestation', 'course_programmes', 'other')",
            name=op.f("document_kind_check"),
        ),
        sa.CheckConstraint("(withdrawn_at IS NULL) = (withdrawn_by IS NULL)", name=op.f("document_withdrawn_check")),
        sa.ForeignKeyConstraint(
            ["school_id", "file_id"], ["file.school_id", "file.id"], name=op.f("document_school_id_file_id_fkey")
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "published_by"],
            ["account.school_id", "account.id"],
            name=op.f("document_school_id_published_by_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "withdrawn_by"],
            ["account.school_id", "account.id"],
            name=op.f("document_school_id_withdrawn_by_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "year_id"],
            ["academic_year.school_id", "academic_year.id"],
            name=op.f("document_school_id_year_id_fkey"),
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.school_id"], name=op.f("document_school_id_fkey")),
        sa.PrimaryKeyConstraint("school_id", "id", name=op.f("document_pkey")),
    )
    op.create_index(
        op.f("document_school_id_year_id_kind_published_at_idx"),
        "document",
        ["school_id", "year_id", "kind", "published_at"],
        unique=False,
    )
    op.create_index(op.f("document_school_id_file_id_idx"), "document", ["school_id", "file_id"], unique=False)
    op.execute(KEEP_SCHOOL_HISTORY)
    for table in VERSIONED:
        op.execute(
            f"CREATE TRIGGER {table}_history AFTER UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION keep_history()"
        )
    op.execute(
        "CREATE TRIGGER school_history AFTER UPDATE OR DELETE ON school "
        "FOR EACH ROW EXECUTE FUNCTION keep_school_history()"
    )


def downgrade() -> None:
    for table in ("school", *VERSIONED):
        op.execute(f"DROP TRIGGER {table}_history ON {table}")
    op.execute("DROP FUNCTION keep_school_history")
    op.drop_table("document")
    op.drop_table("contact_decision")
    op.drop_index(op.f("person_school_id_birth_date_idx"), table_name="person")
    op.drop_column("guardianship", "application")
    op.drop_column("staff", "functions")
    op.drop_index("school_words_idx", table_name="school")
    op.execute("DROP FUNCTION school_words")
    for paper in PAPERS:
        for name in ("valid_until", "issued_by", "issued_on"):
            op.drop_column("school", f"{paper}_{name}")
        op.alter_column("school", f"{paper}_number", new_column_name=paper)
    op.drop_column("school", "site")
    for table in AMENDED:
        for name in ("changed_by", "changed_at", "version"):
            op.drop_column(table, name)
