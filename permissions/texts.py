"""Rows of a large query whose text is written once, instead of anew in each statement that reads them."""

import re
from typing import Any

from sqlalchemy import SelectBase, Subquery, bindparam, text
from sqlalchemy.dialects.postgresql.base import PGDialect
from sqlalchemy.sql.compiler import FROM_LINTING

_PARAMETER = re.compile(r"(?<![:\w]):(\w+)")


def written(query: SelectBase, alias: str) -> Subquery:
    """The query's rows under a name. What it takes from the viewer's reach stays open; its constants go with it."""
    dialect = PGDialect(paramstyle="named")  # type: ignore[no-untyped-call]
    compiled: Any = query.compile(dialect=dialect, linting=FROM_LINTING)
    names: dict[Any, str] = compiled.bind_names
    own = {name: f"{alias}_{name}" for bind, name in names.items() if not bind.required}
    parameters = [
        bindparam(own[name], bind.effective_value, bind.type) if name in own else bindparam(name, type_=bind.type)
        for bind, name in names.items()
    ]
    body = _PARAMETER.sub(lambda found: f":{own.get(found[1], found[1])}", str(compiled))
    return text(body).bindparams(*parameters).columns(*query.selected_columns).subquery(alias)
