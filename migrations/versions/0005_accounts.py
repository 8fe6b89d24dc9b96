"""One-time passwords, when an account was last used, and the orders that appoint responsible persons."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

ROLE_KEY = ["school_id", "account_id", "role", "starts_on"]


def upgrade() -> None:
    op.alter_column("account", "login_key", type_=sa.Text(collation="C"))  # a list of logins has one order everywhere
    op.add_column("account", sa.Column("one_time_until", sa.DateTime(timezone=True), nullable=True))
    op.add_column("account", sa.Column("signed_in_at", sa.DateTime(timezone=True), nullable=True))
    op.execute(
        "UPDATE account SET signed_in_at = (SELECT max(created_at) FROM session "
        "WHERE session.school_id = account.school_id AND account_id = account.id)"
    )
    op.create_table(
        "appointment_order",
        sa.Column("school_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("dated", sa.Date(), nullable=False),
        sa.Column("responsibility", sa.Text(), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), server_default="issued", nullable=False),
        sa.Column("cancelled_on", sa.Date(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("ends_on IS NULL OR starts_on <= ends_on", name=op.f("appointment_order_dates_check")),
        sa.CheckConstraint(
            "(state = 'cancelled') = (cancelled_on IS NOT NULL)", name=op.f("appointment_order_cancelled_check")
        ),
        sa.CheckConstraint(
            "responsibility IN ('use_of_system', 'administration', 'staff_cards', 'student_cards', 'timetable')",
            name=op.f("appointment_order_responsibility_check"),
        ),
        sa.CheckConstraint("state IN ('issued', 'cancelled')", name=op.f("appointment_order_state_check")),
        sa.ForeignKeyConstraint(
            ["school_id", "changed_by"],
            ["account.school_id", "account.id"],
            name=op.f("appointment_order_school_id_changed_by_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "staff_id"],
            ["staff.school_id", "staff.id"],
            name=op.f("appointment_order_school_id_staff_id_fkey"),
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.school_id"], name=op.f("appointment_order_school_id_fkey")),
        sa.PrimaryKeyConstraint("school_id", "id", name=op.f("appointment_order_pkey")),
        sa.UniqueConstraint(
            "school_id",
            "number",
            "dated",
            "responsibility",
            "staff_id",
            name=op.f("appointment_order_school_id_number_dated_responsibility_staff_id_key"),
        ),
    )
    op.create_index(
        op.f("appointment_order_school_id_dated_id_idx"),
        "appointment_order",
        ["school_id", "dated", "id"],
        unique=False,
    )
    op.create_index(
        op.f("appointment_order_school_id_staff_id_idx"), "appointment_order", ["school_id", "staff_id"], unique=False
    )
    op.execute(
        "CREATE TRIGGER appointment_order_history AFTER UPDATE OR DELETE ON appointment_order "
        "FOR EACH ROW EXECUTE FUNCTION keep_history()"
    )
    op.add_column("account_role", sa.Column("order_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        op.f("account_role_school_id_order_id_fkey"),
        "account_role",
        "appointment_order",
        ["school_id", "order_id"],
        ["school_id", "id"],
    )
    op.drop_constraint(op.f("account_role_school_id_account_id_role_starts_on_key"), "account_role", type_="unique")
    op.create_unique_constraint(
        op.f("account_role_school_id_account_id_role_starts_on_order_id_key"),
        "account_role",
        [*ROLE_KEY, "order_id"],
        postgresql_nulls_not_distinct=True,
    )


def downgrade() -> None:
    op.drop_constraint(
        op.f("account_role_school_id_account_id_role_starts_on_order_id_key"), "account_role", type_="unique"
    )
    # Roles that an order grants are held without it, too: those who had one before would have it twice.
    op.execute(
        "DELETE FROM account_role AS one USING account_role AS other WHERE (one.school_id, one.account_id, one.role, "
        "one.starts_on) = (other.school_id, other.account_id, other.role, other.starts_on) AND one.id > other.id"
    )
    op.drop_constraint(op.f("account_role_school_id_order_id_fkey"), "account_role", type_="foreignkey")
    op.drop_column("account_role", "order_id")
    op.create_unique_constraint(op.f("account_role_school_id_account_id_role_starts_on_key"), "account_role", ROLE_KEY)
    op.drop_table("appointment_order")
    op.drop_column("account", "signed_in_at")
    op.drop_column("account", "one_time_until")
    op.alter_column("account", "login_key", type_=sa.Text(collation="default"))
