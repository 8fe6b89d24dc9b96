"""Who sees what the control of journals finds: the director and the deputies, and teachers of what is theirs (7.11)."""

from sqlalchemy import or_, select

from rules.account import Role
from rules.report_control import FAULTS

from .journal import CONTROL
from .report_control_cases import checked
from .report_rows import one_of
from .scopes import ALL, NONE, Scope, within
from .viewer import reach

CONTROLLED = CONTROL | {Role.TEACHER}
"""Those who have the control's figures: of the school, or of what they teach and the class they lead."""

visible_findings = Scope(
    "Finding",
    lambda: select(*checked).where(~checked.good, one_of(checked.check, FAULTS)),
    {
        CONTROL: ALL,
        Role.TEACHER: or_(checked.staff_id == reach.staff_id, within(checked.class_id, reach.led_classes)),
        Role.SERVICE: NONE,
    },
)
"""What is not as it should be and can be mended: a class teacher finds all of the own class, whose journal is theirs
to read, and to mark in (2.4, 7.7). No grant gives it to a service."""
