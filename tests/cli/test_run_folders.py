from pathlib import Path

from molvae.cli.run_folders import next_run


def test_runs_are_numbered_above_those_that_are_there(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("a-1", "a-7", "b-9"):
        (tmp_path / "runs" / name).mkdir(parents=True)
    runs = Path("runs")
    assert next_run("data/a.csv.gz", runs) == Path("runs/a-8")
    assert next_run(None, runs) == Path("runs/starter-1")
    assert next_run("-", runs) == Path("runs/run-1")
