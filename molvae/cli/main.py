"""The `molvae` command: which commands there are, found and imported when they are called."""

import difflib
import importlib

import click

SECTIONS: dict[str, dict[str, tuple[str, str]]] = {
    "Make a model": {
        "data": ("molvae.cli.data:data", "Data sets: list, fetch, describe."),
        "prepare": ("molvae.cli.prepare:prepare", "Turn molecules into a corpus to train on."),
        "train": ("molvae.cli.train:train", "Train a model on molecules or a corpus."),
        "inspect": ("molvae.cli.inspect:inspect", "What is in a model and how it was trained."),
        "config": ("molvae.cli.config:config", "All settings, their values and meaning."),
    },
    "Use a model": {
        "sample": ("molvae.cli.sample:sample", "Generate new molecules."),
        "encode": ("molvae.cli.latent:encode", "Molecules to latent vectors."),
        "decode": ("molvae.cli.decode:decode", "Latent vectors to molecules."),
        "reconstruct": ("molvae.cli.latent:reconstruct", "Molecules through the model and back."),
        "interpolate": ("molvae.cli.walks:interpolate", "From one molecule to another."),
        "neighbors": ("molvae.cli.walks:neighbors", "Molecules around one."),
        "traverse": ("molvae.cli.directions:traverse", "Along single latent dimensions."),
        "grid": ("molvae.cli.directions:grid", "A map over two latent directions."),
        "resample": ("molvae.cli.walks:resample", "What the model makes of a molecule."),
        "nearest": ("molvae.cli.nearest:nearest", "Training molecules most like others."),
        "anomaly": ("molvae.cli.anomaly:anomaly", "Which molecules the model does not know."),
    },
    "Any molecules": {
        "score": ("molvae.cli.score:score", "Properties of the molecules in a file."),
        "evaluate": ("molvae.cli.evaluate:evaluate", "Metrics of molecules or of a model."),
        "report": ("molvae.cli.report:report", "One HTML page on molecules or a model."),
    },
}


class CommandTable(click.Group):
    """A group whose commands are imported when they are called, not before."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all commands, in the order of their use."""
        return [name for commands in SECTIONS.values() for name in commands]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command `cmd_name`, imported now."""
        for commands in SECTIONS.values():
            if cmd_name in commands:
                module, _, attribute = commands[cmd_name][0].partition(":")
                found = getattr(importlib.import_module(module), attribute)
                assert isinstance(found, click.Command)
                return found
        return None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command called; for an unknown one, wrong usage that names the nearest."""
        known = self.list_commands(ctx)
        if args and args[0] not in known and not args[0].startswith("-"):
            close = difflib.get_close_matches(args[0], known, n=1)
            hint = f"did you mean {close[0]!r}?" if close else f"known are {', '.join(known)}"
            ctx.fail(f"no command {args[0]!r}; {hint}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The commands by what they are for, without importing any."""
        width = max(map(len, self.list_commands(ctx)))
        for title, commands in SECTIONS.items():
            with formatter.section(title):
                formatter.write_dl(
                    [(f"{name:<{width}}", summary) for name, (_, summary) in commands.items()]
                )


def _print_version(ctx: click.Context, parameter: click.Parameter, value: bool) -> None:
    if value:
        import molvae

        click.echo(f"molvae {molvae.__version__}")
        ctx.exit()


@click.command(cls=CommandTable, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_version,
    help="Print the version.",
)
def main() -> None:
    """From a file of SMILES to a trained model to new molecules.

    \b
      molvae train molecules.smi        train on your molecules
      molvae sample -n 1000             1,000 new ones from the newest model
    """
