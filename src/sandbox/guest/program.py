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
        if kind == "it":
            return iter([self.decode(item) for item in part])
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
            # Where builtins are: its own names are only what it defines, and no `gcd` of nobody's passes for its own.
            found = {key: value for key, value in PRELUDE.items() if not key.startswith("__")}
            self.module.__builtins__ = {**vars(builtins), **found}
        sys.modules[name] = self.module
        for text in message["before"]:
            try:
                exec(compile(text, "<setup>", "exec"), self.module.__dict__)
            except Exception:
                pass  # it may be about what the program has yet to define
        exec(compile(message["code"], "<program>", "exec"), self.module.__dict__)

    def do_run(self, message):
        """A whole program with its input."""
        self.module = None
        gc.collect()  # what the test before held is in cycles, as all that functions are of
        self.begin(message["input"])
        for number, stream in enumerate(self.streams):
            os.dup2(stream, number)  # an earlier test may have closed it
        sys.stdin = io.TextIOWrapper(io.BufferedReader(io.FileIO(0, closefd=False)), encoding="utf-8")
        own = sys.stdout = io.TextIOWrapper(
            io.BufferedWriter(io.FileIO(1, "w", closefd=False)), encoding="utf-8", errors="replace"
        )
        sys.stdin.mode, own.mode = "r", "w"  # as open() has it
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
                value = owner[name]
                names[name] = self.keep(value) if callable(value) else self.encode(value)
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
