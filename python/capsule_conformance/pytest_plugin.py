"""Makes each case of an extension module a test of pytest's; one run of the command tells them all.

The run takes place when tests are collected, since only it knows what a module makes and takes.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Dict, Iterator, List, Optional, Tuple

import pytest

from . import PROGRAM, program

Result = Dict[str, Any]
Report = Dict[str, Any]

REPORT = pytest.StashKey[Optional[Report]]()

# From the strongest: what a test says of the results that share it.
ORDER = ["error", "fail must", "stale_difference", "fail should", "known_difference", "info", "pass", "unverified"]


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup(PROGRAM, "conformance of capsules")
    group.addoption(
        "--capsule-target",
        metavar="MODULE",
        action="append",
        default=[],
        help="check this extension module, each case as a test; repeatable",
    )
    group.addoption("--capsule-strict", action="store_true", help="a broken `should` fails its test instead of xfail")
    parser.addini(
        "capsule_targets", "extension modules to check whenever pytest runs without naming files", type="linelist"
    )
    parser.addini("capsule_args", "more options of capsule-conformance, as --path or --config", type="args")


def targets(config: pytest.Config) -> List[str]:
    """The modules to check: those of the command line, else those of the configuration if all tests are run."""
    named = list(config.getoption("--capsule-target"))
    if named or config.args_source is pytest.Config.ArgsSource.ARGS:
        return named
    return list(config.getini("capsule_targets"))


def report(config: pytest.Config) -> Optional[Report]:
    """What the command says of the targets; it runs once."""
    if REPORT not in config.stash:
        given = getattr(config, "workerinput", {}).get(PROGRAM)
        modules = targets(config)
        config.stash[REPORT] = json.loads(given) if given else run(config, modules) if modules else None
    return config.stash[REPORT]


def run(config: pytest.Config, modules: List[str]) -> Report:
    options = list(config.getini("capsule_args"))
    if not any(it.split("=")[0] == "--python" for it in options):
        options += ["--python", sys.executable]
    for module in modules:
        options += ["--target", module]
    for folder in config.getini("pythonpath"):
        options += ["--path", str(folder)]
    with tempfile.TemporaryDirectory(prefix=f"{PROGRAM}-") as folder:
        file = Path(folder, "report.json")
        command = [program(), "--quiet", "--format", f"json={file}", *options]
        done = subprocess.run(command, cwd=config.rootpath, capture_output=True, text=True)
        try:
            found: Report = json.loads(file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            raise pytest.UsageError(f"{PROGRAM} ended with {done.returncode}\n{done.stderr.strip()}") from None
    # A report says how its run would have ended; one that ended otherwise is not believed.
    if done.returncode != found["exit_code"] or not found["complete"]:
        raise pytest.UsageError(f"{PROGRAM} ended with {done.returncode}\n{done.stderr.strip()}")
    return found


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Workers of pytest-xdist are told; each would run the command anew."""
    found = report(node.config)
    if found is not None:
        node.workerinput[PROGRAM] = json.dumps(found)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(session: pytest.Session, config: pytest.Config, items: List[pytest.Item]) -> None:
    found = report(config)
    if found is not None:
        parent = Conformance.from_parent(session, name=PROGRAM, nodeid=PROGRAM)
        tests = list(parent.tests(found))
        for test in tests:
            config.hook.pytest_itemcollected(item=test)
        config.hook.pytest_collectreport(report=pytest.CollectReport(parent.nodeid, "passed", None, list(tests)))
        items.extend(tests)


class Conformance(pytest.Collector):
    """All tests of a run."""

    def collect(self) -> Iterator[pytest.Item]:
        return iter(())

    def tests(self, found: Report) -> Iterator[pytest.Item]:
        modules = list(dict.fromkeys(it["module"] for it in found["targets"]))
        groups: Dict[str, List[Result]] = {}
        for result in found["results"]:
            title = name(result, modules, len(found["interpreters"]) > 1)
            groups.setdefault(title, []).append(result)
        for title, results in groups.items():
            yield Case.from_parent(self, name=title, results=results)
        yield Answer.from_parent(self, name="answer", found=found)


def name(result: Result, modules: List[str], with_interpreter: bool) -> str:
    """`case[row]/subject`, with the target and the interpreter where there are several."""
    parts = [result["case"] + (f"[{result['row']}]" if result["row"] else "")]
    if len(modules) > 1:
        parts += [it for it in (result["producer"], result["consumer"]) if it in modules][:1]
    parts.append(result["subject"])
    if with_interpreter:
        parts.append(result["interpreter"])
    return "/".join(dict.fromkeys(parts))


class Test(pytest.Item):
    """What a run says; it is over when the test begins."""

    __test__ = False

    def runtest(self) -> None:
        pass

    def reportinfo(self) -> Tuple[Path, Optional[int], str]:
        # Not as the node's id ends: pytest would take the dots in it for those of a Python name.
        return self.path, None, f"{PROGRAM} {self.name}"


class Case(Test):
    """A case of a target: the results of one row and one subject with all partners."""

    def __init__(self, results: List[Result], **others: Any) -> None:
        super().__init__(**others)
        strongest = min(map(rank, results))
        self.results = [it for it in results if rank(it) == strongest]
        self.kind = kind(self.results[0])

    def setup(self) -> None:
        if self.kind == "error":
            pytest.fail(self.text(), pytrace=False)

    def runtest(self) -> None:
        first = self.results[0]
        strict = self.config.getoption("--capsule-strict")
        if self.kind in ("fail must", "stale_difference") or (self.kind == "fail should" and strict):
            pytest.fail(self.text(), pytrace=False)
        if self.kind == "fail should":
            pytest.xfail(f"should: {first['observed']}, expected {first['expected']}; rerun: {first['rerun']}")
        if self.kind == "known_difference":
            pytest.xfail(f"known difference: {first['observed']}: {first['message']}")
        if self.kind in ("unverified", "not_applicable"):
            pytest.skip(f"{self.kind.replace('_', ' ')}: {first['message']}")

    def text(self) -> str:
        """One block for each outcome, in the words of the command's own report."""
        blocks: Dict[Tuple[Any, Any], List[Result]] = {}
        for it in self.results:
            blocks.setdefault((it["expected"], it["observed"]), []).append(it)
        return "\n\n".join(map(block, blocks.values()))


def kind(result: Result) -> str:
    verdict: str = result["verdict"]
    return f"fail {result['level']}" if verdict == "fail" else verdict


def rank(result: Result) -> int:
    # What is not in the list does not apply; any answer is stronger than that.
    return ORDER.index(kind(result)) if kind(result) in ORDER else len(ORDER)


def block(results: List[Result]) -> str:
    first = results[0]
    sides = [" → ".join(filter(None, (it["producer"], it["consumer"]))) + f" on {it['interpreter']}" for it in results]
    more = f", and {len(sides) - 1} more" if len(sides) > 1 else ""
    fields = {
        "expected": first["expected"],
        "seen": first["observed"],
        "detail": first["message"],
        "why": first.get("why"),
        "where": sides[0] + more,
        "rerun": first["rerun"],
        "output": first.get("output"),
    }
    lines = [f"{kind(first)}  {first['case']}  {first['subject']}"]
    lines += [f"  {word:<9} {text}" for word, text in fields.items() if text]
    return "\n".join(lines)


class Answer(Test):
    """Whether the run could tell: what could not be told is never green."""

    def __init__(self, found: Report, **others: Any) -> None:
        super().__init__(**others)
        self.found = found

    def setup(self) -> None:
        missing = self.found["unverified_must"]
        # Findings and stale records have tests of their own.
        if self.found["exit_code"] in (0, 1, 4) and not missing:
            return
        lines = [f"{PROGRAM} could not tell (exit code {self.found['exit_code']})"]
        lines += [f"  {it['what']}: {it['where']}: {it['message']}" for it in self.found["problems"]]
        lines += [f"  not verified: {it['case']}: {it['subject']}: {it['reason']}" for it in missing]
        pytest.fail("\n".join(lines), pytrace=False)
