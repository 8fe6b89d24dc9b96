"""How many files may hang on a task or a homework."""

from collections.abc import Sequence

from .refusals import bad_input

MOST_FILES = 10
"""How many files one task or homework may carry."""


def check_count(files: Sequence[int], field: str) -> None:
    """Refuse more files than one task or homework may carry."""
    if len(files) > MOST_FILES:
        raise bad_input(f"Можно приложить не больше {MOST_FILES} файлов.", field)
