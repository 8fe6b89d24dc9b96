"""Where files lie: one contract, held by a folder and by a bucket of a real S3 server over HTTP."""

import hashlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import obstore
import pytest
from moto.server import ThreadedMotoServer
from obstore.store import S3Store
from pydantic import SecretStr, ValidationError

from documents.files import FileStore, FolderStore, Missing
from documents.files_s3 import BucketStore
from rules.school_files import MediaType
from server.demo import Demo
from server.settings import Settings
from server.storage import file_store

from .conftest import copied

PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\n"
LARGE = PDF + bytes(range(256)) * 45_000
"""More than two parts of a multipart upload."""

PREFIX = "uploads/one"


@pytest.fixture(scope="module")
def service() -> Iterator[str]:
    """The address of an S3 service in this process."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    try:
        yield f"http://{host}:{port}"
    finally:
        server.stop()


@pytest.fixture(params=["folder", "bucket"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """The settings of a store of either kind."""
    if request.param == "folder":
        return Settings(data=tmp_path)
    endpoint = request.getfixturevalue("service")
    name = "b" + hashlib.sha256(str(tmp_path).encode()).hexdigest()[:20]
    _make_bucket(endpoint, name)
    return Settings(
        data=tmp_path,
        files_url=f"s3://{name}/{PREFIX}",
        files_endpoint=endpoint,
        files_key_id="key",
        files_secret_key=SecretStr("secret"),
    )


def _make_bucket(endpoint: str, name: str) -> None:
    import boto3  # moto's own client: obstore makes no buckets

    boto3.client(
        "s3", endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id="key", aws_secret_access_key="secret"
    ).create_bucket(Bucket=name)


@pytest.fixture
def store(settings: Settings) -> FileStore:
    return file_store(settings)


def stored(store: FileStore) -> list[str]:
    """The keys of everything that can be read."""
    if isinstance(store, FolderStore):
        return sorted(
            str(path.relative_to(store.root))
            for path in store.root.rglob("*")
            if path.is_file() and path.parent.name != "incoming"
        )
    assert isinstance(store, BucketStore)
    return sorted(each["path"] for page in obstore.list(store.bucket) for each in page)


async def put(store: FileStore, content: bytes) -> str:
    async with store.receive() as incoming:
        for start in range(0, len(content), 1_000_000):
            await incoming.write(content[start : start + 1_000_000])
        assert incoming.size == len(content)
        await incoming.keep()
        return incoming.digest


async def read(store: FileStore, digest: str, size: int) -> bytes:
    async with store.open(digest, size) as pieces:
        return b"".join([piece async for piece in pieces])


@pytest.mark.parametrize("content", [b"a", PDF, LARGE], ids=["small", "pdf", "large"])
async def test_what_is_kept_comes_back(store: FileStore, content: bytes) -> None:
    digest = await put(store, content)
    assert digest == hashlib.sha256(content).hexdigest()
    assert await read(store, digest, len(content)) == content
    assert stored(store) == [f"{digest[:2]}/{digest[2:4]}/{digest}"]


async def test_a_content_is_stored_once(store: FileStore, monkeypatch: pytest.MonkeyPatch) -> None:
    puts = []
    put_async = obstore.put_async

    async def counted(*args: Any, **kwargs: Any) -> Any:
        puts.append(args)
        return await put_async(*args, **kwargs)

    monkeypatch.setattr(obstore, "put_async", counted)
    assert await put(store, PDF) == await put(store, PDF)
    assert len(stored(store)) == 1
    assert len(puts) == isinstance(store, BucketStore)


async def test_nothing_is_there_before_it_is_kept(store: FileStore) -> None:
    async with store.receive() as incoming:
        await incoming.write(LARGE)
        assert await incoming.recognise() == MediaType.PDF
        assert stored(store) == []
        with pytest.raises(Missing):
            await read(store, incoming.digest, len(LARGE))
    assert stored(store) == []


async def test_what_breaks_off_leaves_nothing(store: FileStore) -> None:
    with suppress(ConnectionError):
        async with store.receive() as incoming:
            await incoming.write(PDF)
            raise ConnectionError
    assert stored(store) == []


async def test_what_was_recognised_is_kept_whole(store: FileStore) -> None:
    """To look into a file moves its reader: what goes into the store is all of it."""
    async with store.receive() as incoming:
        await incoming.write(LARGE)
        await incoming.recognise()
        await incoming.keep()
        digest = incoming.digest
    assert await read(store, digest, len(LARGE)) == LARGE


async def test_what_is_not_there_whole_is_missing(store: FileStore) -> None:
    digest = await put(store, PDF)
    with pytest.raises(Missing):
        await read(store, digest, len(PDF) + 1)
    with pytest.raises(Missing):
        await read(store, "0" * 64, 1)


@pytest.mark.parametrize("digest", ["", "../../etc/passwd", "A" * 64, "0" * 63, f"{'0' * 64}\n"])
async def test_nothing_but_a_digest_is_a_key(store: FileStore, digest: str) -> None:
    with pytest.raises(ValueError, match="digest"):
        await read(store, digest, 1)


async def test_two_at_once_are_one(store: FileStore) -> None:
    async with store.receive() as one, store.receive() as other:
        for incoming in (one, other):
            await incoming.write(PDF)
        await one.keep()
        await other.keep()
        assert await read(store, one.digest, len(PDF)) == PDF
    assert len(stored(store)) == 1


def test_the_settings_choose(service: str, tmp_path: Path) -> None:
    assert isinstance(file_store(Settings(data=tmp_path)), FolderStore)
    chosen = file_store(Settings(files_url="s3://bucket/some/prefix", files_endpoint=service))
    assert isinstance(chosen, BucketStore)
    assert isinstance(chosen.bucket, S3Store)
    assert chosen.bucket.prefix == "some/prefix"
    for wrong in ("http://bucket", "s3://", "bucket", "s3:///prefix"):
        with pytest.raises(ValidationError):
            Settings(files_url=wrong)


async def test_a_school_keeps_its_files_in_a_bucket(
    cluster: str, demo_template: tuple[str, Demo], service: str, tmp_path: Path
) -> None:
    """Through the real door: a deputy uploads and publishes, a student fetches, byte by byte the same."""
    _make_bucket(service, "school")
    chosen = {"files_url": "s3://school", "files_endpoint": service, "files_key_id": "key"}
    async for school in copied(cluster, demo_template, Settings(**chosen, files_secret_key=SecretStr("secret"))):
        deputy = {"authorization": f"Bearer {await school.token('deputy')}"}
        response = await school.client.post("/files?name=plan.pdf", content=LARGE, headers=deputy)
        assert response.status_code == 201
        data = await school.data("{ school { currentYear { id } } }", as_="deputy")
        given = {"yearId": data["school"]["currentYear"]["id"], "kind": "CURRICULUM", "title": "План"}
        published = await school.data(
            "mutation($input: PublishDocumentInput!) { publishDocument(input: $input) {"
            " ... on PublishDocumentPayload { document { url } } } }",
            {"input": {**given, "fileId": response.json()["id"]}},
            as_="deputy",
        )
        address = published["publishDocument"]["document"]["url"]
        student = {"authorization": f"Bearer {await school.token('student')}"}
        fetched = await school.client.get(address, headers=student)
        assert (fetched.status_code, fetched.content) == (200, LARGE)
        assert isinstance(school.app.state.files.store, BucketStore)
