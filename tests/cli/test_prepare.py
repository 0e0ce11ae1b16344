import json

from molvae.data.shards import Corpus


def test_counts_are_printed_and_everything_is_accounted_for(run, tmp_path, molecules):
    (tmp_path / "more.smi").write_text("C1CC\nCCO\nCCO\n")
    result = run("prepare", str(molecules), "more.smi", "--out", "c", "--json", "--workers", "1")
    assert result.exit_code == 0, result.stderr
    counts = json.loads(result.stdout)["counts"]
    assert counts["read"] == counts["kept"] + counts["rejected"] == 93
    assert Corpus.load(tmp_path / "c").counts == counts


def test_people_see_counts_by_split_and_reason(run, molecules):
    text = run("prepare", str(molecules), "--out", "c").stdout
    assert "90 (train" in text
    assert "rejected" in text


def test_settings_reach_the_corpus(run, tmp_path):
    setting = ("--set", "tokenizer.kind=char", "--set", "data.max_heavy_atoms=3")
    result = run("prepare", "-", "--out", "c", *setting, stdin="CCO\nCCCCO\nC\n")
    assert result.exit_code == 0, result.stderr
    corpus = Corpus.load(tmp_path / "c")
    assert (corpus.tokenizer.kind, corpus.counts["kept"]) == ("char", 2)


def test_an_existing_folder_is_left_alone_unless_told(run, molecules):
    assert run("prepare", str(molecules), "--out", "c").exit_code == 0
    again = run("prepare", str(molecules), "--out", "c")
    assert (again.exit_code, "exists already" in again.stderr) == (1, True)
    assert run("prepare", str(molecules), "--out", "c", "--overwrite").exit_code == 0


def test_nothing_is_left_behind_when_nothing_is_kept(run, tmp_path):
    result = run("prepare", "-", "--out", "c", stdin="C1CC\nxyz\n")
    assert result.exit_code == 1
    assert "line 1" in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_out_is_needed(run):
    assert run("prepare", "a.smi").exit_code == 2


def test_overwrite_deletes_no_folder_of_other_things(run, tmp_path, molecules):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").touch()
    result = run("prepare", str(molecules), "--out", "mine", "--overwrite")
    assert (result.exit_code, "is not a corpus" in result.stderr) == (1, True)
    assert (tmp_path / "mine" / "thesis.txt").exists()


def test_a_corpus_for_going_on_with_a_model(run, trained, tmp_path):
    """Kind of tokens, limits and ids are the model's; a preset would contradict it."""
    known = Corpus.load(trained / "corpus").vocabulary
    smiles = "".join(f"OB(O){'C' * length}O\n" for length in range(1, 30))
    result = run("prepare", "-", "--init", str(trained), "--out", "c", stdin=smiles)
    assert result.exit_code == 0, result.stderr
    corpus = Corpus.load(tmp_path / "c")
    assert corpus.tokenizer.kind == "selfies"
    assert corpus.vocabulary.tokens[: len(known)] == known.tokens
    assert len(corpus.vocabulary) > len(known)
    assert corpus.counts["rejected_by"] == {"too many tokens": corpus.counts["rejected"]}
    both = run("prepare", "-", "--init", str(trained), "--preset", "small", "--out", "d")
    assert (both.exit_code, "give no --preset" in both.stderr) == (2, True)
