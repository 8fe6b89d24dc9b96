"""Who may print the journal of a class."""

from models.curriculum import SchoolClass
from rules.account import Role

from .journal import CONTROL
from .scopes import ALL, Rows, Scope, within
from .viewer import reach

PRINTERS = CONTROL | {Role.TEACHER}
"""Those who print journals (8.2): a teacher, those of the classes they lead."""

visible_journal_prints = Scope(
    "JournalPrint",
    Rows(SchoolClass),
    {CONTROL: ALL, Role.TEACHER: within(SchoolClass.id, reach.led_classes)},
)
"""The classes whose whole journal may be printed (8.2): all subjects in it, as those may open who read all of them."""
