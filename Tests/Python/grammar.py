"""Specs/kith.cddl under two validators that were written by others.

Each overlooks something: zcbor counts the characters of a text instead of its bytes and does not
look at duplicate keys, pycddl does not see what follows a nested map or array. So something
is valid when both accept it.
"""

import contextlib
import io
from functools import cache

import pycddl
from conftest import SPECS
from zcbor.zcbor.zcbor import DataTranslator


@cache
def source() -> str:
    return (SPECS / "kith.cddl").read_text()


@cache
def schema(rule: str) -> pycddl.Schema:
    return pycddl.Schema(f"kith-root = {rule}\n" + source())


@cache
def translator():
    return DataTranslator.from_cddl(cddl_string=source(), default_max_qty=16)


def fault(rule: str, data: bytes):
    """Why `data` is no `rule`, or None when both validators accept it."""
    try:
        schema(rule).validate_cbor(data)
    except pycddl.ValidationError as refusal:
        return f"pycddl: {str(refusal)[:300]}"
    except ValueError as refusal:
        return f"pycddl: {refusal}"
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            translator().my_types[rule].validate_str(data)
    except Exception as refusal:  # zcbor raises what its reader raises
        return f"zcbor: {refusal!r}"[:300]
    return None
