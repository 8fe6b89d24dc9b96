"""Files as whoever sees what they hang on finds them: one shape, whatever that is."""

from collections.abc import Sequence

import strawberry

from .base import NODES, Node, computed, encode_id, number


def _url(type_name: str, holder: int) -> str:
    return f"/files/{encode_id(type_name, holder)}"


@strawberry.interface(description="Файл, который можно скачать: сам по себе или приложенный к чему-то.")
class Downloadable(Node):
    """Whatever holds a file that is fetched by the holder's id, under the holder's scope."""

    name: str = strawberry.field(description="Имя файла.")
    media_type: str = strawberry.field(description="Тип содержимого.")
    size: int = strawberry.field(description="Размер в байтах.")
    url: str = computed(
        _url, "type_name", "id", description="Откуда его скачать, с тем же токеном; отдаётся тем, кто видит эту запись."
    )


def holds_file(type_name: str) -> bool:
    """Whether the rows of this type hold a file."""
    return type_name in NODES and issubclass(NODES[type_name][0], Downloadable)


def files_of(given: Sequence[strawberry.ID] | None) -> list[int]:
    """The numbers of uploaded files."""
    return [number("File", each, f"fileIds.{n}") for n, each in enumerate(given or ())]
