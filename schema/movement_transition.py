"""The transition to a new school year, its findings and its commands."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from models.movement_transition import YearTransition as YearTransitionRow
from permissions.gates import gate
from permissions.movement_transition import PLACERS, RUNNERS, visible_transitions
from resolvers import curriculum, movement_transition, school
from rules.movement_transition import FINDING_NAMES, STEP_NAMES, WARNINGS, TransitionFindingKind

from .base import (
    After,
    Connection,
    First,
    Info,
    Node,
    argument,
    computed,
    edge,
    edge_with,
    node,
    number,
    optional_number,
    paged,
)
from .commands import Written, command, written
from .curriculum import AcademicYear, SchoolClass, Subject
from .enums import TransitionState, TransitionStep
from .movement import MovementOrder
from .school_people import Student

if TYPE_CHECKING:
    from .report_forms import FederalForm

MAY_RUN, MAY_PLACE = gate(RUNNERS), gate(PLACERS)


@strawberry.type(description="Сделанный шаг перехода.")
class TransitionStepDone:
    step: TransitionStep = strawberry.field(description="Какой.")
    done_at: datetime = strawberry.field(description="Когда.")

    name: str = computed(lambda step: STEP_NAMES[TransitionStep(step)], "step", description="Что сделано.")


@strawberry.type(description="Что нужно сделать до открытия нового учебного года (12.1).")
class TransitionFinding:
    kind: TransitionFindingKind = strawberry.field(description="Что не так.")
    student: Student | None = edge(school.student_of, description="У кого.")
    school_class: SchoolClass | None = edge(movement_transition.finding_class, description="В каком классе.")
    order: MovementOrder | None = edge(movement_transition.finding_order, description="В каком приказе.")
    subject: Subject | None = edge(curriculum.subject_of, description="По какому предмету.")
    form: Annotated["FederalForm", strawberry.lazy("schema.report_forms")] | None = edge(
        movement_transition.finding_form, description="Какая федеральная форма."
    )

    message: str = computed(
        lambda kind: FINDING_NAMES[TransitionFindingKind(kind)], "kind", description="То же для людей."
    )
    blocking: bool = computed(
        lambda kind: kind not in WARNINGS, "kind", description="Не даёт открыть год; остальное можно сделать и позже."
    )


@node(visible_transitions, YearTransitionRow, description="Переход на новый учебный год (12).")
class YearTransition(Node):
    state: TransitionState = strawberry.field(description="Идёт, завершён или отменён.")
    begun_at: datetime = strawberry.field(description="Когда начат.")
    ended_at: datetime | None = strawberry.field(description="Когда завершён или отменён.")
    from_year: AcademicYear | None = edge(movement_transition.transition_from_year, description="С какого года.")
    to_year: AcademicYear | None = edge(movement_transition.transition_to_year, description="На какой год.")
    steps: list[TransitionStepDone] = edge(
        movement_transition.transition_steps, description="Сделанные шаги по порядку."
    )

    @edge_with(
        movement_transition.transition_findings,
        returns=Connection[TransitionFinding],
        description="Что нужно сделать до открытия нового года; у завершённого перехода — ничего.",
    )
    def findings(
        self,
        first: First,
        after: After = None,
        kind: Annotated[TransitionFindingKind | None, argument("Только такие.")] = None,
    ) -> dict[str, Any]:
        return {"kind": kind and kind.value, **paged(first, after)}


@strawberry.type
class TransitionPayload(Written):
    transition: YearTransition | None = written(YearTransition, "Переход.")


@strawberry.type(description="Переход начат.")
class BeginTransitionPayload(TransitionPayload):
    pass


@strawberry.type(description="Шаг сделан.")
class RunTransitionStepPayload(TransitionPayload):
    pass


@strawberry.type(description="Классы выбраны.")
class PlaceStudentsPayload(TransitionPayload):
    pass


@strawberry.type(description="Переход отменён.")
class RevertTransitionPayload(TransitionPayload):
    pass


@strawberry.type(description="Новый учебный год открыт, прошлый закрыт.")
class OpenYearPayload(TransitionPayload):
    pass


@strawberry.input(description="Шаг перехода на новый учебный год.")
class RunTransitionStepInput:
    transition_id: strawberry.ID = strawberry.field(description="Переход.")
    step: TransitionStep = strawberry.field(description="Шаг; сделанный остаётся как есть.")


@strawberry.input(description="Класс нового учебного года для учащегося.")
class PlacementInput:
    student_id: strawberry.ID = strawberry.field(description="Учащийся, по приказу которого класс не определён.")
    class_id: strawberry.ID | None = strawberry.field(description="Класс нового года; null — ещё не выбран.")


@strawberry.input(description="Классы для тех, чей класс не переходит целиком: 10-е классы, второгодники.")
class PlaceStudentsInput:
    transition_id: strawberry.ID = strawberry.field(description="Переход.")
    entries: list[PlacementInput] = strawberry.field(description="Кого куда: все или никто.")


@strawberry.input(description="Отмена перехода: черновик нового года удаляется.")
class RevertTransitionInput:
    transition_id: strawberry.ID = strawberry.field(description="Переход.")


@strawberry.input(description="Открытие нового учебного года.")
class OpenYearInput:
    transition_id: strawberry.ID = strawberry.field(description="Переход.")


def _transition(value: str) -> int:
    return number("YearTransition", value, "transitionId")


@strawberry.type
class TransitionMutation:
    @command(MAY_RUN, "Начать переход на новый учебный год (12.1).")
    async def begin_transition(self, info: Info) -> BeginTransitionPayload:
        return BeginTransitionPayload(number=await movement_transition.begin_transition(info.context))

    @command(MAY_RUN, "Сделать шаг перехода: перенести данные прошлого года как черновик (12.1).")
    async def run_transition_step(self, info: Info, input: RunTransitionStepInput) -> RunTransitionStepPayload:
        done = await movement_transition.run_transition_step(info.context, _transition(input.transition_id), input.step)
        return RunTransitionStepPayload(number=done)

    @command(MAY_PLACE, "Выбрать классы нового года для тех, чей класс не переходит целиком (9.2).")
    async def place_students(self, info: Info, input: PlaceStudentsInput) -> PlaceStudentsPayload:
        entries = [
            movement_transition.Placement(
                number("Student", each.student_id, f"entries.{n}.studentId"),
                optional_number("SchoolClass", each.class_id, f"entries.{n}.classId"),
            )
            for n, each in enumerate(input.entries)
        ]
        done = await movement_transition.place_students(info.context, _transition(input.transition_id), entries)
        return PlaceStudentsPayload(number=done)

    @command(MAY_RUN, "Отменить переход, пока новый год не открыт.")
    async def revert_transition(self, info: Info, input: RevertTransitionInput) -> RevertTransitionPayload:
        done = await movement_transition.revert_transition(info.context, _transition(input.transition_id))
        return RevertTransitionPayload(number=done)

    @command(MAY_RUN, "Открыть новый учебный год и закрыть прошлый (12.2).")
    async def open_year(self, info: Info, input: OpenYearInput) -> OpenYearPayload:
        return OpenYearPayload(
            number=await movement_transition.open_year(info.context, _transition(input.transition_id))
        )
