"""Fetches the job's archive from the code bucket with the application's own role."""

import zipfile
from io import BytesIO
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from local.clients import AwsClient
from local.errors import LocalError
from local.flink.application import Code


def fetch(s3: AwsClient, code: Code, directory: Path) -> Path:
    """Unpack the archive into a new directory and give that directory.

    `s3` signs with the application's role, so the role's permissions apply. Raises `LocalError` if
    the object can't be read or isn't a zip archive.
    """
    place = f"s3://{code.bucket}/{code.key}"
    version = {"VersionId": code.object_version} if code.object_version else {}
    try:
        answer = s3.get_object(Bucket=code.bucket, Key=code.key, **version)
        archive = zipfile.ZipFile(BytesIO(answer["Body"].read()))
    except (ClientError, BotoCoreError) as error:
        message = f"the application's role can't read its code {place}: {error}"
        raise LocalError(message) from error
    except zipfile.BadZipFile as error:
        message = f"the application's code {place} is no zip archive: {error}"
        raise LocalError(message) from error
    with archive:
        archive.extractall(directory)
    return directory
