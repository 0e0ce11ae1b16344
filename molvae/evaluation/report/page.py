"""The whole page: its head, its list of contents, and its sections, with all it needs inside."""

from collections.abc import Sequence
from datetime import date
from importlib import resources
from string import Template

from molvae.evaluation.report.data import ReportData
from molvae.evaluation.report.html import Section, text
from molvae.evaluation.report.sections.latent import latent_section
from molvae.evaluation.report.sections.metrics import headlines, numbers_missing, suite_section
from molvae.evaluation.report.sections.molecules import molecules_section, neighbors_section
from molvae.evaluation.report.sections.properties import properties_section
from molvae.evaluation.report.sections.protocol import protocol_section
from molvae.evaluation.report.sections.training import training_section
from molvae.version import version


def render_page(data: ReportData, *, made_on: date | None = None) -> str:
    """The page of `data` as HTML that needs no network; `made_on` is today if not said."""
    sections = page_sections(data)
    day = made_on or date.today()
    return Template(_resource("page.html")).substitute(
        title=text(data.title),
        style=_resource("report.css"),
        facts=_facts(data),
        headlines=headlines(data) + numbers_missing(data),
        contents="".join(f'<a href="#{one.anchor}">{text(one.title)}</a>' for one in sections),
        sections="".join(map(_render, sections)),
        foot=f"Written by molvae {text(version())} on {day.isoformat()}.",
    )


def page_sections(data: ReportData) -> list[Section]:
    """The sections there is something to show in, in their order."""
    candidates: Sequence[Section | None] = (
        suite_section(data, "moses"),
        suite_section(data, "guacamol"),
        training_section(data),
        properties_section(data),
        molecules_section(data),
        neighbors_section(data),
        suite_section(data, "latent"),
        latent_section(data),
        protocol_section(data),
    )
    return [section for section in candidates if section is not None]


def _render(section: Section) -> str:
    return (
        f'<section id="{section.anchor}"><h2><a href="#{section.anchor}">'
        f"{text(section.title)}</a></h2>{section.body}</section>"
    )


def _facts(data: ReportData) -> str:
    items = (f"<div><dt>{text(k)}</dt><dd>{text(v)}</dd></div>" for k, v in data.facts.items())
    return f'<dl class="about">{"".join(items)}</dl>'


def _resource(name: str) -> str:
    folder = resources.files("molvae").joinpath("resources", "report")
    return folder.joinpath(name).read_text("utf-8")
