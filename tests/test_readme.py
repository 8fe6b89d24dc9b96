"""What the README shows runs, as whom it says."""

import re
from pathlib import Path

import pytest

from rules.account import Role

from .conftest import School

README = (Path(__file__).parent.parent / "README.md").read_text()
EXAMPLES = re.findall(r"```graphql\n# (\S+)\n(.*?)```", README, re.DOTALL)


@pytest.mark.parametrize(("login", "query"), EXAMPLES, ids=[login for login, _ in EXAMPLES])
async def test_example_runs(own_school: School, login: str, query: str) -> None:
    data = await own_school.data(query, as_=login)
    assert all(value is not None for value in data.values())


def test_every_role_has_an_example(demo_template: tuple[str, object]) -> None:
    assert {login.replace("class-teacher", "teacher") for login, _ in EXAMPLES} == {role.value for role in Role}


@pytest.mark.parametrize("name", re.findall(r"\]\(([^)#:]+)\)", README))
def test_links_lead_somewhere(name: str) -> None:
    assert (Path(__file__).parent.parent / name).exists()
