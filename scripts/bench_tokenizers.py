"""How many molecules a second the tokenizers split, write, read and join.

    python scripts/bench_tokenizers.py --input moses_train.csv.gz --out tokenizers.json

Each figure is the median of a few rounds in which all measures take turns. `tokenize and
write` is from a list of SMILES to token ids and offsets in files, with the vocabulary
found on the way; every result is checked against the input before anything is timed.
"""

import argparse
import gzip
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from _bench import environment, interleaved, print_table, save

from molvae.parallel import worker_count
from molvae.tokenizers import Tokenizer, Vocabulary, build_tokenizer, fit, tokenizer_kinds

EXAMPLES = (
    "CC(C)(C)C(=O)C(Oc1ccc(Cl)cc1)n1ccnc1",
    "CCCS(=O)c1ccc2[nH]c(=NC(=O)OC)[nH]c2c1",
    "C[C@@H]1CC(Nc2cncc(-c3nncn3C)c2)C[C@@H](C)C1",
    "N#Cc1ccc(-c2ccc(O[C@@H](C(=O)N3CCCC3)c3ccccc3)cc2)cc1",
    "CC(=O)Oc1ccccc1C(=O)[O-]",
)


def main() -> None:
    arguments = _arguments()
    smiles = _read(arguments.input, arguments.limit)
    rows = []
    for kind in arguments.kinds:
        share = smiles[: arguments.selfies_limit] if kind == "selfies" else smiles
        rows += _measure(kind, share, arguments.workers, arguments.rounds)
    machine = environment()
    print(f"{machine['cpu']}, {arguments.workers} of {machine['cores']} cores\n")
    print_table(rows)
    if arguments.out:
        save(arguments.out, rows)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--input", type=Path, help=".smi or .csv (smiles first), also .gz")
    parser.add_argument("--limit", type=int, help="read this many molecules only")
    parser.add_argument("--selfies-limit", type=int, default=20_000)
    parser.add_argument("--kinds", nargs="+", choices=tokenizer_kinds(), default=tokenizer_kinds())
    parser.add_argument("--workers", type=int, default=worker_count())
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--out", type=Path, help="write the figures to this JSON file")
    return parser.parse_args()


def _read(path: Path | None, limit: int | None) -> list[str]:
    if path is None:
        return list(EXAMPLES * ((limit or 100_000) // len(EXAMPLES)))
    data = path.read_bytes()
    text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode()
    smiles = [line.replace(",", " ").split()[0] for line in text.splitlines() if line.strip()]
    header = smiles and smiles[0].lower() in ("smiles", "canonical_smiles")
    return smiles[1:][:limit] if header else smiles[:limit]


def _measure(kind: str, smiles: Sequence[str], workers: int, rounds: int) -> list[dict[str, Any]]:
    tokenizer = fit(smiles, kind, workers=workers)
    encoded = tokenizer.encode_batch(smiles, workers=workers)
    _check(tokenizer, smiles, tokenizer.decode_batch(encoded, workers=workers))
    single = smiles[:10_000]
    with tempfile.TemporaryDirectory() as folder:
        measures: dict[str, tuple[int, Callable[[], object]]] = {
            "tokenize and write": (
                len(smiles),
                lambda: _tokenize_and_write(tokenizer, smiles, Path(folder), workers),
            ),
            "encode_batch": (len(smiles), lambda: tokenizer.encode_batch(smiles, workers=workers)),
            "decode_batch": (len(smiles), lambda: tokenizer.decode_batch(encoded, workers=workers)),
            "encode, one by one": (len(single), lambda: [tokenizer.encode(s) for s in single]),
        }
        seconds = interleaved({name: _timed(run) for name, (_, run) in measures.items()}, rounds)
    return [
        {
            "kind": kind,
            "measure": name,
            "molecules": count,
            "seconds": seconds[name],
            "molecules_per_second": count / seconds[name],
            "tokens": len(tokenizer.vocabulary),
        }
        for name, (count, _) in measures.items()
    ]


def _tokenize_and_write(
    tokenizer: Tokenizer, smiles: Sequence[str], folder: Path, workers: int
) -> None:
    tokenized = build_tokenizer(tokenizer.kind).tokenize_batch(smiles, workers=workers)
    vocabulary = Vocabulary.from_tokens(tokenized.tokens)
    encoded = tokenized.encode(vocabulary)
    encoded.ids.tofile(folder / "ids.bin")
    encoded.offsets.tofile(folder / "offsets.bin")
    vocabulary.save(folder / "vocabulary.json")


def _check(tokenizer: Tokenizer, smiles: Sequence[str], decoded: Sequence[str]) -> None:
    if tokenizer.kind != "selfies" and list(decoded) != list(smiles):
        raise SystemExit(f"the {tokenizer.kind} tokenizer does not give its input back")


def _timed(run: Callable[[], object]) -> Callable[[], float]:
    def measure() -> float:
        started_at = time.perf_counter()
        run()
        return time.perf_counter() - started_at

    return measure


if __name__ == "__main__":
    main()
