//! A Python program as it grows: its imports, the helpers that it calls, and its lines.

use std::collections::BTreeSet;

use crate::model::Pairing;

/// A function that programs share, and what it needs in turn.
struct Helper {
    name: &'static str,
    imports: &'static [&'static str],
    needs: &'static [&'static str],
    text: &'static str,
}

const HELPERS: &[Helper] = &[
    Helper {
        name: "shown",
        imports: &["os"],
        needs: &[],
        text: r#"
def shown(what):
    """Says the finding, and ends."""
    if isinstance(what, BaseException):
        what = "%s: %s" % (type(what).__name__, what)
    print("shown:", what, flush=True)
    os._exit(1)
"#,
    },
    Helper {
        name: "is_one_of",
        imports: &[],
        needs: &[],
        text: r#"
def is_one_of(error, *paths):
    """Whether an exception is of a class that one of the paths leads to, or that calls itself so."""
    known = {"%s.%s" % (it.__module__, it.__qualname__) for it in type(error).__mro__}
    for path in paths:
        first, *rest = path.split(".")
        found = sys.modules.get(first)
        for part in rest:
            found = getattr(found, part, None)
        if path in known or isinstance(found, type) and isinstance(error, found):
            return True
    return False
"#,
    },
    Helper {
        name: "mentions",
        imports: &["re"],
        needs: &[],
        text: r#"
def mentions(error, number):
    """Whether its text has the number, decimal or hexadecimal."""
    found = re.findall(r"0[xX][0-9a-fA-F]+|\d+", str(error))
    return number in [int(it, 16) if it[1:2] in "xX" and it[1:] else int(it) for it in found]
"#,
    },
    Helper {
        name: "find",
        imports: &["importlib", "importlib.util"],
        needs: &[],
        text: r#"
def find(name, *parts):
    """What a path leads to, importing on the way."""
    found = importlib.import_module(name)
    for part in parts:
        name = "%s.%s" % (name, part)
        if isinstance(found, (dict, list, tuple)):
            found = found[part]
        elif hasattr(found, part) or importlib.util.find_spec(name) is None:
            found = getattr(found, part)
        else:
            found = importlib.import_module(name)
    return found
"#,
    },
    Helper {
        name: "put",
        imports: &[],
        needs: &[],
        text: r#"
def put(holder, part, *value):
    """Sets what lies there, or deletes it."""
    if isinstance(holder, (dict, list)):
        holder.__setitem__(part, *value) if value else holder.__delitem__(part)
    else:
        setattr(holder, part, *value) if value else delattr(holder, part)
"#,
    },
    Helper {
        name: "api",
        imports: &["ctypes"],
        needs: &[],
        text: r#"
python = ctypes.PyDLL(None)

def api(function, result, *arguments):
    """A function of the C API."""
    function = getattr(python, function)
    function.restype, function.argtypes = result, arguments
    return function
"#,
    },
    Helper {
        name: "capsule",
        imports: &["ctypes"],
        needs: &["api"],
        text: r#"
kept = []

def capsule(pointer, name, destructor=None):
    """A new capsule; it borrows its name."""
    kept.extend([name, destructor])
    new = api("PyCapsule_New", ctypes.py_object, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p)
    return new(pointer, name, ctypes.cast(destructor, ctypes.c_void_p) if destructor else None)
"#,
    },
    Helper {
        name: "place",
        imports: &["ctypes", "mmap"],
        needs: &[],
        text: r#"
libc = ctypes.CDLL(None)
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long]
libc.mprotect.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]

def place(data, access=3):
    """The data where a page ends and nothing follows: access 3 to read and write, 1 to read, 0 for neither."""
    size = -(-len(data) // mmap.PAGESIZE) * mmap.PAGESIZE
    start = libc.mmap(None, size + mmap.PAGESIZE, 3, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, -1, 0)
    ctypes.memmove(start + size - len(data), data, len(data))
    libc.mprotect(start + size, mmap.PAGESIZE, 0)
    libc.mprotect(start, size, access)
    return start + size - len(data)
"#,
    },
    Helper {
        name: "trap",
        imports: &["ctypes"],
        needs: &[],
        text: r#"
trapped = []

def trap(slot):
    """The address of a function that nobody may call, in the bytes of a table."""
    function = ctypes.CFUNCTYPE(ctypes.c_double)(lambda: trapped.append(slot) or float("nan"))
    trapped_functions.append(function)
    return ctypes.cast(function, ctypes.c_void_p).value.to_bytes(ctypes.sizeof(ctypes.c_void_p), sys.byteorder)

trapped_functions = []
"#,
    },
    Helper {
        name: "answer",
        imports: &["ctypes"],
        needs: &[],
        text: r#"
answers = []

def answer(number):
    """The address of a function that returns the number, in the bytes of a table."""
    answers.append(ctypes.CFUNCTYPE(ctypes.c_uint)(lambda: number))
    return ctypes.cast(answers[-1], ctypes.c_void_p).value.to_bytes(ctypes.sizeof(ctypes.c_void_p), sys.byteorder)
"#,
    },
    Helper {
        name: "destroyed",
        imports: &["ctypes"],
        needs: &[],
        text: "
destroyed = []
record = ctypes.PYFUNCTYPE(None, ctypes.c_void_p)(destroyed.append)
",
    },
    Helper {
        name: "same",
        imports: &[],
        needs: &[],
        text: r#"
def same(value, wanted):
    """Whether a value is the wanted one; floats may differ in their last digits."""
    if isinstance(wanted, list) and isinstance(value, (list, tuple)):
        return len(value) == len(wanted) and all(map(same, value, wanted))
    if float in (type(value), type(wanted)) and isinstance(value, (int, float)):
        return abs(value - wanted) <= 1e-12 * max(abs(value), 1)
    return type(value) is type(wanted) and value == wanted
"#,
    },
];

/// A program in the making.
#[derive(Debug, Default)]
pub(super) struct Script {
    imports: BTreeSet<&'static str>,
    helpers: BTreeSet<&'static str>,
    body: String,
    depth: usize,
    /// The top-level names of modules that expressions may speak of.
    pub(super) modules: Vec<String>,
    /// How what was put in the place of a capsule or a module is taken away again.
    pub(super) repair: Vec<String>,
}

impl Script {
    pub(super) fn new(pairing: &Pairing) -> Script {
        let spoken = pairing.script.steps.iter().filter_map(|step| step.args.get("modules"));
        let spoken = spoken.filter_map(|it| it.as_array()).flatten().filter_map(|it| it.as_str());
        let own = pairing.target.iter().map(String::as_str);
        let modules: BTreeSet<String> =
            own.chain(spoken).filter_map(|it| it.split('.').next()).map(str::to_owned).collect();
        Script { modules: modules.into_iter().collect(), ..Script::default() }
    }

    /// Asks for a helper, and all that it needs.
    pub(super) fn need(&mut self, name: &'static str) {
        if self.helpers.insert(name) {
            for helper in HELPERS.iter().filter(|it| it.name == name) {
                self.imports.extend(helper.imports);
                for needed in helper.needs {
                    self.need(needed);
                }
            }
        }
    }

    /// Whether a helper was asked for.
    pub(super) fn needs(&self, name: &str) -> bool {
        self.helpers.contains(name)
    }

    pub(super) fn import(&mut self, module: &'static str) {
        self.imports.insert(module);
    }

    /// Writes lines at the present depth.
    pub(super) fn line(&mut self, text: &str) {
        for line in text.lines() {
            let indent = if line.is_empty() { 0 } else { 4 * self.depth };
            self.body.push_str(&format!("{:indent$}{line}\n", ""));
        }
    }

    /// Writes each of them.
    pub(super) fn lines(&mut self, lines: &[String]) {
        for line in lines {
            self.line(line);
        }
    }

    /// Writes lines one deeper.
    pub(super) fn inside(&mut self, write: impl FnOnce(&mut Script)) {
        self.depth += 1;
        write(self);
        self.depth -= 1;
    }

    /// The whole program.
    pub(super) fn text(&self, header: &str) -> String {
        let imports: String = self.imports.iter().map(|it| format!("import {it}\n")).collect();
        let helpers: String =
            HELPERS.iter().filter(|it| self.helpers.contains(it.name)).map(|it| format!("\n{}", it.text)).collect();
        format!("{header}\nimport sys\n{imports}\nsys.path[:0] = sys.argv[1:]\n{helpers}\n\n{}", self.body)
    }
}
