"""What runs in a guest's Python: values as JSON, a program's side and, in another process, a judge's.

A judge's tests never meet a program's objects: what a program returns is data by the time a test compares it, and what is
no data is a Remote, which is equal to nothing but itself.
"""
import ast
import atexit
import base64
import builtins
import bisect, collections, copy, datetime, decimal, fractions, functools, heapq, itertools  # noqa: in the snapshot
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
    return keep(value)


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
    return {"type": str(kind)[:TOLD], "message": message, "line": line if isinstance(line, int) else None}


class Gone(BaseException):
    """The other side is no more."""


class Peer:
    """One end: it asks, and meanwhile answers what the other end asks."""

    def __init__(self, receive, send, handle):
        self.receive, self.send, self.handle = receive, send, handle

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
        self.send(json.dumps(message))
        while True:
            reply = json.loads(self.receive())
            if "gone" in reply:
                raise Gone()
            if "op" not in reply:
                return reply
            self.answer(reply)


# A program's side ------------------------------------------------------------------------------------------------

# What programs of APPS and LiveCodeBench find there without an import, as in these benchmarks' own harness.
PRELUDE = {}
exec(
    "from string import *\nfrom re import *\nfrom datetime import *\nfrom collections import *\n"
    "from heapq import *\nfrom bisect import *\nfrom copy import *\nfrom math import *\nfrom random import *\n"
    "from statistics import *\nfrom itertools import *\nfrom functools import *\nfrom operator import *\n"
    "from typing import *\nfrom builtins import *\n"
    "import string, re, datetime, collections, heapq, bisect, copy, math, random, statistics, itertools, functools\n"
    "import operator, io, sys, json, os, typing, time\n",
    PRELUDE,
)


class Callback:
    """A function of the test's."""

    def __init__(self, program, number):
        self.program, self.number = program, number

    def __call__(self, *args):
        reply = self.program.peer.ask(
            {"op": "callback", "id": self.number, "args": [self.program.encode(arg) for arg in args]}
        )
        if "error" in reply:
            raise RuntimeError(reply["error"]["message"])
        return self.program.decode(reply["ok"])


class Program:
    """Runs a student's program as it is asked to."""

    def __init__(self, receive, send, begin, end):
        self.begin, self.end = begin, end
        self.kept, self.module = [], None
        self.streams = [os.dup(number) for number in range(3)]
        self.peer = Peer(receive, send, self.handle)
        # Threads cannot be started here: they run when they are, which is what most that use one want of it.
        threading.Thread.start = lambda thread: thread.run()
        threading.Thread.join = lambda thread, timeout=None: None
        os._exit = sys.exit
        sys.setrecursionlimit(20_000)

    def keep(self, value):
        for number, known in enumerate(self.kept):
            if known is value:
                return {"r": number}
        self.kept.append(value)
        return {"r": len(self.kept) - 1}

    def find(self, kind, part):
        return Callback(self, part) if kind == "cb" else self.kept[part]

    def encode(self, value):
        return encode(value, self.keep)

    def decode(self, value):
        return decode(value, self.find)

    def handle(self, message):
        return getattr(self, "do_" + message["op"])(message)

    def execute(self, name, message):
        random.seed(0)
        self.module = types.ModuleType(name)
        if message["prelude"]:
            self.module.__dict__.update({k: v for k, v in PRELUDE.items() if not k.startswith("__")})
        sys.modules[name] = self.module
        for text in message["before"]:
            try:
                exec(compile(text, "<setup>", "exec"), self.module.__dict__)
            except Exception:
                pass  # it may be about what the program has yet to define
        exec(compile(message["code"], "<program>", "exec"), self.module.__dict__)

    def do_run(self, message):
        """A whole program with its input."""
        self.begin(message["input"])
        for number, stream in enumerate(self.streams):
            os.dup2(stream, number)  # an earlier test may have closed it
        sys.stdin = io.TextIOWrapper(io.BufferedReader(io.FileIO(0, closefd=False)), encoding="utf-8")
        own = sys.stdout = io.TextIOWrapper(
            io.BufferedWriter(io.FileIO(1, "w", closefd=False)), encoding="utf-8", errors="replace"
        )
        failure = None
        try:
            self.execute("__main__", message)
        except SystemExit:
            pass
        except BaseException as error:
            failure = describe(error)
        try:
            atexit._run_exitfuncs()
            if sys.stdout is not own:
                sys.stdout.flush()
            own.flush()
        except BaseException as error:
            failure = failure or describe(error)
        out = self.end()
        own = sys.stdout = sys.__stdout__  # what is still in the other's buffer goes nowhere
        if out is None:
            return {"error": {"type": "OutputLimit", "message": "it wrote too much", "line": None}}
        return {"ok": out} if failure is None else {"error": failure, "out": out}

    def do_load(self, message):
        """The names that a program defines."""
        self.begin("")
        try:
            self.execute("solution", message)
        except SystemExit:
            pass
        names, owner = {}, self.module.__dict__
        for name in message["names"]:
            if name in owner:
                names[name] = self.encode(owner[name])
            elif message["methods"] and hasattr(owner.get("Solution"), name):
                names[name] = self.keep(getattr(owner["Solution"](), name))
        return {"ok": names}

    def do_call(self, message):
        self.begin("")
        function = self.kept[message["id"]]
        before = message["args"]
        args = [self.decode(arg) for arg in before]
        named = {name: self.decode(arg) for name, arg in message.get("named", {}).items()}
        value = function(*args, **named)
        reply = {"ok": self.encode(value)}
        if value is None:
            # What changes its arguments and returns nothing: they go back.
            after = [self.encode(arg) for arg in args]
            if after != before:
                reply["args"] = after
        return reply

    def do_get(self, message):
        return {"ok": self.encode(getattr(self.kept[message["id"]], message["name"]))}

    def do_set(self, message):
        setattr(self.kept[message["id"]], message["name"], self.decode(message["value"]))
        return {"ok": None}

    def do_item(self, message):
        return {"ok": self.encode(self.kept[message["id"]][self.decode(message["key"])])}

    def do_len(self, message):
        return {"ok": len(self.kept[message["id"]])}

    def do_text(self, message):
        return {"ok": (repr if message["repr"] else str)(self.kept[message["id"]])}

    def do_iter(self, message):
        return {"ok": self.keep(iter(self.kept[message["id"]]))}

    def do_next(self, message):
        for item in self.kept[message["id"]]:
            return {"ok": [self.encode(item)]}
        return {"ok": []}


def serve_program(receive, send, begin, end):
    program = Program(receive, send, begin, end)
    while True:
        program.peer.answer(json.loads(receive()))
