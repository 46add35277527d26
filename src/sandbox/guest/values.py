"""What runs in a guest's Python: values as JSON, a program's side and, in another process, a judge's.

A judge's tests never meet a program's objects: what a program returns is data by the time a test compares it, and what is
no data is a Remote, which is equal to nothing but itself.
"""
import ast
import atexit
import base64
import builtins
import bisect, collections, copy, datetime, decimal, fractions, functools, heapq, itertools  # noqa: in the snapshot
import gc
import io
import json
import math, operator, random, re, statistics, string, time, traceback, typing  # noqa: in the snapshot
import os
import sys
import threading
import types

LARGE = 2**53
TOLD = 300


# Values ----------------------------------------------------------------------------------------------------------


def encode(value, keep):
    """A value as JSON; `keep` gives what stands for something that is no data."""
    if value is None or value is True or value is False:
        return value
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, int):
        number = int.__index__(value)
        return number if -LARGE < number < LARGE else {"i": hex(number)}
    if isinstance(value, float):
        return {"f": float.__repr__(value)}
    if isinstance(value, complex):
        return {"c": [repr(value.real), repr(value.imag)]}
    if isinstance(value, (bytes, bytearray)):
        return {"b": base64.b64encode(value).decode()}
    if isinstance(value, list):
        return [encode(item, keep) for item in list.__iter__(value)]
    if isinstance(value, tuple):
        return {"t": [encode(item, keep) for item in tuple.__iter__(value)]}
    if isinstance(value, (set, frozenset)):
        return {"s": [encode(item, keep) for item in value]}
    if isinstance(value, dict):
        return {"d": [[encode(key, keep), encode(item, keep)] for key, item in dict.items(value)]}
    if isinstance(value, type) and TYPES.get(value.__name__) is value:
        return {"y": value.__name__}
    for kind, (of, take, _) in OTHERS.items():
        if type(value) is of:
            return {kind: [encode(part, keep) for part in take(value)]}
    return keep(value)


# Kinds of values that a few programs give: what they are made of, and how they are made of it.
OTHERS = {
    "range": (range, lambda value: (value.start, value.stop, value.step), range),
    "deque": (collections.deque, list, lambda *parts: collections.deque(parts)),
    "decimal": (decimal.Decimal, lambda value: (str(value),), decimal.Decimal),
    "fraction": (fractions.Fraction, lambda value: (value.numerator, value.denominator), fractions.Fraction),
    "date": (datetime.date, lambda value: (value.year, value.month, value.day), datetime.date),
    "datetime": (datetime.datetime, lambda value: (value.isoformat(),), datetime.datetime.fromisoformat),
    "pattern": (re.Pattern, lambda value: (value.pattern, value.flags), re.compile),
    "timedelta": (
        datetime.timedelta, lambda value: (value.days, value.seconds, value.microseconds), datetime.timedelta
    ),
}
# Types that tests name to a program, or ask for.
TYPES = {
    kind.__name__: kind
    for kind in (int, float, complex, bool, str, bytes, list, tuple, dict, set, frozenset, type(None))
}


def decode(value, find):
    """What JSON says; `find` gives what an object of another side is here."""
    if isinstance(value, list):
        return [decode(item, find) for item in value]
    if not isinstance(value, dict):
        return value
    [(kind, part)] = value.items()
    match kind:
        case "i":
            return int(part, 16)
        case "f":
            return float(part)
        case "c":
            return complex(float(part[0]), float(part[1]))
        case "b":
            return base64.b64decode(part)
        case "t":
            return tuple(decode(item, find) for item in part)
        case "s":
            return {decode(item, find) for item in part}
        case "d":
            return {decode(key, find): decode(item, find) for key, item in part}
    if kind == "y":
        return TYPES[part]
    if kind in OTHERS:
        return OTHERS[kind][2](*(decode(item, find) for item in part))
    return find(kind, part)


def describe(error):
    """An exception as data."""
    try:
        message = str(error)[:TOLD]
    except BaseException:
        message = ""
    kind, line = type(error).__name__, None
    if isinstance(error, SyntaxError):
        line = error.lineno
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == "<program>":
            line = trace.tb_lineno
        trace = trace.tb_next
    # What a test can catch it as, where it is of a kind of the program's own.
    base = next((one.__name__ for one in type(error).__mro__ if getattr(builtins, one.__name__, None) is one), None)
    line = line if isinstance(line, int) else None
    return {"type": str(kind)[:TOLD], "base": base, "message": message, "line": line}


class Gone(BaseException):
    """The other side is no more."""


class Peer:
    """One end: it asks, and meanwhile answers what the other end asks."""

    def __init__(self, receive, send, handle):
        self.receive, self.send, self.handle = receive, send, handle
        self.is_gone = False

    def answer(self, message):
        try:
            reply = self.handle(message)
        except Gone:
            raise
        except BaseException as error:
            reply = {"error": describe(error)}
        self.tell(reply)

    def tell(self, message):
        try:
            text = json.dumps(message)
        except BaseException as error:
            text = json.dumps({"error": describe(error)})
        self.send(text)

    def ask(self, message):
        if self.is_gone:
            raise Gone()
        self.send(json.dumps(message))
        while True:
            reply = json.loads(self.receive())
            if "gone" in reply:
                self.is_gone = True
                raise Gone()
            if "op" not in reply:
                return reply
            self.answer(reply)
