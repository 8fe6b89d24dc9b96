"""Which files may be uploaded: how large, of which kinds, under which names; and how many hang on one thing."""

import unicodedata
from collections.abc import Sequence
from enum import StrEnum

from .refusals import Refusal, RefusalCode, bad_input

MOST_BYTES = 20 * 1024 * 1024
NAME_LENGTH = 200
UPLOAD_SECONDS = 900
"""How long a file may take to arrive: the largest one over a poor connection."""

MOST_FILES = 10
"""How many files one thing may carry: a task, an answer, a message."""


class MediaType(StrEnum):
    """Every kind of file that is taken. Its content tells which it is, never its name.

    A text is in UTF-8. A table in Windows-1251, as Excel in Russian writes it, is the one text in another encoding.
    """

    PDF = "application/pdf"
    PNG = "image/png"
    JPEG = "image/jpeg"
    GIF = "image/gif"
    WEBP = "image/webp"
    DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
    ODT = "application/vnd.oasis.opendocument.text"
    ODS = "application/vnd.oasis.opendocument.spreadsheet"
    ODP = "application/vnd.oasis.opendocument.presentation"
    MP3 = "audio/mpeg"
    MP4 = "video/mp4"
    TEXT = "text/plain"
    CSV = "text/csv"


ENDINGS: dict[MediaType, Sequence[str]] = {
    MediaType.PDF: ("pdf",),
    MediaType.PNG: ("png",),
    MediaType.JPEG: ("jpg", "jpeg"),
    MediaType.GIF: ("gif",),
    MediaType.WEBP: ("webp",),
    MediaType.DOCX: ("docx",),
    MediaType.XLSX: ("xlsx",),
    MediaType.PPTX: ("pptx",),
    MediaType.ODT: ("odt",),
    MediaType.ODS: ("ods",),
    MediaType.ODP: ("odp",),
    MediaType.MP3: ("mp3",),
    MediaType.MP4: ("mp4", "m4v"),
    MediaType.TEXT: ("txt", "md"),
    MediaType.CSV: ("csv",),
}
"""How the name of each kind may end; the first one is added to a name that ends otherwise."""


CHARSETS = {MediaType.TEXT: "utf-8", MediaType.CSV: "windows-1251"}
"""How texts are encoded."""


class Unfit(StrEnum):
    """Why the content of a file is not taken."""

    EMPTY = "empty"
    UNKNOWN = "unknown"
    OLD_OFFICE = "old_office"
    MACROS = "macros"
    DAMAGED = "damaged"
    MULTIPART = "multipart"


UNFIT: dict[Unfit, str] = {
    Unfit.EMPTY: "Файл пуст.",
    Unfit.UNKNOWN: "Такой файл приложить нельзя. Можно: PDF, DOCX, XLSX, PPTX, ODT, ODS, ODP, PNG, JPEG, GIF, WEBP, "
    "MP3, MP4, простой текст в кодировке UTF-8 и таблицу CSV.",
    Unfit.OLD_OFFICE: "Это файл старого Office или с паролем. Сохраните его без пароля как .docx, .xlsx или .pptx.",
    Unfit.MACROS: "Файлы с макросами не принимаются. Сохраните документ без макросов.",
    Unfit.DAMAGED: "Файл повреждён. Откройте его и сохраните снова.",
    Unfit.MULTIPART: "Пришлите содержимое файла телом запроса, без multipart.",
}
"""What the person is told."""


def unfit(reason: Unfit) -> Refusal:
    """The refusal of a file for what is in it."""
    return Refusal(RefusalCode.BAD_FILE, UNFIT[reason], "file")


def too_large() -> Refusal:
    """The refusal of a file that passes the limit."""
    return Refusal(RefusalCode.FILE_TOO_LARGE, f"Файл слишком велик: можно до {MOST_BYTES // 1024 // 1024} МБ.", "file")


def incomplete() -> Refusal:
    """The refusal of a file that broke off on the way."""
    return bad_input("Файл пришёл не полностью. Отправьте его ещё раз.", "file")


def checked_name(name: str) -> str:
    """The name as it is kept, letters composed; refused if it could be taken for a path or for what it is not.

    Characters that nobody sees are out too: some turn the direction of writing, so that «fdp.exe» reads «exe.pdf».
    """
    name = unicodedata.normalize("NFC", name).strip()
    if not name:
        raise bad_input("Назовите файл.", "name")
    if len(name) > NAME_LENGTH:
        raise bad_input(f"Имя файла длиннее {NAME_LENGTH} знаков.", "name")
    wrong = [each for each in name if each in "/\\" or unicodedata.category(each) in _INVISIBLE]
    if wrong or name.startswith("."):
        raise bad_input("В имени файла недопустимый знак. Нужно одно имя, без папок.", "name")
    return name


_INVISIBLE = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})


def named(name: str, media_type: MediaType) -> str:
    """The name with an ending of its kind, so that it opens as what it is: a text `run.bat` becomes `run.bat.txt`."""
    _, dot, ending = name.rpartition(".")
    endings = ENDINGS[media_type]
    return name if dot and ending.casefold() in endings else f"{name}.{endings[0]}"


def check_count(files: Sequence[int], field: str) -> None:
    """Refuse more files than one thing may carry."""
    if len(files) > MOST_FILES:
        raise bad_input(f"Можно приложить не больше {MOST_FILES} файлов.", field)
