"""Who may see who has opened a journal, and who has written in it: those who control them (2.1, 2.2, 7.11, 11.4)."""

from sqlalchemy import select

from models.account import AuditEntry
from models.journal_access import JournalAccess

from .journal import CONTROL
from .scopes import ALL, Rows, Scope, columns, of_school

visible_journal_access = Scope("JournalAccess", Rows(JournalAccess), {CONTROL: ALL})

visible_journal_writers = Scope(
    "JournalWriter",
    lambda: select(*columns(AuditEntry.id, AuditEntry.account_id, AuditEntry.at)).where(of_school(AuditEntry)),
    {CONTROL: ALL},
)
