"""The door of the school in the test of a full year: who signs in, commands, lists read whole."""

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from server.settings import Settings

from .conftest import serving

ZONE = ZoneInfo("Asia/Barnaul")
PASSWORD = "свой пароль 63"
AT_ONCE = 40
"""So many commands travel in one request."""
TYPES = {"yearId": "ID", "since": "Date!", "until": "Date!", "day": "Date!"}
"""Arguments of lists. As variables they leave the text as it is, and it is compiled once."""

Given = dict[str, Any]


@dataclass
class Door:
    """The application over one database, open on one day after another. Whoever has signed in stays signed in."""

    url: str
    tokens: dict[str, str] = field(default_factory=dict)
    logins: dict[str, str] = field(default_factory=dict)
    _client: httpx.AsyncClient | None = None

    @asynccontextmanager
    async def on(self, day: str) -> AsyncIterator[None]:
        """The application as it runs on a day, from noon on."""
        now = datetime.fromisoformat(f"{day}T12:00").replace(tzinfo=ZONE)
        async with serving(self.url, Settings(now=now, access_token_life=timedelta(hours=1))) as (_, self._client):
            yield

    async def post(self, path: str, who: str | None, **what: Any) -> httpx.Response:
        """A request of somebody."""
        assert self._client
        headers = {"authorization": f"Bearer {self.tokens[who]}"} if who else {}
        return await self._client.post(path, headers=headers, **what)

    async def answer(self, who: str | None, query: str, variables: Given | None = None) -> Given:
        """What a query is answered, errors and all."""
        answer: Given = (await self.post("/graphql", who, json={"query": query, "variables": variables})).json()
        return answer

    async def ask(self, who: str, query: str, **variables: Any) -> Any:
        """The data of an answer without errors."""
        answer = await self.answer(who, query, variables)
        assert "errors" not in answer, (who, answer["errors"][:3])
        return answer["data"]

    async def enter(self, who: str, login: str, password: str) -> None:
        """Sign in, and choose a password if the one that was given out is for once."""
        entered = await self._done(None, "logIn", {"login": login, "password": password}, "accessToken")
        self.tokens[who], self.logins[who] = entered["accessToken"], login
        if (await self.ask(who, "{ me { mustChangePassword } }"))["me"]["mustChangePassword"]:
            given = {"currentPassword": password, "newPassword": PASSWORD}
            await self.do(who, "changePassword", given, "sessionId")

    async def shut_out(self, who: str) -> None:
        """Check that the System is closed to somebody: nothing is left of their rights, and they cannot sign in."""
        assert (await self.ask(who, "{ me { roles } }"))["me"]["roles"] == []
        given = {"login": self.logins[who], "password": PASSWORD}
        assert await self.refused(None, "logIn", given) == ("ACCESS_CLOSED", "11.6")

    async def do(self, who: str, name: str, given: Given | None = None, shown: str = "__typename") -> Any:
        """The payload of a command that must not be refused."""
        return await self._done(who, name, given, shown)

    async def _done(self, who: str | None, name: str, given: Given | None, shown: str) -> Any:
        (result,) = await self._results(who, [(name, given)], shown)
        assert result["__typename"] != "Refusal", (who, name, given, result)
        return result

    async def all(self, who: str, name: str, inputs: Iterable[Given], shown: str = "__typename") -> list[Any]:
        """The payloads of one command many times over."""
        return await self.each(who, [(name, given) for given in inputs], shown)

    async def each(self, who: str, commands: Iterable[tuple[str, Given]], shown: str = "__typename") -> list[Any]:
        """The payloads of commands one after another, none of them refused."""
        found: list[Any] = []
        listed = list(commands)
        for start in range(0, len(listed), AT_ONCE):
            some = listed[start : start + AT_ONCE]
            for (name, given), result in zip(some, await self._results(who, some, shown), strict=True):
                assert result["__typename"] != "Refusal", (who, name, given, result)
                found.append(result)
        return found

    async def refused(self, who: str | None, name: str, given: Given | None = None) -> tuple[str, str | None]:
        """Code and clause of a command that must be refused."""
        (result,) = await self._results(who, [(name, given)], "__typename")
        assert result["__typename"] == "Refusal", (who, name, given, result)
        return result["code"], result["clause"]

    async def _results(
        self, who: str | None, commands: Sequence[tuple[str, Given | None]], shown: str
    ) -> list[dict[str, Any]]:
        """The results of commands in one request."""
        declared, asked, variables = [], [], {}
        for number, (name, given) in enumerate(commands):
            kind = name[0].upper() + name[1:]
            argument = ""
            if given is not None:
                declared.append(f"$i{number}: {kind}Input!")
                variables[f"i{number}"] = given
                argument = f"(input: $i{number})"
            asked.append(
                f"r{number}: {name}{argument} {{ __typename ... on {kind}Payload {{ {shown} }}"
                " ... on Refusal { code message field clause } }"
            )
        head = f"mutation({', '.join(declared)})" if declared else "mutation"
        answer = await self.answer(who, f"{head} {{ {' '.join(asked)} }}", variables)
        assert "errors" not in answer, (who, commands[0], answer["errors"][:3])
        return [answer["data"][f"r{number}"] for number in range(len(commands))]

    async def nodes(self, who: str, name: str, shown: str, *, day: str | None = None, **arguments: Any) -> list[Any]:
        """A list of the school, read page by page to its end; `$day` may stand in what is shown."""
        declared = "".join(f", ${key}: {TYPES[key]}" for key in (*arguments, *(["day"] if day else [])))
        passed = "".join(f", {key}: ${key}" for key in arguments)
        query = (
            f"query($after: String{declared}) {{ school {{ {name}(first: 100, after: $after{passed}) "
            f"{{ nodes {{ {shown} }} pageInfo {{ hasNextPage endCursor }} }} }} }}"
        )
        given = arguments | ({"day": day} if day else {})
        found: list[Any] = []
        after = None
        while True:
            page = (await self.ask(who, query, after=after, **given))["school"][name]
            found += page["nodes"]
            if not page["pageInfo"]["hasNextPage"]:
                return found
            after = page["pageInfo"]["endCursor"]

    async def upload(self, who: str, name: str, content: bytes) -> str:
        """The id of a file that somebody has sent up."""
        sent = await self.post(f"/files?name={name}", who, content=content)
        assert sent.status_code < 300, sent.text
        number: str = sent.json()["id"]
        return number
