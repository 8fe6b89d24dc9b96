"""A student's results: what is owed, and each subject of a period with the class's average and forecasts."""

from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from resolvers import curriculum, journal, journal_class_average, journal_finals, journal_results
from rules.journal import MEANS
from rules.journal_forecast import FEWEST_OTHERS, MOST_NEEDED, MOST_SUPPOSED, check_supposed, check_weight, hundredths

from .base import argument, computed, edge, edge_with, itself
from .curriculum import Subject
from .journal import Attendance, Mark, SubjectAverage, Task

if TYPE_CHECKING:
    from .journal_finals import FinalMarkCell

_TOO_FEW = "Отметки есть меньше чем у пяти других учащихся: средний балл не показывается."


def _withheld(others: int) -> str | None:
    return _TOO_FEW if others < FEWEST_OTHERS else None


@strawberry.type(description="Просроченный долг: «точка», которую пора закрыть.")
class OverdueWork:
    due_on: date = strawberry.field(description="Срок: задания, а без него — день урока.")
    mark: Mark = itself("«Точка».")
    task: Task | None = edge(journal.task_of, description="Задание.")
    subject: Subject | None = edge(curriculum.subject_of, description="Предмет.")


@strawberry.type(
    description="Средний балл группы, в которой учащийся изучает предмет, до десятых. Не показывается, если отметки "
    f"есть меньше чем у {FEWEST_OTHERS} учащихся, кроме него и своих детей."
)
class ClassAverage:
    average: float | None = strawberry.field(description="Средний балл; null — не показывается.")
    weighted_average: float | None = strawberry.field(description="Средневзвешенный балл; null — не показывается.")
    formula: str = computed(
        lambda others: f"{MEANS}; отметки всех, кто учится в группе, вместе с его собственными",
        "others",
        description="Формулы обоих баллов.",
    )
    withheld: str | None = computed(_withheld, "others", description="Почему не показывается; null — показан.")


@strawberry.type(description="Сколько отметок одного достоинства нужно, чтобы балл стал не ниже желаемого.")
class NeededMarks:
    value: str = strawberry.field(description="Отметка.")
    count: int | None = strawberry.field(
        description="Сколько их нужно = наименьшее n, при котором (Σ(отметка · вес) + n · эта отметка · её вес) / "
        "(Σ вес + n · её вес), округлённое до сотых, не меньше желаемого балла: 0 — балл уже есть; "
        f"null — столько не получить (больше {MOST_NEEDED})."
    )


@strawberry.input(description="Отметка, которой ещё нет.")
class SupposedMarkInput:
    value: str = strawberry.field(description="Как в журнале; считаются только «1»–«5».")
    weight: int = strawberry.field(default=1, description="Вес.")


@strawberry.type(description="Предмет за период: отметки, пропуски, средний балл и прогноз.")
class SubjectResult:
    subject: Subject | None = edge(curriculum.subject_of, description="Предмет.")
    marks: list[Mark] = edge(journal_results.result_marks, description="Все отметки по датам уроков.")
    attendance: list[Attendance] = edge(journal_results.result_attendance, description="Все пропуски по датам.")
    average: SubjectAverage | None = edge(
        journal_results.result_average, description="Средний балл; null — без отметок."
    )
    class_average: ClassAverage | None = edge(
        journal_class_average.class_average, description="Средний балл группы рядом со своим."
    )
    period_mark: Annotated["FinalMarkCell", strawberry.lazy("schema.journal_finals")] | None = edge(
        journal_finals.result_period_mark,
        description="Отметка за период, или что она ещё не выставлена; null — за этот период предмет не оценивается.",
    )

    @edge_with(
        journal_results.result_what_if,
        returns=SubjectAverage | None,
        description="Каким был бы средний балл с этими отметками.",
    )
    def what_if(
        self, marks: Annotated[list[SupposedMarkInput], argument(f"Отметки: от 1 до {MOST_SUPPOSED}.")]
    ) -> dict[str, Any]:
        return {"supposed": check_supposed([(each.value, each.weight) for each in marks], "marks")}

    @edge_with(
        journal_results.result_need,
        returns=list[NeededMarks],
        description="Сколько отметок каждого достоинства, от «5» к «1», нужно, чтобы средневзвешенный балл "
        "(округлённый до сотых) стал не ниже.",
    )
    def need(
        self,
        target: Annotated[float, argument("Желаемый балл: от 1 до 5.")],
        weight: Annotated[int, argument("Вес этих отметок.")] = 1,
    ) -> dict[str, Any]:
        check_weight(weight, "weight")
        return {"target": hundredths(target, "target"), "weight": weight}
