"""Options of the commands that compare molecules with a reference, each declared once."""

import click

reference_option = click.option(
    "--reference",
    metavar="NAME|FILE",
    default="moses",
    show_default=True,
    help="What to compare with: moses, starter, or a file of molecules.",
)

seeds_option = click.option(
    "--seeds",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    metavar="N",
    help="Evaluate a model for so many seeds: mean and standard deviation.",
)

training_option = click.option(
    "--training",
    metavar="FILE",
    help="Molecules that novelty is against [default: the reference's own].",
)

held_out_option = click.option(
    "--held-out",
    metavar="FILE",
    help="Molecules the model has not seen, for its diagnostics [default: its test split].",
)

reference_column_option = click.option(
    "--reference-column",
    metavar="NAME",
    help="Column that holds the SMILES of the other files (reference, training, held-out).",
)
