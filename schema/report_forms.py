"""Federal forms: what they are, when they were closed and opened again, and by when they are due (3.3–3.5, 10.3)."""

from datetime import date, datetime
from typing import Annotated

import strawberry

from models.report_forms import FederalForm as FederalFormRow
from models.report_forms import FormClosing as FormClosingRow
from models.report_forms import FormDate as FormDateRow
from permissions.report_forms import visible_form_closings, visible_form_dates, visible_forms
from resolvers import curriculum
from resolvers import report_forms as forms
from rules.report_forms_reading import definitions, edition_of

from .base import Node, computed, edge, encode_id, node, secret
from .curriculum import AcademicYear
from .enums_forms import FormState
from .school_people import PERSONAL, Staff


def form_name(code: str) -> str:
    """What people call a form: «ОШ-1». Of one that is defined no longer, its code."""
    editions = definitions().get(code)
    return editions[-1].name if editions else code


def _title(code: str, edition: str) -> str:
    return edition_of(code, edition).title


def _print_url(form: int) -> str:
    return f"/print/form/{encode_id('FederalForm', form)}.pdf"


def _sheet_url(form: int) -> str:
    return f"/print/form/{encode_id('FederalForm', form)}.xlsx"


def _csv_url(form: int) -> str:
    return f"/print/form/{encode_id('FederalForm', form)}.csv"


@node(
    visible_form_closings,
    FormClosingRow,
    description="Закрытие федеральной формы: неизменный снимок всех её значений (3.5).",
)
class FormClosing(Node):
    edition: str = strawberry.field(description="По какой редакции формы.")
    closed_at: datetime = strawberry.field(description="Когда закрыта.")
    approval: str = secret(PERSONAL, "Чем сведения утверждены руководителем.")
    digest: str = secret(PERSONAL, "SHA-256 снимка, шестнадцатеричный.")
    reopened_at: datetime | None = strawberry.field(description="Когда открыта снова; null — закрыта до сих пор.")
    reason: str | None = secret(PERSONAL, "Почему открыта снова.")
    form: Annotated["FederalForm", strawberry.lazy("schema.report_forms")] | None = edge(
        forms.closing_form, description="Форма."
    )
    closed_by: Staff | None = edge(forms.form_closer, description="Кто закрыл.")
    reopened_by: Staff | None = edge(forms.form_reopener, description="Кто открыл снова.")


@node(visible_forms, FederalFormRow, description="Федеральная форма на определённый день (3.3).")
class FederalForm(Node):
    code: str = strawberry.field(description="Код формы, как в `formCatalogue`: `oo-1`.")
    edition: str = strawberry.field(description="Редакция, по которой она составлена.")
    reported_on: date = strawberry.field(description="На какой день составлена.")
    state: FormState = strawberry.field(description="Открыта или закрыта.")
    opened_at: datetime = strawberry.field(description="Когда начата.")
    due_on: date | None = strawberry.field(description="Срок, согласованный с органом управления (10.3).")
    version: int = strawberry.field(description="Версия для `ifVersion`.")
    year: AcademicYear | None = edge(curriculum.year_of, description="Учебный год.")
    opened_by: Staff | None = edge(forms.form_opener, description="Кто начал.")
    closings: list[FormClosing] = edge(forms.form_closings, description="Все закрытия, последнее в конце.")

    name: str = computed(form_name, "code", description="Название: «ОО-1».")
    title: str = computed(_title, "code", "edition", description="Полное название.")
    print_url: str = computed(_print_url, "id", description="Адрес печатной формы (PDF): `GET` с тем же токеном.")
    sheet_url: str = computed(_sheet_url, "id", description="Адрес таблицы (XLSX).")
    csv_url: str = computed(_csv_url, "id", description="Адрес таблицы (CSV): UTF-8, точка с запятой.")


@node(visible_form_dates, FormDateRow, description="Срок федеральной формы, согласованный с органом управления (10.3).")
class FormDate(Node):
    code: str = strawberry.field(description="Код формы.")
    due_on: date = strawberry.field(description="Не позже какого дня она сдаётся.")
    version: int = strawberry.field(description="Версия для `ifVersion`.")
    year: AcademicYear | None = edge(curriculum.year_of, description="За какой учебный год.")

    name: str = computed(form_name, "code", description="Название: «ОО-1».")
