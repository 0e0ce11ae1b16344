"""The whole page: of a run, of a file, and of what has little to show."""

import json
import math
import re
import shutil
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser

import pytest

from molvae.data.shards import Corpus
from molvae.errors import ConfigError, OutputError
from molvae.evaluation.report import write
from molvae.evaluation.report.collect import collect
from molvae.evaluation.report.page import render_page
from molvae.evaluation.report.write import saved_model, write_report
from molvae.evaluation.result import Evaluation

VOID = {"meta", "path", "circle"}


class Checker(HTMLParser):
    """Sees that tags close in order, anchors lead somewhere, and nothing comes from outside."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.tags: list[str] = []

    def handle_starttag(self, tag, attrs):
        named = dict(attrs)
        self.tags.append(tag)
        self.ids += [named["id"]] if "id" in named else []
        self.links += [named["href"]] if "href" in named else []
        assert "src" not in named
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)


def checked(page: str) -> Checker:
    checker = Checker()
    checker.feed(page)
    checker.close()
    assert checker.open == []
    assert len(set(checker.ids)) == len(checker.ids)
    assert all(link.startswith("#") for link in checker.links)
    assert {link[1:] for link in checker.links} <= set(checker.ids)
    assert not re.search(r"@import|url\(|https?://(?!www\.w3\.org/2000/svg)", page)
    assert "script" not in checker.tags
    assert not re.search(r"\bnan\b|\$[a-z]", page)
    return checker


@pytest.fixture(scope="module")
def page(chain_run, evaluation, tmp_path_factory) -> str:
    path = tmp_path_factory.mktemp("page") / "report.html"
    assert write_report(chain_run, path, evaluation=evaluation, workers=1) is evaluation
    return path.read_text("utf-8")


def test_the_page_of_a_run_has_every_part(page, chain_run):
    ids = checked(page).ids
    sections = ["moses", "training", "properties", "molecules", "neighbors", "latent"]
    assert [name for name in ids if name in {*sections, "latent-space", "protocol"}] == [
        *sections,
        "latent-space",
        "protocol",
    ]
    count = len(Corpus.load(chain_run.parent / "corpus")["train"])
    assert f"{count} training molecules" in page
    assert "Not on this page" not in page
    assert len(page) < 1_000_000


def test_what_a_molecule_is_called_cannot_break_the_page(page):
    assert "<training>" not in page
    assert "<a> molecule" not in page


def test_every_chart_and_structure_is_described(page):
    pictures = re.findall(r"<svg[^>]*>", page)
    assert len(pictures) > 20
    assert all('role="img"' in one and 'aria-label="' in one for one in pictures)


def test_every_figure_says_of_how_many(page):
    captions = re.findall(
        r'<figure class="figure[^>]*>.*?<figcaption>(.*?)</figcaption>', page, re.S
    )
    assert len(captions) == 7
    assert all(re.search(r"\d", caption) for caption in captions)


def test_the_page_of_a_file(evaluation, tmp_path):
    of_file = replace(
        evaluation, source="drawn.smi", diagnostics=None, suites={"moses": {"valid": 1}}
    )
    write_report(["CCO"], tmp_path / "report.html", evaluation=of_file, workers=1)
    ids = checked((tmp_path / "report.html").read_text("utf-8")).ids
    assert "molecules" in ids
    assert not {"latent-space", "training", "latent"} & set(ids)


def test_what_is_missing_is_said(chain_run, evaluation, tmp_path):
    model = shutil.copytree(chain_run / "best", tmp_path / "model")
    bare = replace(evaluation, molecules=None, reference=None, diagnostics=None)
    write_report(model, tmp_path / "report.html", evaluation=bare)
    page = (tmp_path / "report.html").read_text("utf-8")
    checked(page)
    assert "<b>Training</b>: there is no log.jsonl beside model." in page
    assert "<b>Latent space</b>: the latent vectors were not kept" in page
    assert "<b>Properties, molecules and neighbors</b>: the molecules were not kept" in page


def test_an_evaluation_without_anything():
    nothing = Evaluation(source="empty.smi", suites={"moses": {"valid": math.nan}})
    checked(render_page(collect(nothing)))
    assert "Nothing was measured" in render_page(collect(replace(nothing, suites={})))


def test_same_data_same_page(evaluation):
    first, second = (
        render_page(collect(evaluation, workers=1), made_on=date(2026, 1, 2)) for _ in range(2)
    )
    assert first == second
    assert "2026-01-02" in first


def test_the_page_agrees_with_the_saved_numbers(page, evaluation, tmp_path):
    evaluation.save(tmp_path / "metrics.json")
    for name, value in json.loads((tmp_path / "metrics.json").read_text())["moses"].items():
        if value is not None:
            row = re.search(rf'<tr id="moses-{name.replace("/", "-")}">.*?</tr>', page, re.S)
            assert f"{value:.4f}" in row.group()


def test_an_evaluation_is_made_where_none_is_given(chain_run, evaluation, monkeypatch, tmp_path):
    asked = {}

    def stand_in(source, **options):
        asked.update(options, source=source)
        return evaluation

    monkeypatch.setattr(write, "evaluate", stand_in)
    write_report(chain_run, tmp_path / "a.html", n=500, seeds=2, reference="starter", workers=1)
    assert asked["source"].path == chain_run / "best"
    assert (asked["n"], asked["seeds"], asked["reference"]) == (500, 2, "starter")
    assert asked["suite"] == "all"


def test_mistakes_are_told_before_the_work(monkeypatch, tmp_path):
    monkeypatch.setattr(write, "evaluate", None)
    with pytest.raises(ConfigError, match="did you mean 'logp'"):
        write_report(["CCO"], tmp_path / "a.html", color="logpp")
    with pytest.raises(OutputError, match="it is a folder"):
        write_report(["CCO"], tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_models_and_molecules_are_told_apart(chain_run, generator, tmp_path):
    assert saved_model(chain_run).path == chain_run / "best"
    assert saved_model(generator) is generator.saved
    assert saved_model(generator.saved) is generator.saved
    (tmp_path / "some.smi").write_text("CCO\n")
    for source in (["CCO"], tmp_path / "some.smi", "-"):
        assert saved_model(source) is None
