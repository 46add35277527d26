/** What a program in Python may try. @module */
import type { Canaries } from "./hostile.ts";

/** Lines that do harm, or would; by what they are after. */
export function pythonAttacks(
  { file, secret, port, variable }: Canaries,
): Readonly<Record<string, string>> {
  const js = (code: string) => `import js\nprint(js.eval(${JSON.stringify(code)}))`;
  return {
    // Files
    "write a file": `open(${JSON.stringify(file)}, "w").write("x")`,
    "write a file by os": `import os\nos.write(os.open(${
      JSON.stringify(file)
    }, os.O_CREAT | os.O_WRONLY), b"x")`,
    "write by pathlib": `import pathlib\npathlib.Path(${JSON.stringify(file)}).write_text("x")`,
    "make a folder": `import os\nos.makedirs(${JSON.stringify(file)})`,
    "read a file": `print(open(${JSON.stringify(secret)}).read())`,
    "read passwords": `print(open("/etc/passwd").read())`,
    "read the process": `print(open("/proc/self/environ").read())`,
    "list folders": `import os\nprint(os.listdir("/"), os.listdir("/home"), os.getcwd())`,
    "link a file": `import os\nos.symlink(${
      JSON.stringify(secret)
    }, "/tmp/x")\nprint(open("/tmp/x").read())`,
    "sqlite": `import sqlite3\nsqlite3.connect(${
      JSON.stringify(file)
    }).execute("create table t(a)")`,
    "mmap": `import mmap\nmmap.mmap(-1, 2**40)`,
    "temporary file":
      `import tempfile\nprint(tempfile.NamedTemporaryFile(delete=False).write(b"x" * 2**28))`,
    // The net
    "connect":
      `import socket\ns = socket.create_connection(("127.0.0.1", ${port}), 1)\ns.send(b"x")`,
    "fetch":
      `import urllib.request\nprint(urllib.request.urlopen("http://127.0.0.1:${port}/").read())`,
    "pyodide's fetch":
      `import pyodide.http\nprint(pyodide.http.open_url("http://127.0.0.1:${port}/").read())`,
    "js fetch": `import js\njs.fetch("http://127.0.0.1:${port}/")`,
    "listen":
      `import socket\ns = socket.socket()\ns.bind(("127.0.0.1", 0))\ns.listen()\ns.accept()`,
    "websocket": js(`new WebSocket("ws://127.0.0.1:${port}/")`),
    "install": `import micropip\nmicropip.install("http://127.0.0.1:${port}/x.whl")`,
    // The environment
    "environment": `import os\nprint(os.environ[${JSON.stringify(variable)}])`,
    "whole environment": `import os\nprint(dict(os.environ))`,
    "js environment": js(`process.env[${JSON.stringify(variable)}]`),
    "js module environment": js(
      `import("node:process").then((p) => console.log(p.env.${variable}))`,
    ),
    // Processes
    "fork": "import os\nwhile True:\n    os.fork()",
    "system": `import os\nprint(os.system("touch ${file}"))`,
    "subprocess": `import subprocess\nprint(subprocess.run(["touch", ${JSON.stringify(file)}]))`,
    "exec": `import os\nos.execv("/bin/sh", ["sh", "-c", "touch ${file}"])`,
    "pty": `import pty\npty.spawn("/bin/sh")`,
    "multiprocessing": "import multiprocessing\nmultiprocessing.Process(target=print).start()",
    "kill the parent": "import os\nos.kill(os.getppid(), 9)",
    "kill everybody": "import os\nos.kill(-1, 9)",
    "kill itself": "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)",
    "signal":
      "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nsignal.alarm(1)\nsignal.raise_signal(signal.SIGTERM)",
    "js child": js(`import("node:child_process").then((c) => c.execSync("touch ${file}"))`),
    "js kill": js(`import("node:process").then((p) => p.kill(p.ppid, "SIGKILL"))`),
    // Foreign functions
    "ctypes": `import ctypes\nprint(ctypes.CDLL("libc.so.6").getpid())`,
    "ctypes memory": "import ctypes\nctypes.string_at(0, 2**20)",
    "ctypes write": "import ctypes\nctypes.memset(8, 65, 2**24)",
    "js dlopen": js(`Deno.dlopen("libc.so.6", {})`),
    "js worker": js(`new Worker("data:text/javascript,while(1);", { type: "module" })`),
    "js deno": js(`Deno.readTextFileSync(${JSON.stringify(secret)})`),
    "js file module": js(
      `import("node:fs").then((f) => console.log(f.readFileSync(${
        JSON.stringify(secret)
      }, "utf8")))`,
    ),
    "js import": js(`import(${JSON.stringify(`file://${secret}`)})`),
    "js close": js("self.close()"),
    "js exit": js(`import("node:process").then((p) => p.exit(0))`),
    "run_js":
      `from pyodide.code import run_js\nprint(run_js("1 + 1"), run_js("Object.keys(globalThis)"))`,
    "js prototype": js(
      `Object.prototype.ok = 1; Array.prototype.map = () => []; JSON.stringify = () => "{}"; JSON.parse = () => ({}); 1`,
    ),
    "js loop": js("for (;;);"),
    "js memory": js("const a = []; for (;;) a.push(new Uint8Array(1e8).fill(1))"),
    "js text encoder": js("TextEncoder.prototype.encode = () => new Uint8Array(9); 1"),
    "js write to stdout": js(`import("node:fs").then((f) => f.writeSync(1, '{"ok":true}'))`),
    // Time and memory
    "loop": "while True:\n    pass",
    "loop that catches":
      "while True:\n    try:\n        while True: pass\n    except BaseException:\n        pass",
    "sleep": "import time\ntime.sleep(1000)",
    "allocate": "a = []\nwhile True:\n    a.append(bytearray(10**7))",
    "allocate at once": "a = bytearray(2**34)",
    "number": "print(9**9**9)",
    "list": "a = [0] * (10**11)",
    "dictionary": "d = {}\ni = 0\nwhile True:\n    d[i] = str(i) * 100\n    i += 1",
    "text": `s = "x"\nwhile True:\n    s += s`,
    "recursion": "import sys\nsys.setrecursionlimit(10**9)\ndef f(): return f() + 1\nf()",
    "recursion in C": "a = []\nfor _ in range(10**6): a = [a]\nprint(repr(a))",
    "recursion by getattr":
      "class A:\n    def __getattr__(self, n): return getattr(self, n + 'x')\nA().x",
    "recursion in parsing": `eval("(" * 10**5 + ")" * 10**5)`,
    "regular expression": `import re\nre.match("(a+)+$", "a" * 64 + "b")`,
    "zip bomb":
      "import zlib\nd = zlib.compress(b'0' * 10**8)\na = [zlib.decompress(d) for _ in range(100)]",
    "hash collisions": "s = {}\nfor i in range(10**7): s[i * (2**61 - 1)] = i",
    "threads": "import threading\nwhile True:\n    threading.Thread(target=lambda: None).start()",
    "garbage": "class A:\n    def __del__(self): A()\nA()\nimport gc\ngc.collect()",
    // Output
    "flood": `while True:\n    print("x" * 10**4)`,
    "flood at once": `print("x" * 10**8)`,
    "flood of errors": `import sys\nwhile True:\n    sys.stderr.write("x" * 10**4)`,
    "flood by os": "import os\nwhile True:\n    os.write(1, b'x' * 10**4)",
    "close stdout": "import os\nos.close(1)\nos.close(2)\nos.close(0)",
    "control characters": `print("\\x00\\x1b[2J\\r" * 10**4)`,
    // Ends
    "exit": "import sys\nsys.exit(0)",
    "exit by os": "import os\nos._exit(0)",
    "quit": "quit()",
    "abort": "import os\nos.abort()",
    "raise": "raise BaseException()",
    "raise a keyboard": "raise KeyboardInterrupt()",
    "at exit": `import atexit\natexit.register(lambda: print("all passed"))`,
    "faulthandler": "import faulthandler\nfaulthandler._sigsegv()",
  };
}

/** Lines that would have a verdict without an answer. */
export function pythonForgeries(): Readonly<Record<string, string>> {
  return {
    "say passed": `print("all tests passed")\nprint('{"done": {"passed": 9, "failed": 0}}')`,
    "say ok": `import sys\nsys.__stdout__.write('{"ok": true}\\n')\nsys.__stdout__.flush()`,
    "equal to all":
      "class E:\n    def __eq__(self, o): return True\n    def __ne__(self, o): return False\n    def __hash__(self): return 0\n    def __bool__(self): return True\n    def __lt__(self, o): return True\n    __le__ = __gt__ = __ge__ = __lt__\n    def __getattr__(self, n): return lambda *a: E()\ndef secret(*a): return E()",
    "a number equal to all":
      "class E(int):\n    def __eq__(self, o): return True\n    def __hash__(self): return 0\n    def __rsub__(self, o): return E(0)\n    def __sub__(self, o): return E(0)\ndef secret(*a): return E(0)",
    "a text equal to all":
      "class E(str):\n    def __eq__(self, o): return True\n    def strip(self): return self\ndef secret(*a): return E('')",
    "a list equal to all":
      "class E(list):\n    def __eq__(self, o): return True\n    def __iter__(self): return iter([1])\n    def __len__(self): return 3\ndef secret(*a): return E()",
    "patch assert":
      "import builtins\nbuiltins.AssertionError = Exception\nclass A(Exception): pass\nbuiltins.__dict__['AssertionError'] = A",
    "patch comparison":
      "import operator, builtins\noperator.eq = lambda a, b: True\nbuiltins.all = lambda *a: True\nbuiltins.any = lambda *a: True\nbuiltins.abs = lambda a: 0",
    "shadow builtins":
      "def abs(*a): return 0\ndef all(*a): return True\ndef round(*a): return 0\ndef str(*a): return ''\ndef isinstance(*a): return True",
    "patch json":
      "import json\njson.dumps = lambda *a, **k: '{\"ok\": null}'\njson.loads = lambda *a, **k: {}",
    "patch exec":
      "import builtins\nbuiltins.exec = lambda *a: None\nbuiltins.compile = lambda *a, **k: None",
    "patch the harness":
      "import __main__\nfor n in list(vars(__main__)):\n    if n in ('encode', 'decode', 'describe'): setattr(__main__, n, lambda *a: None)",
    "patch all functions":
      "import gc, types\nfor o in gc.get_objects():\n    if isinstance(o, types.FunctionType) and o.__name__.startswith('do_'):\n        try: o.__code__ = (lambda self, message: {'ok': True}).__code__\n        except Exception: pass",
    "send a verdict":
      "import gc\nfor o in gc.get_objects():\n    if type(o).__name__ == 'Peer':\n        for _ in range(50): o.tell({'done': {'passed': 9, 'failed': 0}})",
    "send answers":
      "import gc\nfor o in gc.get_objects():\n    if type(o).__name__ == 'Peer':\n        for v in (True, None, 0, {'r': 0}, {'t': []}, {'cb': 0}): o.tell({'ok': v})",
    "shadow names in the judge": giveNames("abs", "isinstance", "str", "int"),
    "replace the judge's own": giveNames("__tally__", "__builtins__", "check", "candidate"),
    "send nonsense":
      "import gc\nfor o in gc.get_objects():\n    if type(o).__name__ == 'Peer':\n        o.send('no json'); o.send('[' * 10**5); o.send('null'); o.send('{\"op\": \"callback\", \"id\": -1, \"args\": []}')",
    "ask the judge":
      "import gc\nfor o in gc.get_objects():\n    if type(o).__name__ == 'Peer':\n        print(o.ask({'op': 'callback', 'id': 0, 'args': [1]}))",
    "read what is asked":
      "import gc\nfor o in gc.get_objects():\n    if type(o).__name__ == 'Peer':\n        print(o.receive())",
    "look through frames":
      "import sys\nf = sys._getframe()\nwhile f:\n    for k, v in list(f.f_locals.items()): print(k, repr(v)[:200])\n    f = f.f_back",
    "look for what is expected":
      "import gc\nfound = [o for o in gc.get_objects() if isinstance(o, dict) and ('expected' in o or 'output' in o or 'test' in o)]\nprint([repr(o)[:100] for o in found][:5])",
    "a return of frames":
      "import gc\ndef secret(*a): return [o for o in gc.get_objects() if type(o) is dict][:50]",
    "trace": "import sys\ndef t(*a):\n    raise SystemExit(0)\nsys.settrace(t)\nsys.setprofile(t)",
    "raise what tests catch": "def secret(*a): raise AssertionError('passed')",
    "stop iteration": "def secret(*a): raise StopIteration",
    "an endless iterator": "import itertools\ndef secret(*a): return itertools.count()",
    "a deep value": "def secret(*a):\n    v = []\n    for _ in range(10**5): v = [v]\n    return v",
    "a value in itself": "def secret(*a):\n    v = []\n    v.append(v)\n    return v",
    "a large value": "def secret(*a): return 'x' * 10**8",
    "a large number": "def secret(*a): return 10**(10**5)",
    "no number": "def secret(*a): return float('nan')",
    "a module": "import sys\ndef secret(*a): return sys",
    "a strange dictionary":
      "def secret(*a): return {('ok',): 1, 'done': {'passed': 1, 'failed': 0}, 'stop': None}",
    "a property that ends":
      "class P:\n    def __getattribute__(self, n): raise SystemExit\ndef secret(*a): return P()",
    "a strange exception":
      "class X(Exception):\n    def __str__(self): raise SystemExit\ndef secret(*a): raise X()",
    "a name of its own": "def secret(*a): raise type('done', (Exception,), {})({'passed': 1})",
    "hidden imports": "import sys\nsys.modules.clear()\nsys.path.clear()\nsys.meta_path.clear()",
    "a new stdout":
      "import sys, io\nsys.stdout = io.StringIO()\nsys.stdout.flush = lambda: 1 / 0\nprint('x')",
    "delete builtins": "import builtins\nfor n in list(vars(builtins)): delattr(builtins, n)",
  };
}

/** A program that answers with more names than it is asked for. */
function giveNames(...names: readonly string[]): string {
  return `import gc
def secret(*a): return 0
for o in gc.get_objects():
    if type(o).__name__ == "Peer":
        def tell(m, t=o.tell):
            if isinstance(m.get("ok"), dict) and "secret" in m["ok"]:
                more = {n: m["ok"]["secret"] for n in ${JSON.stringify(names)}}
                m = {"ok": {**m["ok"], **more}}
            t(m)
        o.tell = tell`;
}
