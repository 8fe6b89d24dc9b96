"""The demo school's curriculum: subjects with their weekly hours, who teaches them, and the kinds of work in each."""

from dataclasses import dataclass
from enum import Enum

from rules.curriculum_plan import ComponentKind
from rules.journal import USUAL_WORK_TYPES

from .demo_rows import Rows


class Department(Enum):
    """Teachers among whom the hours of some subjects are shared."""

    PRIMARY = "Начальные классы"
    LETTERS = "Русский язык и литература"
    NUMBERS = "Математика, физика, информатика"
    FOREIGN = "Иностранные языки"
    SOCIETY = "История и обществознание"
    NATURE = "Естествознание"
    SPORT = "Физическая культура"
    ARTS = "Искусство и труд"


class Split(Enum):
    """Whether a big class is taught the subject in two groups."""

    NO = 0
    HALVES = 1
    BY_SEX = 2


@dataclass(frozen=True)
class Works:
    """How often a lesson brings which kind of work: for everyone, or for those who are called up."""

    for_everyone: tuple[tuple[str, float], ...]
    called_up: float
    homework: float
    passes: bool = False
    """Whether marks are «зач.» and «незач.» instead of numbers."""


WRITTEN = Works(
    (("Контрольная работа", 0.07), ("Самостоятельная работа", 0.10), ("Тест", 0.05), ("Домашняя работа", 0.06)),
    0.55,
    0.9,
)
RUSSIAN = Works(
    (("Контрольная работа", 0.05), ("Диктант", 0.06), ("Самостоятельная работа", 0.09), ("Домашняя работа", 0.06)),
    0.55,
    0.9,
)
READING = Works((("Контрольная работа", 0.03), ("Сочинение", 0.06), ("Тест", 0.08), ("Проект", 0.03)), 0.7, 0.85)
ORAL = Works((("Контрольная работа", 0.06), ("Тест", 0.14), ("Проект", 0.04)), 0.65, 0.8)
LABS = Works((("Контрольная работа", 0.07), ("Лабораторная работа", 0.10), ("Тест", 0.09)), 0.6, 0.8)
HANDS = Works((("Практическая работа", 0.25), ("Проект", 0.04)), 0.5, 0.2)
PASSES = Works((("Проект", 0.12),), 0.25, 0.3, passes=True)

ANSWER = "Ответ на уроке"
NUMBERED_WORKS = frozenset(
    {"Самостоятельная работа", "Практическая работа", "Лабораторная работа", "Контрольная работа"}
)
WEIGHT = {name: weight for name, _, weight, _ in USUAL_WORK_TYPES}
WORK_TYPE = {name: number for number, (name, *_) in enumerate(USUAL_WORK_TYPES)}


@dataclass(frozen=True)
class Subject:
    """A subject; `hours` a week are those of grades 1 to 11 in turn."""

    name: str
    short_name: str
    area: str
    department: Department
    hours: tuple[int, ...]
    works: Works
    split: Split = Split.NO
    block: int = 0
    """Hours of a department are shared out block by block, so that most teachers keep to one block."""

    def taught_by(self, grade: int) -> Department:
        """In the primary school, one teacher teaches all but music, English and sport."""
        if grade <= 4 and self.name not in {"Музыка", "Английский язык", "Физическая культура"}:
            return Department.PRIMARY
        return self.department


def _subject(
    name: str,
    short_name: str,
    area: str,
    department: Department,
    hours: str,
    works: Works,
    split: Split = Split.NO,
    block: int = 0,
) -> Subject:
    return Subject(name, short_name, area, department, tuple(map(int, hours.split())), works, split, block)


_LETTERS, _MATHEMATICS, _ENGLISH, _SOCIETY, _NATURE, _ART, _SPORT = (
    "Русский язык и литература",
    "Математика и информатика",
    "Иностранные языки",
    "Общественно-научные предметы",
    "Естественно-научные предметы",
    "Искусство",
    "Физическая культура и основы безопасности",
)
_D = Department

SUBJECTS = (
    _subject("Русский язык", "Рус. яз.", _LETTERS, _D.LETTERS, "5 5 5 5 5 6 4 3 4 3 3", RUSSIAN),
    _subject("Литературное чтение", "Лит. чт.", _LETTERS, _D.PRIMARY, "4 4 4 4 0 0 0 0 0 0 0", READING),
    _subject("Литература", "Лит-ра", _LETTERS, _D.LETTERS, "0 0 0 0 3 3 2 2 3 3 3", READING),
    _subject("Английский язык", "Англ. яз.", _ENGLISH, _D.FOREIGN, "0 2 2 2 3 3 3 3 3 3 3", WRITTEN, Split.HALVES),
    _subject("Математика", "Матем.", _MATHEMATICS, _D.NUMBERS, "4 4 4 4 6 6 0 0 0 0 0", WRITTEN),
    _subject("Алгебра", "Алгебра", _MATHEMATICS, _D.NUMBERS, "0 0 0 0 0 0 3 4 4 4 4", WRITTEN),
    _subject("Геометрия", "Геом.", _MATHEMATICS, _D.NUMBERS, "0 0 0 0 0 0 2 2 2 2 2", WRITTEN),
    _subject("Вероятность и статистика", "Вер. и ст.", _MATHEMATICS, _D.NUMBERS, "0 0 0 0 0 0 1 1 1 1 1", WRITTEN),
    _subject("Физика", "Физика", _NATURE, _D.NUMBERS, "0 0 0 0 0 0 2 2 3 3 3", LABS, block=1),
    _subject(
        "Информатика", "Инф.", _MATHEMATICS, _D.NUMBERS, "0 0 0 0 0 0 1 1 1 2 2", HANDS, split=Split.HALVES, block=2
    ),
    _subject(
        "Окружающий мир", "Окр. мир", "Обществознание и естествознание", _D.PRIMARY, "2 2 2 2 0 0 0 0 0 0 0", ORAL
    ),
    _subject(
        "Основы религиозных культур и светской этики", "ОРКСЭ", _SOCIETY, _D.PRIMARY, "0 0 0 1 0 0 0 0 0 0 0", PASSES
    ),
    _subject("История", "История", _SOCIETY, _D.SOCIETY, "0 0 0 0 3 3 3 2 2 2 2", ORAL),
    _subject("Обществознание", "Общ.", _SOCIETY, _D.SOCIETY, "0 0 0 0 0 0 0 1 1 2 2", ORAL),
    _subject("Индивидуальный проект", "Инд. пр.", _SOCIETY, _D.SOCIETY, "0 0 0 0 0 0 0 0 0 1 0", PASSES, block=1),
    _subject("География", "Геогр.", _SOCIETY, _D.NATURE, "0 0 0 0 1 1 2 2 2 1 1", ORAL),
    _subject("Биология", "Биол.", _NATURE, _D.NATURE, "0 0 0 0 1 1 1 2 2 2 2", LABS, block=1),
    _subject("Химия", "Химия", _NATURE, _D.NATURE, "0 0 0 0 0 0 0 2 2 2 2", LABS, block=2),
    _subject("Музыка", "Муз.", _ART, _D.ARTS, "1 1 1 1 1 1 1 1 0 0 0", HANDS),
    _subject("Изобразительное искусство", "ИЗО", _ART, _D.ARTS, "1 1 1 1 1 1 1 0 0 0 0", HANDS, block=1),
    _subject("Труд (технология)", "Труд", "Технология", _D.ARTS, "1 1 1 1 2 2 2 2 2 0 0", HANDS, Split.BY_SEX, 2),
    _subject("Физическая культура", "Физ-ра", _SPORT, _D.SPORT, "3 3 3 2 3 3 3 3 3 3 3", HANDS),
    _subject("Основы безопасности и защиты Родины", "ОБЗР", _SPORT, _D.SPORT, "0 0 0 0 0 0 0 1 1 1 1", ORAL, block=1),
)

POSITIONS: dict[str, tuple[str, str]] = {
    "Русский язык": ("Учитель русского языка и литературы", "Филология"),
    "Литература": ("Учитель русского языка и литературы", "Филология"),
    "Английский язык": ("Учитель английского языка", "Английский и немецкий языки"),
    "Математика": ("Учитель математики", "Математика"),
    "Алгебра": ("Учитель математики", "Математика и физика"),
    "Геометрия": ("Учитель математики", "Математика"),
    "Вероятность и статистика": ("Учитель математики", "Прикладная математика"),
    "Физика": ("Учитель физики", "Физика"),
    "Информатика": ("Учитель информатики", "Информатика и вычислительная техника"),
    "История": ("Учитель истории и обществознания", "История"),
    "Обществознание": ("Учитель истории и обществознания", "История и право"),
    "Индивидуальный проект": ("Учитель истории и обществознания", "Обществознание"),
    "География": ("Учитель географии", "География"),
    "Биология": ("Учитель биологии", "Биология и химия"),
    "Химия": ("Учитель химии", "Химия"),
    "Музыка": ("Учитель музыки", "Музыкальное образование"),
    "Изобразительное искусство": ("Учитель изобразительного искусства", "Изобразительное искусство и черчение"),
    "Труд (технология)": ("Учитель труда (технологии)", "Технология и предпринимательство"),
    "Физическая культура": ("Учитель физической культуры", "Физическая культура и спорт"),
    "Основы безопасности и защиты Родины": ("Преподаватель-организатор ОБЗР", "Безопасность жизнедеятельности"),
}
"""A teacher's position and their subject by diploma (4.3), by the subject they teach most."""

PRIMARY_POSITION = ("Учитель начальных классов", "Педагогика и методика начального образования")


TALKS, TALK_HOURS = ("Разговоры о важном", "Разгов."), 1
"""What every class teacher holds beside the lessons, once a week and without a journal of marks."""

AREAS = tuple(dict.fromkeys(subject.area for subject in SUBJECTS))

COMPONENTS = (
    (ComponentKind.OBLIGATORY, "Обязательная часть"),
    (ComponentKind.FORMED, "Часть, формируемая участниками образовательных отношений"),
    (ComponentKind.EXTRACURRICULAR, "Внеурочная деятельность"),
)

FORMED = {"Физическая культура": 1, "Индивидуальный проект": 1}
"""Hours a week of a subject that the school itself has put into the plan."""

PROFILES = ("Технологический", "Универсальный")
"""Of the two oldest grades, letter by letter."""


def has_marks(grade: int) -> bool:
    """The first grade learns without marks."""
    return grade >= 2


def add_curriculum(rows: Rows) -> None:
    """Areas, subjects, components and kinds of work, each numbered by its place in the tables above."""
    for position, name in enumerate(AREAS, 1):
        rows.add("educational_area", name=name, position=position)
    for subject in SUBJECTS:
        rows.add("subject", name=subject.name, short_name=subject.short_name, area_id=AREAS.index(subject.area))
    rows.add("subject", name=TALKS[0], short_name=TALKS[1])
    for position, (kind, name) in enumerate(COMPONENTS, 1):
        rows.add("component", year_id=0, kind=kind.value, name=name, position=position)
    for position, (name, short_name, weight, written) in enumerate(USUAL_WORK_TYPES, 1):
        rows.add("work_type", name=name, short_name=short_name, weight=weight, position=position, written=written)
