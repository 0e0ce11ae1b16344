import subprocess
import sys

import pytest

import molvae


@pytest.mark.parametrize("name", molvae.__all__)
def test_public_names_are_found_when_used(name):
    assert getattr(molvae, name) is not None
    assert name in dir(molvae)


def test_unknown_names_are_attribute_errors():
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = molvae.nothing


def test_import_loads_nothing_heavy():
    code = "import molvae, sys; assert not {'torch', 'rdkit', 'pydantic'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_functions_are_not_their_modules():
    assert callable(molvae.prepare)
    assert callable(molvae.train)
