"""Where a cell of a federal form comes from, as the schema tells it (10.1, 3.3)."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from permissions.gates import gate
from permissions.report_forms import NAMED
from resolvers import curriculum, school
from resolvers import report_forms_provenance as provenance
from resolvers.report_forms_provenance import Provenance

from .base import Info, edge, resolved
from .curriculum import SchoolClass, StudyGroup
from .enums_forms import FormCellKind, FormLeft
from .school_people import Staff, Student

if TYPE_CHECKING:
    from .movement import MovementItem

MAY_TRACE = gate(NAMED)
_MOVEMENT = strawberry.lazy("schema.movement")


@strawberry.type(description="Что считает ячейка: человек, класс или группа; или что она не сосчитала — с причиной.")
class FormCounted:
    left_out: FormLeft | None = strawberry.field(description="Почему не сосчитано; null — сосчитано.")
    student: Student | None = edge(school.student_of, description="Обучающийся.")
    staff: Staff | None = edge(school.staff_of, description="Сотрудник.")
    school_class: SchoolClass | None = edge(curriculum.class_of, description="Класс.")
    group: StudyGroup | None = edge(curriculum.group_of, description="Класс или подгруппа, где преподаётся предмет.")
    movement: Annotated["MovementItem", _MOVEMENT] | None = edge(
        provenance.form_item, description="Место в приказе, которым обучающийся прибыл или выбыл."
    )


@strawberry.type(description="Кто и когда вписал значение ячейки или очистил её.")
class FormWritten:
    at: datetime = strawberry.field(description="Когда.")
    by: Staff | None = edge(provenance.form_writer, description="Кто.")


@strawberry.type(description="Откуда значение ячейки.")
class FormProvenance:
    kind: FormCellKind = strawberry.field(description="Вычисляется или вписывается.")
    value: str | None = strawberry.field(description="Значение; null — не заполнена.")
    rounded: bool = strawberry.field(description="Это число людей, округлённое до пяти: 0 — меньше пяти.")
    measure: str | None = strawberry.field(description="Что считается, словами.")
    filters: list[str] = strawberry.field(description="При каких условиях.")
    formula: str | None = strawberry.field(description="То же одной фразой, с днями; null — вписывается.")
    of: strawberry.Private[Provenance]

    @resolved(
        "Всё, что сосчитала ячейка открытой формы, — столько, сколько в её значении: люди по алфавиту, классы и группы "
        "по порядку; null — форма закрыта, ячейка вписывается, или считаются сотрудники, чьих карточек вы не видите.",
        only=MAY_TRACE,
    )
    async def counted(self, info: Info) -> list[FormCounted] | None:
        return await self.of.counted(info.context)  # type: ignore[return-value]

    @resolved(
        "Кого и что ячейка могла бы сосчитать, но не сосчитала, с причиной. Кто просто относится к другой ячейке, "
        "здесь не стоит; null — как у `counted`.",
        only=MAY_TRACE,
    )
    async def left_out(self, info: Info) -> list[FormCounted] | None:
        return await self.of.left_out(info.context)  # type: ignore[return-value]

    @resolved(
        "Кто вписал значение последним; null — ячейка вычисляется или её никто не заполнял.",
        only=MAY_TRACE,
    )
    async def written(self, info: Info) -> FormWritten | None:
        return await self.of.written(info.context)  # type: ignore[return-value]


def shown_provenance(found: Provenance) -> FormProvenance:
    """The provenance as the schema tells it."""
    return FormProvenance(
        kind=found.cell.kind,
        value=found.value,
        rounded=found.sheet.rounds(found.cell),
        measure=found.measure.words if found.measure else None,
        filters=found.filters,
        formula=found.formula,
        of=found,
    )
