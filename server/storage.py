"""Where uploaded files lie, as the settings say: in the data folder, or in a bucket."""

from typing import Any

from obstore.store import S3Store

from documents.files import FileStore, FolderStore
from documents.files_s3 import BucketStore

from .settings import Settings


def file_store(settings: Settings) -> FileStore:
    """The one store of this deployment."""
    if settings.files_url is None:
        return FolderStore(settings.data / "files")
    bucket, _, prefix = settings.files_url.removeprefix("s3://").partition("/")
    options: dict[str, Any] = {"region": settings.files_region}
    if endpoint := settings.files_endpoint:
        options |= {"endpoint": endpoint, "client_options": {"allow_http": endpoint.startswith("http://")}}
    if settings.files_key_id and settings.files_secret_key:
        secret = settings.files_secret_key.get_secret_value()
        options |= {"access_key_id": settings.files_key_id, "secret_access_key": secret}
    return BucketStore(S3Store(bucket, prefix=prefix or None, **options))
