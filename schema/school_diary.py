"""What a student's diary holds beside its days (7.12): results, what is owed, homework."""

from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from resolvers import journal_acknowledgements, journal_feed, journal_results
from rules.curriculum import check_diary_range
from rules.refusals import bad_input

from .base import After, Connection, First, Info, argument, edge, edge_after, edge_with, optional_number, paged

if TYPE_CHECKING:
    from .journal import Homework
    from .journal_acknowledgements import WeekAcknowledgement
    from .journal_feed import FeedItem
    from .journal_results import OverdueWork, SubjectResult

_JOURNAL = strawberry.lazy("schema.journal")
_ACKNOWLEDGEMENTS = strawberry.lazy("schema.journal_acknowledgements")
_FEED = strawberry.lazy("schema.journal_feed")
_RESULTS = strawberry.lazy("schema.journal_results")

PeriodId = Annotated[
    strawberry.ID | None, argument("Период; без него — нынешний для его класса, в каникулы — тот, что был перед ними.")
]


@strawberry.type
class OwnDiary:
    """A part of `Student`."""

    overdue: list[Annotated["OverdueWork", _RESULTS]] = edge(
        journal_results.overdue_work, description="Просроченные долги идущего года, по сроку."
    )

    @edge_with(
        journal_results.student_results,
        returns=list[Annotated["SubjectResult", _RESULTS]],
        description="Итоги периода по предметам, которые у него были.",
    )
    def results(self, period_id: PeriodId = None) -> dict[str, Any]:
        return {"period_id": optional_number("Period", period_id, "periodId")}

    @edge_with(
        journal_results.student_homework,
        returns=Connection[Annotated["Homework", _JOURNAL]],
        description="Домашние задания, общие и свои, по дням уроков: за период или за дни одного учебного года.",
    )
    def homework(
        self,
        first: First,
        after: After = None,
        period_id: PeriodId = None,
        since: Annotated[date | None, strawberry.argument(name="from", description="Или с какого дня.")] = None,
        until: Annotated[date | None, strawberry.argument(name="to", description="По какой день.")] = None,
        subject_id: Annotated[strawberry.ID | None, argument("Только по этому предмету.")] = None,
    ) -> dict[str, Any]:
        if (period_id and since) or (since is None) != (until is None):
            raise bad_input("Укажите период или дни «с» и «по», что-то одно.", "periodId")
        if since and until:
            check_diary_range(since, until)
        return {
            "period_id": optional_number("Period", period_id, "periodId"),
            "running": True if period_id is None and since is None else None,
            "since": since,
            "until": until,
            "subject_id": optional_number("Subject", subject_id, "subjectId"),
            **paged(first, after),
        }

    @edge_after(
        journal_feed.student_feed,
        returns=Connection[Annotated["FeedItem", _FEED]],
        description="Что нового: отметки, пропуски, домашние задания, старое первым. С `endCursor` последней страницы "
        "в `after` — всё, что случилось после неё, без пропусков; слишком старая отметка — отказ CURSOR_EXPIRED.",
    )
    async def feed(self, info: Info, first: First, after: After = None) -> dict[str, Any]:
        await journal_feed.check_feed_cursor(info.context, after)
        return paged(first, after)

    @edge_with(
        journal_acknowledgements.student_acknowledgements,
        returns=Connection[Annotated["WeekAcknowledgement", _ACKNOWLEDGEMENTS]],
        description="Какие недели подтвердили родители, по порядку.",
    )
    def acknowledgements(self, first: First, after: After = None) -> dict[str, Any]:
        return paged(first, after)


@strawberry.type
class ClassDiary:
    """A part of `SchoolClass`."""

    @edge_with(
        journal_acknowledgements.class_acknowledgements,
        returns=list[Annotated["WeekAcknowledgement", _ACKNOWLEDGEMENTS]],
        description="Кто из родителей подтвердил неделю дневника; день — любой её день.",
    )
    def acknowledgements(self, week_of: Annotated[date, argument("День недели.")]) -> dict[str, Any]:
        return journal_acknowledgements.of_week(week_of)
