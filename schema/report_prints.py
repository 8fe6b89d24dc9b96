"""Certified prints of reports: frozen under a number, and checked by whoever holds the paper (10.1)."""

from datetime import date, datetime
from typing import Annotated

import strawberry

from models.report import CertifiedReport as CertifiedReportRow
from permissions.gates import gate
from permissions.report_prints import visible_certified_reports
from resolvers import curriculum, report_prints, school
from resolvers.report import Asked
from rules.account import Role as Roles
from rules.journal_certificates import MOST_DIFFERENCES
from rules.journal_finals import FinalKind
from rules.report import CATALOGUE
from rules.report import Report as Reports
from rules.report_prints import CERTIFIERS

from .base import (
    Info,
    Node,
    argument,
    computed,
    edge,
    encode_id,
    node,
    number,
    optional_number,
    root,
    secret,
)
from .commands import IDEMPOTENCY_KEY, Written, command, written
from .curriculum import SchoolClass
from .enums_report import Report
from .journal_certificates import JournalDifference
from .report_base import OF_TYPES, ReportPrint, check_slice
from .school_people import Staff, Student

MAY_CERTIFY = gate(CERTIFIERS)
MAY_VERIFY = gate(frozenset(Roles) - {Roles.ANALYST, Roles.SERVICE})
"""Whoever may hold a paper."""


def _print(row: int) -> ReportPrint:
    base = f"/print/certified-report/{encode_id('CertifiedReport', row)}"
    return ReportPrint(pdf=f"{base}.pdf", xlsx=f"{base}.xlsx", csv=f"{base}.csv")


@node(
    visible_certified_reports,
    CertifiedReportRow,
    description="Заверенный отчёт: неизменный, с номером и хешем, по которым бумагу можно проверить (10.1).",
)
class CertifiedReport(Node):
    number: int = strawberry.field(description="Номер, по порядку в школе.")
    report: Report = strawberry.field(description="Какой отчёт.")
    issued_at: datetime = strawberry.field(description="Когда заверен.")
    digest: str = strawberry.field(description="SHA-256 отчёта, шестнадцатеричный; стоит на бумаге.")
    issued_by: Staff | None = edge(report_prints.certifier_of, description="Кто заверил.")
    school_class: SchoolClass | None = edge(curriculum.class_of, description="Класс, если отчёт о нём.")
    teacher: Staff | None = edge(school.staff_of, description="Учитель, если отчёт его.")
    student: Student | None = edge(school.student_of, description="Обучающийся, если отчёт о нём.")
    print: ReportPrint = computed(_print, "id", description="Отчёт, каким он заверен: на бумаге и таблицей.")


@strawberry.type(description="Проверка отчёта на бумаге.")
class PrintVerification:
    certified: bool = strawberry.field(description="Отчёт с таким номером и хешем заверен в этой школе.")
    report: Report | None = strawberry.field(description="Какой это отчёт; null — такого нет.")
    issued_at: datetime | None = strawberry.field(description="Когда заверен.")
    signer: str | None = secret(MAY_VERIFY, "Кто заверил: сверьте с бумагой.")
    heading: list[str] = secret(MAY_VERIFY, "Что стоит в начале отчёта, о ком он: сверьте с бумагой.")
    matches: bool | None = strawberry.field(
        description="Данные сейчас те же, что на бумаге; null — сравнить нельзя: заверенного отчёта нет, он не для вас"
        " или такого отчёта больше не бывает."
    )
    total_differences: int | None = strawberry.field(description="Сколько отличий всего.")
    differences: list[JournalDifference] = secret(MAY_VERIFY, f"Что изменилось с тех пор: первые {MOST_DIFFERENCES}.")


@strawberry.type
class PrintQuery:
    @root(MAY_VERIFY, "Проверить отчёт на бумаге по его номеру и хешу: заверен ли он и что изменилось с тех пор.")
    async def verify_print(
        self,
        info: Info,
        number: Annotated[int, argument("Номер с бумаги.")],
        digest: Annotated[str, argument("SHA-256 с бумаги.")],
    ) -> PrintVerification:
        found = await report_prints.verify_print(info.context, number, digest)
        changed = found.differences
        return PrintVerification(
            certified=found.certified,
            report=found.report,
            issued_at=found.issued_at,
            signer=found.signer,
            heading=list(found.heading),
            matches=None if changed is None else not changed,
            total_differences=None if changed is None else len(changed),
            differences=[
                JournalDifference(kind=each.kind, where=each.where, old=each.old, new=each.new)
                for each in (changed or ())[:MOST_DIFFERENCES]
            ],
        )


@strawberry.type(description="Отчёт заверен.")
class CertifyReportPayload(Written):
    certified_report: CertifiedReport | None = written(CertifiedReport, "Заверенный отчёт.")


@strawberry.input(description="Какой отчёт заверить: те же сведения, что в его поле.")
class CertifyReportInput:
    report: Report = strawberry.field(description="Какой.")
    of: strawberry.ID = strawberry.field(description="О ком или о чём: школа, класс, сотрудник, обучающийся.")
    period_id: strawberry.ID | None = strawberry.field(default=None, description="Учебный период.")
    kind: FinalKind | None = strawberry.field(default=None, description="Год, экзамен или итог вместо периода.")
    since: date | None = strawberry.field(default=None, name="from", description="С какого дня.")
    until: date | None = strawberry.field(default=None, description="По какой день.")
    on: date | None = strawberry.field(default=None, description="На какой день.")
    year_id: strawberry.ID | None = strawberry.field(default=None, description="Учебный год.")
    staff_id: strawberry.ID | None = strawberry.field(default=None, description="Контроль: только этого учителя.")
    class_id: strawberry.ID | None = strawberry.field(default=None, description="Контроль: только этого класса.")
    subject_id: strawberry.ID | None = strawberry.field(default=None, description="Контроль: только по предмету.")
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.type
class PrintMutation:
    @command(MAY_CERTIFY, "Заверить отчёт: сделать его неизменный снимок с номером, датой и хешем (10.1).")
    async def certify_report(self, info: Info, input: CertifyReportInput) -> CertifyReportPayload:
        kind = Reports(input.report)
        check_slice(kind, {"staffId": input.staff_id, "classId": input.class_id, "subjectId": input.subject_id})
        asked = Asked(
            FinalKind(input.kind or FinalKind.PERIOD),
            optional_number("Period", input.period_id, "periodId"),
            *(input.since, input.until, input.on),
            optional_number("AcademicYear", input.year_id, "yearId"),
            optional_number("Staff", input.staff_id, "staffId"),
            optional_number("SchoolClass", input.class_id, "classId"),
            optional_number("Subject", input.subject_id, "subjectId"),
        )
        of = number(OF_TYPES[CATALOGUE[kind].of], input.of, "of")
        row = await report_prints.certify_report(info.context, kind, of, asked, input.idempotency_key)
        return CertifyReportPayload(number=row)
