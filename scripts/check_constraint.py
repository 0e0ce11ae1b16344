"""Whether constrained decoding lets every molecule of a file be written.

    python scripts/check_constraint.py test.csv.gz zinc250k.smi.gz qm9.csv.gz

Each string is written token by token with a vocabulary made of the file itself; the first
token that the constraint would mask is a failure. Strings that are no molecules are left out.
"""

import argparse
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from _bench import print_table, save

from molvae.chem import canonicalize
from molvae.chem.validators import is_valid
from molvae.data.readers import read_records
from molvae.generation.constraint import constraint_for
from molvae.parallel import chunked, ordered_map
from molvae.tokenizers import EOS, PAD, fit

CHUNK = 5_000
BATCH = 2_000
SHOWN = 20


class Failure(NamedTuple):
    """Where a molecule was masked."""

    smiles: str
    position: int


def main() -> None:
    arguments = _arguments()
    rows = []
    for source in arguments.sources:
        started_at = time.perf_counter()
        smiles = _molecules(source, arguments)
        failures = masked(smiles, arguments.tokenizer, tight=arguments.tight)
        rows.append(
            {
                "file": source.name,
                "tokenizer": arguments.tokenizer,
                "molecules": len(smiles),
                "failed": len(failures),
                "seconds": time.perf_counter() - started_at,
            }
        )
        for failure in failures[:SHOWN]:
            print(f"masked at token {failure.position}: {failure.smiles}")
    print_table(rows)
    if arguments.out:
        save(arguments.out, rows)
    raise SystemExit(any(row["failed"] for row in rows))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("sources", nargs="+", type=Path)
    parser.add_argument("--tokenizer", choices=("atom", "char"), default="atom")
    parser.add_argument("--as-written", action="store_true", help="do not canonicalize")
    parser.add_argument("--tight", action="store_true", help="leave no token to spare")
    parser.add_argument("--every", type=int, default=1, help="take one molecule in so many")
    parser.add_argument("--out", type=Path, help="write the figures to this JSON file")
    return parser.parse_args()


def _molecules(source: Path, arguments: argparse.Namespace) -> list[str]:
    texts = [record.smiles for record in read_records(source) if record.smiles]
    texts = texts[:: arguments.every]
    task = _valid if arguments.as_written else _canonical
    return [text for part in ordered_map(task, chunked(texts, CHUNK)) for text in part]


def _valid(smiles: Sequence[str]) -> list[str]:
    return [text for text in smiles if is_valid(text)]


def _canonical(smiles: Sequence[str]) -> list[str]:
    return [canonicalize(text) for text in _valid(smiles)]


def masked(smiles: Sequence[str], tokenizer_kind: str, *, tight: bool) -> list[Failure]:
    """The molecules that cannot be written, each with the token that is masked first."""
    tokenizer = fit(smiles, tokenizer_kind)
    constraint = constraint_for(tokenizer)
    if constraint is None:
        raise SystemExit(f"{tokenizer_kind} tokens have no constraint")
    encoded = tokenizer.encode_batch(smiles, workers=1)
    order = np.argsort(encoded.lengths, kind="stable")
    longest = int(encoded.lengths.max(initial=0))
    failures: list[Failure] = []
    for rows in _batches(order, encoded.lengths, same_length=tight):
        ids = _padded([encoded[int(row)] for row in rows])
        limit = ids.shape[1] if tight else longest + 1
        rules = constraint.start(len(rows), limit)
        first = np.full(len(rows), -1)
        for position, tokens in enumerate(ids.T):
            legal = rules.legal(torch.from_numpy(tokens)).numpy()
            wrong = ~legal & (tokens != PAD) & (first < 0)
            first[wrong] = position
            rules.advance(torch.from_numpy(tokens))
        failures += [
            Failure(smiles[int(row)], int(place))
            for row, place in zip(rows, first, strict=True)
            if place >= 0
        ]
    return failures


def _batches(order: Any, lengths: Any, *, same_length: bool) -> list[Any]:
    if not same_length:
        return [order[start : start + BATCH] for start in range(0, len(order), BATCH)]
    starts = np.flatnonzero(np.diff(lengths[order], prepend=-1))
    return list(np.split(order, starts[1:]))


def _padded(rows: Sequence[Any]) -> Any:
    """(rows, longest + 1) ids, an end token after each."""
    width = max(map(len, rows)) + 1
    ids = np.full((len(rows), width), PAD, dtype=np.int64)
    for place, row in enumerate(rows):
        ids[place, : len(row)] = row
        ids[place, len(row)] = EOS
    return ids


if __name__ == "__main__":
    main()
