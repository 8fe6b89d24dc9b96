"""Daily digests: what was late, due that day and due soon, and what of it still stands (7.11, 9.3, 11.1)."""

from datetime import date as day
from datetime import datetime
from typing import Any

import strawberry

from models.report_digests import Digest as DigestRow
from permissions.gates import gate
from permissions.report_digests import READERS, visible_digests
from permissions.report_obligations import OVERSEERS, OWNERS
from resolvers import report_digests, report_remarks
from rules.account import Role
from rules.report_deadlines import RULES, Deadline
from rules.report_digests import DigestPart

from .base import After, Connection, First, Info, Node, computed, edge_with, node, number, paged
from .commands import Written, command, written
from .enums_report_obligations import Deadline as DeadlineEnum
from .report_obligations import Obligation
from .report_remarks import Remark


@strawberry.type(description="Сколько обязательств одного срока было, когда сводка составлена.")
class DigestCount:
    deadline: DeadlineEnum = strawberry.field(description="Какой это срок.")
    clause: str = computed(
        lambda deadline: RULES[Deadline(deadline)].clause, "deadline", description="Пункт Порядка, который требует."
    )
    what: str = computed(lambda deadline: RULES[Deadline(deadline)].what, "deadline", description="Что нужно сделать.")
    overdue: int = strawberry.field(
        description="Срок вышел = число невыполненных обязательств с `dueAt` не позже, чем сводка составлена."
    )
    due_today: int = strawberry.field(
        description="Срок в этот день = число остальных невыполненных с `dueOn` в день сводки."
    )
    due_soon: int = strawberry.field(
        description="Срок скоро = число невыполненных с `dueOn` после дня сводки и по `Digest.until`."
    )


@node(
    visible_digests,
    DigestRow,
    description="Сводка рабочего дня тому, кто за что-то отвечает: просрочено, срок сегодня, срок скоро, замечания.",
)
class Digest(Node):
    date: day = strawberry.field(description="За какой день.")
    until: day = strawberry.field(description="По какой день срок считается близким.")
    written_at: datetime = strawberry.field(description="Когда составлена.")
    read_at: datetime | None = strawberry.field(description="Когда прочитана; null — ещё нет.")

    @edge_with(
        report_digests.digest_counts,
        returns=list[DigestCount],
        description="За что отвечаю я: сколько по каждому сроку, каким это было, когда сводка составлена.",
    )
    def counts(self) -> dict[str, Any]:
        return {"part": DigestPart.OWN.value}

    @edge_with(
        report_digests.digest_counts,
        only=gate(OVERSEERS),
        returns=list[DigestCount],
        description="По всей школе: для директора и завучей.",
    )
    def school_counts(self) -> dict[str, Any]:
        return {"part": DigestPart.SCHOOL.value}

    @edge_with(
        report_digests.digest_obligations,
        only=gate(OWNERS),
        returns=Connection[Obligation],
        description="Что из моего ещё не выполнено сейчас: выполненное уходит отсюда сразу; ближайшие первыми.",
    )
    def obligations(self, first: First, after: After = None) -> dict[str, Any]:
        return paged(first, after)

    @edge_with(
        report_remarks.viewer_remarks,
        only=gate(Role.TEACHER),
        returns=Connection[Remark],
        description="Замечания мне о ведении журналов, на которые ещё нужно ответить или которые не закрыты (7.11).",
    )
    def remarks(self, first: First, after: After = None) -> dict[str, Any]:
        return {"own": True, "waits": True, **paged(first, after)}


@strawberry.type(description="Сводка прочитана.")
class ReadDigestPayload(Written):
    digest: Digest | None = written(Digest, "Сводка.")


@strawberry.input(description="Какая сводка прочитана.")
class ReadDigestInput:
    digest_id: strawberry.ID = strawberry.field(description="Своя сводка.")


@strawberry.type
class DigestMutation:
    @command(gate(READERS), "Отметить, что своя сводка прочитана. Повтор ничего не меняет.")
    async def read_digest(self, info: Info, input: ReadDigestInput) -> ReadDigestPayload:
        row = number("Digest", input.digest_id, "digestId")
        return ReadDigestPayload(number=await report_digests.read_digest(info.context, row))
