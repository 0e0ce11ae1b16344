"""One self-contained page about a model or a file of molecules: numbers, plots, molecules."""
