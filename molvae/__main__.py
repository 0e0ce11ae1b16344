"""`python -m molvae`: the command line where the `molvae` script is not on the path."""

from molvae.cli.main import main

if __name__ == "__main__":
    main()
