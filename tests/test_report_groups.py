"""Отличники, хорошисты and the others, as reports count them (10.1)."""

import pytest

from rules.report_groups import StudentGroup, groups_of

E, G, F, T = StudentGroup.EXCELLENT, StudentGroup.GOOD, StudentGroup.ONE_FOUR, StudentGroup.ONE_THREE
TWO, NA = StudentGroup.FAILING, StudentGroup.NOT_ATTESTED


@pytest.mark.parametrize(
    ("marks", "groups"),
    [
        (["5", "5", "5"], {E}),
        (["5", "5", "осв.", "зач."], {E}),
        (["5", "4", "5"], {G, F}),
        (["5", "4", "4"], {G}),
        (["4"], {G, F}),
        (["5", "3", "5"], {T}),
        (["5", "3", "4", "осв."], {T}),
        (["3", "3", "5"], set()),
        (["5", "2"], {TWO}),
        (["5", "1", "3"], {TWO}),
        (["5", "н/а"], {NA}),
        (["4", "2", "н/а"], {TWO, NA}),
        (["5", "незач."], set()),
        (["5", "5", None], set()),
        (["5", "2", None], {TWO}),
        (["осв.", "зач."], set()),
        ([None], set()),
        ([], set()),
    ],
)
def test_groups(marks: list[str | None], groups: set[StudentGroup]) -> None:
    assert groups_of(marks) == groups
