"""Every kind of broken file is refused with its name and all that is wrong, and with no cell of any row."""

import pytest
from records_broken_files import BROKEN
from records_readers_examples import raw

from lvrn_eval.errors import RecordsError

CELLS = ("QX-1", "QX-2", "Zebedee", "Quux", "Gent", "2008")


def refused(broken, path):
    try:
        return raw(path, **broken.reading).faults
    except RecordsError as error:
        return error.faults


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_is_refused_with_its_name_and_every_fault(tmp_path, name):
    broken = BROKEN[name]
    faults = refused(broken, broken.write(tmp_path))
    assert [(fault.what, fault.fix) for fault in faults] == list(broken.faults)
    assert {fault.where for fault in faults} == {broken.file}
    assert not [cell for cell in CELLS for fault in faults if cell in str(fault)]


def test_there_are_enough_kinds():
    assert len(BROKEN) >= 60
