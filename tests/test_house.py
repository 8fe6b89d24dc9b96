"""The layout holds: each root is our own folder, domains import to their left, files stay short."""

import importlib
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).parent.parent
LAYERS = ("execution", "schema", "resolvers", "models", "permissions", "rules", "documents", "server", "migrations")
DOMAINS = ("account", "school", "curriculum", "timetable", "journal", "movement", "report")
MOST_LINES = 450


@pytest.mark.parametrize("name", LAYERS)
def test_root_is_our_own_folder(name: str) -> None:
    """The names are generic: a dependency that brought a top-level `schema` would shadow ours."""
    module = importlib.import_module(name)
    assert module.__file__ is not None
    assert Path(module.__file__).parent == ROOT / name


def domain(module: str) -> int | None:
    """The domain of `schema.journal_diary` is `journal`: what stands before the first underscore of the file's name."""
    _, _, name = module.partition(".")
    prefix = name.split("_")[0]
    return DOMAINS.index(prefix) if prefix in DOMAINS else None


def test_domains_import_to_their_left() -> None:
    graph = grimp.build_graph(*LAYERS, exclude_type_checking_imports=True)
    wrong = [
        f"{importer} -> {imported}"
        for importer in graph.modules
        for imported in graph.find_modules_directly_imported_by(importer)
        if importer.split(".")[0] == imported.split(".")[0]
        and (mine := domain(importer)) is not None
        and (theirs := domain(imported)) is not None
        and theirs > mine
    ]
    assert wrong == []


def test_files_stay_short() -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for layer in (*LAYERS, "bench")
        for path in (ROOT / layer).rglob("*.py")
        if "versions" not in path.parts and "node_modules" not in path.parts
        if (lines := len(path.read_text().splitlines())) > MOST_LINES
    }
    assert long == {}


def test_lock_files_name_no_index() -> None:
    for lock in (
        *ROOT.glob("*.lock"),
        *(ROOT / each / "package-lock.json" for each in ("server/graphiql", "bench/peers")),
    ):
        text = lock.read_text()
        assert "index-url" not in text
        assert '"resolved"' not in text
    for lock in ROOT.glob("*.lock"):
        for line in lock.read_text().splitlines():
            assert line.startswith((" ", "#")) or "==" in line, line
        assert "--hash=sha256:" in lock.read_text()
