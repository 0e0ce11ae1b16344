import csv

import numpy as np
import pyarrow as pa
import pytest

from molvae.config import Config
from molvae.data import writer as writing
from molvae.data.shards import Corpus
from molvae.data.writer import CorpusWriter
from molvae.errors import TokenizationError
from molvae.tokenizers.build import build_tokenizer
from molvae.tokenizers.vocabulary import Vocabulary

SCHEMA = pa.schema([pa.field("smiles", pa.string())])
COUNTS = {"read": 0, "kept": 0, "rejected": 0}


def add(writer, smiles, splits):
    rows = pa.record_batch([pa.array(smiles, pa.string())], schema=SCHEMA)
    tokenized = build_tokenizer("atom").tokenize_rows(smiles)
    writer.add(tokenized, rows, np.array(splits, np.uint8))


def test_ids_get_their_final_numbers_at_the_end(tmp_path):
    with CorpusWriter(tmp_path, SCHEMA) as writer:
        add(writer, ["NCC", "OC"], [0, 1])
        add(writer, ["BrC", "F"], [0, 2])
        assert writer.sizes == [2, 1, 1]
        writer.finish(Config(), COUNTS, {"name": "x"})
    corpus = Corpus.load(tmp_path)
    assert corpus.vocabulary.tokens[4:] == ("Br", "C", "F", "N", "O")
    assert corpus["train"].ids.tolist() == [7, 5, 5, 4, 5]
    assert corpus["train"].offsets.tolist() == [0, 3, 5]
    assert corpus["valid"].smiles() == ["OC"]
    assert not list(tmp_path.rglob("*.part"))


def test_row_groups_and_blocks_do_not_show(tmp_path, monkeypatch):
    monkeypatch.setattr(writing, "ROW_GROUP", 3)
    monkeypatch.setattr(writing, "_BLOCK", 4)
    smiles = ["C" * (i + 1) for i in range(10)]
    with CorpusWriter(tmp_path, SCHEMA) as writer:
        for start in range(0, 10, 2):
            add(writer, smiles[start : start + 2], [0, 0])
        writer.finish(Config(), COUNTS, {"name": "x"})
    train = Corpus.load(tmp_path)["train"]
    assert train.smiles() == smiles
    assert train.lengths.tolist() == [len(s) for s in smiles]


def test_wide_vocabulary_takes_wider_ids(tmp_path):
    smiles = [f"[{i}CH4]" for i in range(1, 300)]
    with CorpusWriter(tmp_path, SCHEMA) as writer:
        add(writer, smiles, [0] * len(smiles))
        writer.finish(Config(), COUNTS, {"name": "x"})
    corpus = Corpus.load(tmp_path)
    assert corpus["train"].ids.dtype == np.uint16
    assert corpus.tokenizer.decode(corpus["train"].tokens(200)) == smiles[200]


def test_too_many_tokens(tmp_path, monkeypatch):
    monkeypatch.setattr(writing, "MAX_TOKENS", 2)
    with (
        CorpusWriter(tmp_path, SCHEMA) as writer,
        pytest.raises(TokenizationError, match="more than 2 different tokens"),
    ):
        add(writer, ["CNO"], [0])


def test_rejected_lines_keep_commas_and_lose_length(tmp_path):
    with CorpusWriter(tmp_path, SCHEMA) as writer:
        writer.reject("3", 'a,"b"\n', "why, oh")
        writer.reject("4", "C" * 100_000, "long")
    with (tmp_path / "rejected.csv").open(newline="") as file:
        rows = list(csv.reader(file))
    assert rows[:2] == [["line", "text", "reason"], ["3", 'a,"b"\n', "why, oh"]]
    assert rows[2][1].endswith("C... (100000 characters)")
    assert len(rows[2][1]) < 600


def test_ids_of_a_vocabulary_given_stay(tmp_path):
    known = Vocabulary.from_tokens(["C", "Z"])
    with CorpusWriter(tmp_path, SCHEMA, vocabulary=known) as writer:
        add(writer, ["CNO", "CB"], [0, 0])
        writer.finish(Config(), COUNTS, {"name": "x"})
    corpus = Corpus.load(tmp_path)
    assert corpus.vocabulary.tokens == (*known.tokens, "B", "N", "O")
    written = [corpus.tokenizer.decode(corpus["train"].tokens(row)) for row in range(2)]
    assert written == ["CNO", "CB"]
