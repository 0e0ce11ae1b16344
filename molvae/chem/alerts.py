"""The structural alerts that ship with molvae, matched quickly.

Trying 500 substructure queries on a molecule takes milliseconds. Almost all of them fail
for want of a single atom: one that has, say, a nitrogen with two hydrogens and an aromatic
neighbor. So each query is first compared with the molecule's atoms and their neighbors
(`screen`), whose kinds repeat from molecule to molecule and are looked up, and only the
queries with a place for each of their atoms are matched by RDKit.
"""

import csv
import functools
from dataclasses import dataclass
from importlib import resources

from rdkit import Chem

from molvae.chem.molecule import Mol
from molvae.chem.screen import Screen
from molvae.chem.surroundings import Surroundings
from molvae.errors import ConfigError

ALERT_SETS = ("pains", "mcf")


@dataclass(frozen=True)
class Alert:
    """A named substructure; its SMARTS may write hydrogens as atoms."""

    name: str
    query: Mol


class AlertSet:
    """Alerts in the order of their file, with the screen that spares most matches."""

    def __init__(self, alerts: tuple[Alert, ...]) -> None:
        self.alerts = alerts
        self._screen = Screen([alert.query for alert in alerts], hydrogens=True)
        # Hydrogens as counts, not atoms: the same matches, without trying each hydrogen
        # of each methyl group in each order, which takes seconds for two tert-butyls.
        self.queries = [Chem.MergeQueryHs(alert.query) for alert in alerts]

    def first(self, mol: Mol, known: Surroundings | None = None) -> str | None:
        """Name of the first alert that `mol`, whose surroundings may be `known`, contains."""
        candidates = self._screen.candidates(mol, known)
        if not candidates:
            return None
        with_hydrogens = Chem.AddHs(mol)
        for index in candidates:
            if with_hydrogens.HasSubstructMatch(self.queries[index]):
                return self.alerts[index].name
        return None


@functools.cache
def alerts_of(names: tuple[str, ...]) -> AlertSet:
    """The shipped sets `names`, one after the other; raises `ConfigError` for an unknown one."""
    return AlertSet(tuple(alert for name in names for alert in _read_set(name)))


def _read_set(name: str) -> list[Alert]:
    if name not in ALERT_SETS:
        raise ConfigError(f"unknown alert set {name!r}; known are {', '.join(ALERT_SETS)}")
    path = resources.files("molvae") / "resources" / "alerts" / f"{name}.csv"
    rows = csv.DictReader(path.read_text("utf-8").splitlines())
    return [Alert(row["name"], Chem.MolFromSmarts(row["smarts"])) for row in rows]
