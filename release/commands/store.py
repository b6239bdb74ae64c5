"""`stocktrading release`: the commands that put a release into the store or fetch it."""

from __future__ import annotations

from release.options import BucketOption, JsonOption, VersionOption


def publish(version: VersionOption, bucket: BucketOption, *, as_json: JsonOption = False) -> None:
    """Put dist/ into the store of releases, once.

    The store has the archive, its bill of materials and its manifest under
    releases/VERSION/. To publish the same bytes again is allowed. To publish
    other bytes under the same version is refused.

    Example: stocktrading release publish --version 3f2c9d1 --bucket stocktrading-artifacts-...
    """
    from release import store
    from release.lookup import s3
    from release.package import DISTRIBUTION
    from release.telling import one_line, tell
    from release.versions import checked

    with one_line("publish"):
        built = store.Built.read(DISTRIBUTION, checked(version))
        put = store.publish(s3(), bucket, built, store.bill_of(DISTRIBUTION, built))
        tell(
            f"{version} is {put} in {bucket}",
            {"version": version, "bucket": bucket, "put": put},
            as_json=as_json,
        )


def fetch(version: VersionOption, bucket: BucketOption, *, as_json: JsonOption = False) -> None:
    """Fetch a release into dist/, from which pulumi up deploys it.

    Example: stocktrading release fetch --version 3f2c9d1 --bucket stocktrading-artifacts-...
    """
    from release import store
    from release.lookup import s3
    from release.package import DISTRIBUTION
    from release.telling import one_line, tell

    with one_line("fetch"):
        store.fetch(s3(), bucket, version, DISTRIBUTION)
        told = {"version": version, "directory": str(DISTRIBUTION)}
        tell(f"{version} is in {DISTRIBUTION}", told, as_json=as_json)
