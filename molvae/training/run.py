"""A run on disk: where its parts are, and which corpus it was made from."""

import json
import os
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from molvae.config import Config
from molvae.data.shards import MANIFEST, Corpus
from molvae.errors import TrainingError
from molvae.files import atomic_path


@dataclass(frozen=True)
class Run:
    """A run folder: `config.toml`, `run.json`, `log.jsonl`, `curves.png`, and models.

    `annotations/` holds computed properties. `best` and `last` are model folders;
    `checkpoints/` is what `--resume` goes on from.
    """

    path: Path

    @property
    def best(self) -> Path:
        """The model with the best validation objective."""
        return self.path / "best"

    @property
    def last(self) -> Path:
        """The model of the last step."""
        return self.path / "last"

    @property
    def annotations(self) -> Path:
        """Where properties that were computed for the training are kept."""
        return self.path / "annotations"

    @property
    def exists(self) -> bool:
        """Whether there is a run in this folder."""
        return (self.path / "config.toml").is_file()

    @property
    def config(self) -> Config:
        """The configuration the run was made with."""
        return Config.load(self.path / "config.toml")

    @property
    def corpus_path(self) -> Path:
        """The folder of the corpus it was made from; raises `TrainingError`."""
        return Path(os.path.normpath(self.path / str(self._facts()["corpus"])))

    @property
    def initial(self) -> Path:
        """A copy of the model that a fine-tuning run started from."""
        return self.path / "initial"

    @property
    def initialized_from(self) -> str | None:
        """What that model was called when the run began, if any; raises `TrainingError`."""
        name = self._facts().get("initialized_from")
        return None if name is None else str(name)

    def prepare(
        self, config: Config, corpus: Corpus, *, initialized_from: str | None = None
    ) -> None:
        """Write `config.toml` and `run.json` before the first step."""
        self.path.mkdir(parents=True, exist_ok=True)
        config.save(self.path / "config.toml")
        facts = {"corpus": _from_to(self.path, corpus.path), "corpus_sha256": _identity(corpus)}
        facts |= {} if initialized_from is None else {"initialized_from": initialized_from}
        with atomic_path(self.path / "run.json") as temporary:
            temporary.write_text(json.dumps(facts, indent=1) + "\n", "utf-8")

    def check_corpus(self, corpus: Corpus) -> None:
        """Raise `TrainingError` unless this is the corpus the run was made from."""
        if self._facts()["corpus_sha256"] != _identity(corpus):
            raise TrainingError(
                f"{corpus.path} is not the corpus {self.path} was trained on; "
                f"resume with {self.corpus_path}"
            )

    def __fspath__(self) -> str:
        return str(self.path)

    def _facts(self) -> dict[str, Any]:
        try:
            facts: dict[str, Any] = json.loads((self.path / "run.json").read_text("utf-8"))
            return facts | {name: facts[name] for name in ("corpus", "corpus_sha256")}
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise TrainingError(f"nothing to resume in {self.path}: it is not a run") from error


def _identity(corpus: Corpus) -> str:
    """A hash of what the corpus was made from, with which settings, and what came out."""
    return sha256((corpus.path / MANIFEST).read_bytes()).hexdigest()


def _from_to(run: Path, corpus: Path) -> str:
    """A relative path, so that a project folder can be moved; absolute across drives."""
    try:
        return Path(os.path.relpath(corpus.resolve(), run.resolve())).as_posix()
    except ValueError:
        return str(corpus.resolve())
