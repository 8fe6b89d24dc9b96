"""Figures of reports, each with its formula, its counts and the marks behind it (10.1)."""

from typing import Annotated, Any

import strawberry

from permissions.gates import NAMES, gate
from permissions.report import visible_counted_marks
from resolvers import curriculum, journal_finals, school

from .base import Info, argument, edge, resolved
from .curriculum import Subject
from .enums_report import Left
from .journal_finals import FinalMark
from .school_people import Student

MAY_TRACE = gate(visible_counted_marks.roles & NAMES)


@strawberry.type(description="Отметка, из которых складывается показатель, или несосчитанная — с причиной.")
class CountedMark:
    value: str | None = strawberry.field(description="Отметка; null — её нет.")
    left_out: Left | None = strawberry.field(description="Почему не сосчитана; null — сосчитана.")
    student: Student | None = edge(school.student_of, description="Обучающийся.")
    subject: Subject | None = edge(curriculum.subject_of, description="Предмет.")
    mark: FinalMark | None = edge(journal_finals.final_mark_of, description="Сама выставленная отметка.")


@strawberry.type(description="Сколько каких отметок. «2» — вместе с «1».")
class MarkCounts:
    students: int = strawberry.field(description="Всего отметок и мест для них у тех, кто учится.")
    counted: int = strawberry.field(description="N: сосчитано без «осв.», зачётов и пустых мест; «н/а» входит.")
    numbers: int = strawberry.field(description="Сколько из них числа: без «н/а».")
    fives: int = strawberry.field(description="«5».")
    fours: int = strawberry.field(description="«4».")
    threes: int = strawberry.field(description="«3».")
    twos: int = strawberry.field(description="«2» и «1».")
    not_attested: int = strawberry.field(description="«н/а».")
    passed: int = strawberry.field(description="«зач.»")
    failed: int = strawberry.field(description="«незач.»")
    exempt: int = strawberry.field(description="«осв.»")
    unmarked: int = strawberry.field(description="Отметка не выставлена.")
    left: int = strawberry.field(description="Отметки тех, кто в конце периода в классе не учится.")
    total: int = strawberry.field(description="Сумма чисел; «1» в ней — единица.")


@strawberry.type(description="Показатель, о котором можно спросить, откуда он.")
class Figure:
    value: float | None = strawberry.field(description="С двумя знаками; null — считать нечего.")
    formula: str = strawberry.field(description="Формула.")
    counts: MarkCounts = strawberry.field(description="Что в формуле.")

    @resolved("Отметки, из которых складывается показатель, и несосчитанные.", only=MAY_TRACE)
    async def marks(
        self,
        info: Info,
        counted: Annotated[bool | None, argument("true — только сосчитанные, false — только остальные.")] = None,
    ) -> list[CountedMark]:
        figure: Any = self
        found = await figure.marks(info.context)
        return [each for each in found if counted is None or (each.left_out is None) is counted]


@strawberry.type(description="Показатели успеваемости.")
class Figures:
    counts: MarkCounts = strawberry.field(description="Сколько каких отметок.")
    success: Figure = strawberry.field(description="Успеваемость, %.")
    quality: Figure = strawberry.field(description="Качество знаний, %.")
    learning: Figure = strawberry.field(description="Степень обученности учащихся (СОУ), %.")
    average: Figure = strawberry.field(description="Средний балл.")
