"""Which molvae this is."""

from importlib import metadata


def version() -> str:
    """The installed version; "unknown" in a source tree that is not installed."""
    try:
        return metadata.version("molvae")
    except metadata.PackageNotFoundError:
        return "unknown"
