"""What the README shows runs, as whom it says."""

import json
import re
from pathlib import Path

import pytest

from rules.account import Role

from .conftest import School
from .test_websocket import connected, listening

README = (Path(__file__).parent.parent / "README.md").read_text()
EXAMPLES = re.findall(r"```graphql\n# (\S+)\n(.*?)```", README, re.DOTALL)


@pytest.mark.parametrize(("login", "query"), EXAMPLES, ids=[login for login, _ in EXAMPLES])
async def test_example_runs(own_school: School, login: str, query: str) -> None:
    data = await own_school.data(query, as_=login)
    assert all(value is not None for value in data.values())


async def test_a_subscription_is_heard(own_school: School, tmp_path: Path) -> None:
    """The shell's: what is sent, with the child's id in its place."""
    child, body = re.findall(r"""^CHILD=\$\(ask '(.*?)'.*?-d '(.*?)'$""", README, re.DOTALL | re.MULTILINE)[0]
    children = (await own_school.data(json.loads(child)["query"], as_="parent"))["me"]["children"]
    query = json.loads(body.replace("'$CHILD'", children[0]["id"]))["query"]
    async with (
        listening(own_school, tmp_path) as address,
        connected(address, await own_school.token("parent")) as client,
    ):
        await client.send("subscribe", id="1", payload={"query": query})
        message = await client.next()
    assert message["payload"]["data"]["diaryChanged"]["changes"] == []


def test_every_role_has_an_example(demo_template: tuple[str, object]) -> None:
    assert {login.replace("class-teacher", "teacher") for login, _ in EXAMPLES} == {role.value for role in Role}


@pytest.mark.parametrize("name", re.findall(r"\]\(([^)#:]+)\)", README))
def test_links_lead_somewhere(name: str) -> None:
    assert (Path(__file__).parent.parent / name).exists()
