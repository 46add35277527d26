# A judge's side --------------------------------------------------------------------------------------------------


# Items of an iterator that a test gives a program.
MANY = 100_000


class ProgramError(Exception):
    """An exception of the program's that is not one of Python's own."""


def own(name):
    """Python's exception of a name; what ends a process is an exception like others here."""
    kind = getattr(builtins, name, None) if isinstance(name, str) else None
    return kind if isinstance(kind, type) and issubclass(kind, Exception) else ProgramError


class Remote:
    """Something of the program's that is no data. It cannot say what it is equal to, whether it is true, or less."""

    def __init__(self, judge, number):
        object.__setattr__(self, "_at", (judge, number))

    def _ask(self, op, **parts):
        judge, number = object.__getattribute__(self, "_at")
        return judge.ask({"op": op, "id": number, **parts})

    def __call__(self, *args, **named):
        judge, _ = object.__getattribute__(self, "_at")
        reply = judge.peer.ask({
            "op": "call",
            "id": object.__getattribute__(self, "_at")[1],
            "args": [judge.encode(arg) for arg in args],
            "named": {name: judge.encode(arg) for name, arg in named.items()},
        })
        value = judge.value(reply)
        for arg, after in zip(args, reply.get("args", ()) if value is None else ()):
            judge.restore(arg, after)
        return value

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return self._ask("get", name=name)

    def __setattr__(self, name, value):
        judge, _ = object.__getattribute__(self, "_at")
        self._ask("set", name=name, value=judge.encode(value))

    def __getitem__(self, key):
        judge, _ = object.__getattribute__(self, "_at")
        return self._ask("item", key=judge.encode(key))

    def __len__(self):
        return self._ask("len")

    def __iter__(self):
        items = self._ask("iter")
        while True:
            item = items._ask("next")
            if item == []:
                return
            yield item[0]

    def __next__(self):
        item = self._ask("next")
        if item == []:
            raise StopIteration
        return item[0]

    def __str__(self):
        return self._ask("text", repr=False)

    def __repr__(self):
        return self._ask("text", repr=True)

    def __bool__(self):
        return True

    def __eq__(self, other):
        return self is other

    __hash__ = object.__hash__


class Tally:
    """What assertions came to. Those that were not come to do not hold."""

    def __init__(self):
        self.passed, self.failed, self.failure = 0, 0, None
        self.left = set()

    def fail(self, text, **more):
        self.failed += 1
        self.failure = self.failure or {"test": text[:TOLD], **more}

    def begin(self, number):
        self.left.discard(number)

    def end(self, text, error):
        """Something else than an assertion did not work: what stands after it is not reached."""
        self.fail(text, error=describe(error))
        self.failed += max(0, len(self.left) - 1)

    def true(self, text, value):
        if value:
            self.passed += 1
        else:
            self.fail(text)

    def equal(self, text, given, expected):
        if given == expected:
            self.passed += 1
        else:
            self.fail(text, given=self.show(given), expected=self.show(expected))

    def error(self, text, error):
        self.fail(text, error=describe(error))

    def show(self, value):
        if isinstance(value, Remote):
            return "an object"
        try:
            return repr(value)[:TOLD]
        except Exception:
            return "a value"


class Asserts(ast.NodeTransformer):
    """Has every assertion counted, whatever becomes of those before it."""

    def __init__(self):
        self.number = 0

    def visit_Assert(self, node):
        text, test = ast.unparse(node.test), node.test
        if isinstance(test, ast.Constant) and test.value:
            return ast.copy_location(ast.Pass(), node)  # `assert True` says nothing of a program
        self.number += 1
        match test:
            case ast.Compare(left=left, ops=[ast.Eq()], comparators=[right]):
                name, parts = "equal", [left, right]
            case _:
                name, parts = "true", [test]
        [attempt] = ast.parse(
            f"try:\n    __tally__.begin({self.number})\n    __tally__.{name}()\n"
            f"except BaseException as __error__:\n    __tally__.error({text!r}, __error__)"
        ).body
        attempt.body[1].value.args = [ast.Constant(text), *parts]
        return ast.fix_missing_locations(ast.copy_location(attempt, node))


def bound(tree):
    """Names that code binds anywhere."""
    names = set()
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
                names.add(name)
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                names.add(name)
            case ast.arg(arg=name) | ast.ExceptHandler(name=str(name)):
                names.add(name)
            case ast.alias(name=name, asname=other):
                names.add((other or name).split(".")[0])
    return names


def defined(tree):
    """Functions and classes that code defines."""
    return {node.name for node in tree.body if isinstance(node, (ast.FunctionDef, ast.ClassDef))}


class Judge:
    """Runs tests against a program that is elsewhere."""

    def __init__(self, receive, send):
        self.peer = Peer(receive, send, self.handle)
        self.callbacks, self.remotes = [], {}

    def keep(self, value):
        if isinstance(value, Remote):
            return {"r": object.__getattribute__(value, "_at")[1]}
        if isinstance(value, (collections.abc.Iterator, collections.abc.MappingView)):
            items = list(itertools.islice(value, MANY + 1))
            if len(items) <= MANY:
                return {"it": [self.encode(item) for item in items]}
        if not callable(value):
            raise TypeError(f"a test cannot give a program {type(value).__name__}")
        self.callbacks.append(value)
        return {"cb": len(self.callbacks) - 1}

    def find(self, kind, part):
        if kind != "r" or type(part) is not int:
            raise ValueError("no value")
        return self.remotes.setdefault(part, Remote(self, part))

    def encode(self, value):
        return encode(value, self.keep)

    def decode(self, value):
        return decode(value, self.find)

    def value(self, reply):
        if "error" in reply:
            error = reply["error"]
            try:
                raised = own(error.get("base"))(error.get("message"))
            except TypeError:  # it is made of more than a text
                raised = ProgramError(error.get("message"))
            raised.__program__ = True
            raise raised
        return self.decode(reply["ok"])

    def ask(self, message):
        return self.value(self.peer.ask(message))

    def restore(self, arg, after):
        if type(arg) is list:
            arg[:] = self.decode(after)
        elif type(arg) in (dict, set):
            new = self.decode(after)
            arg.clear()
            arg.update(new)

    def handle(self, message):
        return getattr(self, "do_" + message["op"])(message)

    def do_callback(self, message):
        return {"ok": self.encode(self.callbacks[message["id"]](*[self.decode(arg) for arg in message["args"]]))}

    def do_names(self, message):
        """Which names of the program's the tests use."""
        code = [*message["setup"], *message["tests"]]
        trees = [ast.parse(text) for text in code]
        known = set().union(*map(bound, trees))
        used = [
            node.id
            for tree in trees
            for node in ast.walk(tree)
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id not in known
        ]
        try:
            reference = ast.parse(message["reference"])
        except SyntaxError:
            reference = ast.Module([])
        # What a right program imports, the tests may use, and nobody else's stands for it.
        imports = [node for node in reference.body if isinstance(node, (ast.Import, ast.ImportFrom))]
        modules = [name for name in used if name in sys.stdlib_module_names and name not in defined(reference)]
        given = bound(ast.Module(imports)) | set(modules)
        wanted = [name for name in dict.fromkeys(used) if name not in given]
        names = [name for name in wanted if name in defined(reference) or not hasattr(builtins, name)]
        code = "\n".join([*map(ast.unparse, imports), *(f"import {name}" for name in dict.fromkeys(modules))])
        return {"ok": {"names": names or wanted[:1], "imports": code}}

    def do_test(self, message):
        """One test; its code is parsed anew, in names of its own."""
        self.callbacks, self.remotes, self.peer.is_gone = [], {}, False
        tally, space = Tally(), {"__name__": "test"}
        space["__tally__"] = tally
        random.seed(0)
        try:
            for line in message["imports"].splitlines():
                try:
                    exec(line, space)
                except ImportError:
                    pass  # a right program needs it; whether the tests do is seen
            for text in message["before"]:
                exec(compile(text, "<setup>", "exec"), space)
            for name, value in message["names"].items():
                space[name] = self.decode(value)
            for text in message["setup"]:
                exec(compile(text, "<setup>", "exec"), space)
            if message["check"]:
                space["candidate"] = space[message["entry"]]
            asserts = Asserts()
            tree = asserts.visit(ast.parse(message["test"]))
            tally.left = set(range(1, asserts.number + 1))
            exec(compile(tree, "<test>", "exec"), space)
            if message["check"]:
                space["check"](space["candidate"])
        except BaseException as error:
            if isinstance(error, ImportError) and not hasattr(error, "__program__"):
                return {"done": {"broken": str(error)[:TOLD]}}
            tally.end(message["test"], error)
        return {"done": {"passed": tally.passed, "failed": tally.failed, "failure": tally.failure}}


def serve_judge(receive, send, begin, end):
    judge = Judge(receive, send)
    while True:
        judge.peer.answer(json.loads(receive()))
