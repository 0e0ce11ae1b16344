import csv
import gzip
import io
import os
import random
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from molvae.config import Config
from molvae.data import prepare as preparing
from molvae.data.prepare import prepare
from molvae.data.readers import read_records
from molvae.errors import InputError, MolvaeError, OutputError

EXAMPLES = Path(__file__).parents[2] / "data" / "examples"
SPREAD = ["data.valid_fraction=0.3", "data.test_fraction=0.3"]


def config(*assignments):
    return Config().override(assignments)


def every_file(folder):
    return {
        path.relative_to(folder): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_every_line_of_a_messy_file_is_accounted_for(tmp_path):
    corpus = prepare(EXAMPLES / "messy.csv", tmp_path / "corpus", workers=1)
    counts, rejected = corpus.counts, corpus.rejected()
    assert counts["read"] == 32
    assert counts["read"] == counts["kept"] + counts["rejected"]
    assert counts["kept"] == len(corpus) == sum(counts["splits"].values())
    assert counts["rejected"] == len(rejected) == sum(counts["rejected_by"].values())
    assert (
        dict(zip(rejected["line"], rejected["reason"], strict=True)).items()
        >= {
            "13": "row of 1 field under a header of 3 fields",
            "18": "no SMILES on this line",
            "23": "duplicate of line 20",
            "25": "row of 4 fields under a header of 3 fields",
        }.items()
    )
    assert rejected["reason"].str.len().gt(0).all()
    assert rejected["line"].astype(int).is_monotonic_increasing


def test_same_bytes_for_any_number_of_workers(tmp_path, monkeypatch):
    monkeypatch.setattr(preparing, "CHUNK", 11)
    lines = [record.smiles for record in read_records(EXAMPLES / "leads.smi")]
    lines += ["junk", *lines[5:25], "[Na+].[Cl-]", "OCC", "CCO"]
    random.Random(0).shuffle(lines)
    settings = config(*SPREAD, 'data.properties=["logp"]', "data.split=scaffold")
    one = prepare(lines, tmp_path / "one", settings, workers=1)
    two = prepare(lines, tmp_path / "two", settings, workers=2)
    assert one.counts["duplicates"] == 21
    assert every_file(one.path) == every_file(two.path)


def test_chunks_do_not_show_in_what_is_kept(tmp_path, monkeypatch):
    whole = prepare(EXAMPLES / "messy.csv", tmp_path / "whole", workers=1)
    monkeypatch.setattr(preparing, "CHUNK", 3)
    pieces = prepare(EXAMPLES / "messy.csv", tmp_path / "pieces", workers=1)
    for name in ("train", "valid", "test"):
        assert pieces[name].ids.tolist() == whole[name].ids.tolist()
    assert pieces.rejected().equals(whole.rejected())
    assert pieces.source == whole.source


def test_compressed_and_standard_input_give_the_same_corpus(tmp_path, monkeypatch):
    text = (EXAMPLES / "leads.smi").read_bytes()
    (tmp_path / "a.smi.gz").write_bytes(gzip.compress(text))
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text)))
    plain = prepare(EXAMPLES / "leads.smi", tmp_path / "plain", workers=1)
    squeezed = prepare(tmp_path / "a.smi.gz", tmp_path / "squeezed", workers=1)
    piped = prepare("-", tmp_path / "piped", workers=1)
    assert plain.source["sha256"] == squeezed.source["sha256"] == piped.source["sha256"]
    assert plain["train"].ids.tolist() == squeezed["train"].ids.tolist()
    assert plain["train"].ids.tolist() == piped["train"].ids.tolist()
    assert piped.source["name"] == "standard input"


def test_molecule_does_not_move_when_the_file_changes(tmp_path):
    lines = [record.smiles for record in read_records(EXAMPLES / "leads.smi")]
    first = prepare(lines, tmp_path / "a", config(*SPREAD), workers=1)
    second = prepare(lines[10:][::-1], tmp_path / "b", config(*SPREAD), workers=1)
    for name in ("train", "valid", "test"):
        assert set(second[name].smiles()) <= set(first[name].smiles())


def test_several_files(tmp_path):
    (tmp_path / "a.smi").write_text("CCO\nx\n")
    (tmp_path / "b.csv").write_text("smiles\nOCC\nCCN\n")
    corpus = prepare([tmp_path / "a.smi", tmp_path / "b.csv"], tmp_path / "corpus", workers=1)
    assert corpus.source["name"] == "a.smi, b.csv"
    assert corpus.rejected()[["line", "reason"]].to_numpy().tolist() == [
        ["a.smi:2", "'x' at character 0 is not part of SMILES"],
        ["b.csv:2", "duplicate of line a.smi:1"],
    ]


@pytest.mark.parametrize("kind", ["atom", "char", "selfies"])
def test_every_tokenizer(tmp_path, kind):
    corpus = prepare(
        EXAMPLES / "leads.smi", tmp_path / kind, config(f"tokenizer.kind={kind}"), workers=1
    )
    assert corpus.tokenizer.kind == kind
    assert corpus.counts["kept"] == 48
    train = corpus["train"]
    decoded = [corpus.tokenizer.decode(train.tokens(row)) for row in range(5)]
    again = prepare(decoded, tmp_path / "again", config("data.valid_fraction=0"), workers=1)
    assert set(again["train"].smiles()) | set(again["test"].smiles()) == set(train.smiles()[:5])


def test_progress_counts_all_records(tmp_path, monkeypatch):
    monkeypatch.setattr(preparing, "CHUNK", 20)
    seen = []
    prepare(EXAMPLES / "leads.smi", tmp_path / "corpus", workers=1, progress=seen.append)
    assert seen == [20, 40, 48]


def test_nothing_kept_says_why_and_leaves_nothing(tmp_path):
    with pytest.raises(InputError, match=r"no molecule of the list.*2 were read: line 1: .*line 2"):
        prepare(["x", ""], tmp_path / "out" / "corpus", workers=1)
    assert not list((tmp_path / "out").iterdir())


@pytest.mark.parametrize(
    ("name", "data", "options", "message"),
    [
        ("none.smi", None, {}, "there is no file"),
        ("m.csv", b"", {}, "is empty"),
        ("m.csv", b"a,b\n1,2\n", {}, "name one of a, b"),
        ("m.csv", b"a,b\n1,2\n", {"column": "c"}, "columns are a, b"),
        ("m.smi", b"\x00\x01", {}, "not a text file"),
        ("m.smi.gz", gzip.compress(os.urandom(20_000))[:9_000], {}, "truncated"),
        ("m.parquet", b"PAR1", {}, "not a readable Parquet file"),
    ],
)
def test_bad_input_is_one_line_and_makes_no_folder(tmp_path, name, data, options, message):
    if data is not None:
        (tmp_path / name).write_bytes(data)
    with pytest.raises(InputError, match=message) as raised:
        prepare(tmp_path / name, tmp_path / "out" / "corpus", workers=1, **options)
    assert "\n" not in str(raised.value)
    assert not (tmp_path / "out").exists()


def test_truncated_input_leaves_nothing_half_written(tmp_path):
    random_lines = "".join(f"{'C' * (i % 9 + 1)} {i * 7919 % 10007}\n" for i in range(30_000))
    (tmp_path / "m.smi.gz").write_bytes(gzip.compress(random_lines.encode())[:-500])
    with pytest.raises(InputError, match="truncated"):
        prepare(tmp_path / "m.smi.gz", tmp_path / "out" / "corpus", workers=1)
    assert not list((tmp_path / "out").iterdir())


def test_existing_corpus_is_kept_unless_asked(tmp_path):
    first = prepare(["CCO", "CCN"], tmp_path / "corpus", workers=1)
    before = every_file(first.path)
    with pytest.raises(OutputError, match="exists already"):
        prepare(["C"], tmp_path / "corpus", workers=1)
    with pytest.raises(InputError):
        prepare(["x"], tmp_path / "corpus", workers=1, overwrite=True)
    assert every_file(tmp_path / "corpus") == before
    assert len(prepare(["C"], tmp_path / "corpus", workers=1, overwrite=True)) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["corpus"]


def test_overwriting_replaces_a_corpus_or_an_empty_folder_alone(tmp_path):
    (tmp_path / "empty").mkdir()
    assert len(prepare(["C"], tmp_path / "empty", workers=1, overwrite=True)) == 1
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    (tmp_path / "file").write_text("more work")
    before = every_file(tmp_path)
    for name in ("mine", "file"):
        with pytest.raises(OutputError, match="is not a corpus"):
            prepare(["C"], tmp_path / name, workers=1, overwrite=True)
    assert every_file(tmp_path) == before


@pytest.mark.parametrize("several", [False, True])
def test_overwriting_never_deletes_the_input(tmp_path, monkeypatch, several):
    monkeypatch.chdir(tmp_path)
    prepare(["C"], "corpus", workers=1)
    inside = Path("corpus", "molecules.smi")
    inside.write_text("CCO\n")
    with pytest.raises(OutputError, match=r"molecules\.smi lies inside"):
        source = [inside] if several else str(inside)
        prepare(source, tmp_path / "corpus", workers=1, overwrite=True)
    assert inside.read_text() == "CCO\n"


def test_full_disk_is_one_error_and_leaves_nothing(tmp_path):
    resource = pytest.importorskip("resource", reason="limits on files are for Unix")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (300, limits[1]))
    try:
        with pytest.raises(OutputError, match="cannot write"):
            prepare(EXAMPLES / "leads.smi", tmp_path / "corpus", workers=1)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert not list(tmp_path.iterdir())


def test_absurd_molecules_are_rejected(tmp_path):
    lines = [
        "C" * 100_000,
        "CCO",
        "[" * 4000,
        "C1" * 2000,
        "CCN\N{GREEK SMALL LETTER BETA}",
        "\ud800",
    ]
    corpus = prepare(lines, tmp_path / "corpus", workers=1)
    assert corpus.counts["kept"] == 1
    assert corpus.rejected()["text"].str.len().max() < 600


def test_carriage_returns_break_no_rows_of_what_is_rejected(tmp_path):
    (tmp_path / "m.csv").write_bytes(b'n,smiles\r\n0,CCO\r\n1,"0\r0"\r\n')
    corpus = prepare(tmp_path / "m.csv", tmp_path / "corpus", workers=1)
    assert corpus.rejected()[["line", "text"]].to_numpy().tolist() == [["3", "0\n0"]]


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40
)
@given(
    st.lists(
        st.sampled_from(["CCO", "OCC", "C.Cl", "c1cc", '"CC', "é", "", "[13CH4]", "C,C", "[Fe]"])
        | st.text(max_size=12),
        max_size=12,
    )
)
def test_kept_and_rejected_are_all_that_was_read(tmp_path, cells):
    path, out = tmp_path / "m.csv", tmp_path / "corpus"
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["n", "smiles"])
        rows.writerows(enumerate(cells))
    try:
        corpus = prepare(path, out, workers=1, overwrite=True)
    except MolvaeError as error:
        assert "\n" not in str(error)
        return
    assert corpus.counts["read"] >= len(cells)
    assert corpus.counts["read"] == len(corpus) + len(corpus.rejected())
