"""Figures of a student's daily marks, each with its formula, its counts and the marks behind it (10.1)."""

from datetime import date
from typing import Annotated, Any

import strawberry

from permissions.gates import gate
from permissions.report_student import visible_class_marks, visible_daily_marks
from resolvers import curriculum, report_daily, school

from .base import Info, argument, edge, resolved
from .curriculum import Subject
from .enums_report import DailyLeft
from .journal import Mark
from .school_people import Student

MAY_TRACE, MAY_TRACE_CLASS = gate(visible_daily_marks.roles), gate(visible_class_marks.roles)


@strawberry.type(description="Текущая отметка, из которых складывается показатель, или несосчитанная — с причиной.")
class DailyMark:
    value: str = strawberry.field(description="Отметка.")
    weight: int = strawberry.field(description="Её вес.")
    lesson_date: date = strawberry.field(description="День урока.")
    left_out: DailyLeft | None = strawberry.field(description="Почему не сосчитана; null — сосчитана.")
    student: Student | None = edge(school.student_of, description="Чья отметка.")
    subject: Subject | None = edge(curriculum.subject_of, description="Предмет.")
    mark: Mark | None = edge(
        report_daily.mark_itself, description="Сама отметка; null у того, кто не видит её в журнале или дневнике."
    )


@strawberry.type(description="Сколько каких текущих отметок. «2» — вместе с «1».")
class DailyCounts:
    numbers: int = strawberry.field(description="Сколько из них числа.")
    counted: int = strawberry.field(description="N: числа и «н/а».")
    fives: int = strawberry.field(description="«5».")
    fours: int = strawberry.field(description="«4».")
    threes: int = strawberry.field(description="«3».")
    twos: int = strawberry.field(description="«2» и «1».")
    not_attested: int = strawberry.field(description="«н/а».")
    passed: int = strawberry.field(description="«зач.»")
    failed: int = strawberry.field(description="«незач.»")
    exempt: int = strawberry.field(description="«осв.»")
    owed: int = strawberry.field(description="«Точка»: работа, которую ещё нужно сдать.")
    left: int = strawberry.field(description="Отметки тех, кто в конце этих дней в классе не учится.")
    total: int = strawberry.field(description="Сумма чисел.")
    heavy: int = strawberry.field(description="Сумма чисел, умноженных на веса.")
    weights: int = strawberry.field(description="Сумма весов чисел.")


@strawberry.type(description="Показатель по текущим отметкам, о котором можно спросить, откуда он.")
class DailyFigure:
    value: float | None = strawberry.field(description="С двумя знаками; null — считать нечего.")
    formula: str = strawberry.field(description="Формула.")
    counts: DailyCounts = strawberry.field(description="Что в формуле.")

    @resolved("Отметки, из которых складывается показатель, и несосчитанные.", only=MAY_TRACE)
    async def marks(
        self,
        info: Info,
        counted: Annotated[bool | None, argument("true — только сосчитанные, false — только остальные.")] = None,
    ) -> list[DailyMark]:
        figure: Any = self
        found = await figure.behind.marks(info.context, figure.kind)
        return [each for each in found if counted is None or (each.left_out is None) is counted]


@strawberry.type(description="Показатели класса или параллели: точно, и о каждом можно спросить, откуда он.")
class DailyFigures:
    counts: DailyCounts = strawberry.field(description="Сколько каких текущих отметок.")
    success: DailyFigure = strawberry.field(description="Успеваемость, %.")
    quality: DailyFigure = strawberry.field(description="Качество знаний, %.")
    average: DailyFigure = strawberry.field(description="Средний балл.")
    weighted_average: DailyFigure = strawberry.field(description="Средневзвешенный балл.")


OF_CLASS = "null у того, кто не видит отчётов класса."


@strawberry.type(description="Средний балл ученика и класса: простой и средневзвешенный.")
class Averages:
    average: DailyFigure = strawberry.field(description="Средний балл ученика.")
    weighted_average: DailyFigure = strawberry.field(description="Средневзвешенный балл ученика.")
    class_average: float | None = strawberry.field(
        description="Средний балл класса, с одним знаком; null, если отметки есть меньше чем у пяти других."
    )
    class_weighted_average: float | None = strawberry.field(
        description="Средневзвешенный балл класса; null, если отметки есть меньше чем у пяти других."
    )

    @resolved(f"Из чего складываются баллы класса; {OF_CLASS}", only=MAY_TRACE_CLASS)
    async def class_figures(self, info: Info) -> DailyFigures | None:
        averages: Any = self
        return await averages.class_figures(info.context)  # type: ignore[no-any-return]
