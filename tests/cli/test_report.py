import pytest


@pytest.fixture
def files(tmp_path, monkeypatch):
    monkeypatch.setenv("MOLVAE_CACHE", str(tmp_path / "cache"))
    (tmp_path / "known.smi").write_text("CCO\nc1ccccc1\nCC(=O)O\nc1ccc2ccccc2c1\nCCN\n")
    (tmp_path / "raw.smi").write_text("CCO\nnonsense\nCCCO\nc1ccccc1O\n")
    return ("--reference", "known.smi", "--workers", "1")


def test_a_page_about_a_file(run, files, tmp_path):
    result = run("report", "raw.smi", *files)
    assert result.exit_code == 0, result.stderr
    page = (tmp_path / "raw.html").read_text()
    assert page.startswith("<!DOCTYPE html>")
    assert "75" in page
    assert "wrote raw.html" in result.stderr


def test_a_page_about_a_run_lies_in_the_run(run, files, trained):
    result = run("report", str(trained), *files, "-n", "30", "--json")
    assert result.exit_code == 0, result.stderr
    assert (trained / "report.html").stat().st_size < 5e6


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("missing.smi",), "missing.smi"),
        (("raw.smi", "--out", "page.pdf"), "end the name in .html"),
        (("raw.smi", "--color", "prettiness"), "prettiness"),
        (("raw.smi", "--reference", "nowhere.smi"), "nowhere.smi"),
    ],
)
def test_a_mistake_is_one_line(run, files, arguments, message):
    result = run("report", *arguments)
    assert result.exit_code == 1
    assert result.stderr.count("\n") == 1
    assert message in result.stderr
