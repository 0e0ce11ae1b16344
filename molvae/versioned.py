"""Reading the JSON files that say what they are and of which version: models, corpora, results."""

import json
from pathlib import Path
from typing import Any

from molvae.errors import MolvaeError


def read_versioned(
    path: Path, *, name: str, version: int, what: str, error: type[MolvaeError]
) -> dict[str, Any]:
    """The object in the file `path`, whose `format` is `name` and whose `version` is `version`.

    Raises `error`, whose message calls the contents `what`, such as "a molvae model".
    """
    try:
        content = json.loads(path.read_text("utf-8"))
    except OSError as problem:
        reason = (problem.strerror or str(problem)).lower()
        raise error(f"cannot read {path}: {reason}") from problem
    except (ValueError, RecursionError) as problem:
        raise error(f"{path} is damaged: it is not JSON ({problem})") from problem
    if not isinstance(content, dict) or content.get("format") != name:
        raise error(f"{path} is not {what}: it does not say {name!r}")
    if content.get("version") != version:
        raise error(
            f"{path} has format version {content.get('version')!r}; this molvae reads "
            f"version {version} of {what}: make it again, or use another molvae"
        )
    return content
