"""The pytest plugin from outside: red on a defective module, green on its twin, and never green on what cannot be told."""

import json
import subprocess
import sysconfig
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

SOURCES = Path(__file__).parent.parent / "targets"
HOME = Path.home()
NAME = "names::attribute_capsule_is_importable"


@pytest.fixture
def run(pytester, monkeypatch):
    """Builds modules into a fresh folder and runs pytest there as its user would."""
    # A toolchain that rustup installed is found by the user's home, and pytester has another.
    monkeypatch.setenv("HOME", str(HOME))

    def run(*options, modules=(), ini="", tests="", targets=None):
        for module in modules:
            options_of_cc = ["-shared", "-fPIC", "-I", sysconfig.get_path("include"), "-o", f"{module}.so"]
            subprocess.run(["cc", *options_of_cc, SOURCES / f"{module}.c"], check=True)
        pytester.makeini(f"[pytest]\npythonpath = .\n{ini}")
        if tests:
            pytester.makepyfile(test_own=tests)
        for module in modules if targets is None else targets:
            options = ("--capsule-target", module, *options)
        return pytester.runpytest_subprocess("-v", *options)

    return run


def lines(result, word):
    return [line for line in result.outlines if word in line.split(" - ")[0] and "::" in line]


def test_a_clean_module_is_green(run):
    result = run(modules=["clean_target"])
    assert result.ret == 0
    outcomes = result.parseoutcomes()
    assert set(outcomes) == {"passed", "skipped"}
    # A case is a test, however many partners it has.
    assert len(lines(result, f"{NAME}/clean_target._C_API PASSED")) == 1
    assert f"collected {outcomes['passed'] + outcomes['skipped']} items" in result.stdout.str()


def test_a_defective_twin_is_red_and_says_how_to_see_it_again(run):
    result = run(modules=["misnames_its_capsule"])
    assert result.ret == 1
    outcomes = result.parseoutcomes()
    assert outcomes["failed"] == 1 and outcomes["xfailed"] >= 1
    result.stdout.fnmatch_lines(
        [f"fail must  {NAME}  *", "  expected  *", "  seen      ImportError*", "  why   *", "  where  *, and 4 more"]
    )
    rerun = next(line.split("rerun", 1)[1].strip() for line in result.outlines if line.startswith("  rerun"))
    again = subprocess.run(rerun, shell=True, capture_output=True, text=True)
    assert again.returncode == 1 and "1 pairing " in again.stdout


def test_strict_lets_a_broken_should_fail_too(run):
    result = run("--capsule-strict", modules=["misnames_its_capsule"])
    outcomes = result.parseoutcomes()
    assert outcomes["failed"] > 1 and "xfailed" not in outcomes


@pytest.mark.parametrize("module", ["raises_when_imported", "makes_no_capsule"])
def test_what_could_not_be_told_is_an_error(run, module):
    result = run(modules=[module])
    assert result.ret == 1
    assert result.parseoutcomes()["errors"] >= 1
    result.stdout.fnmatch_lines(["*capsule-conformance could not tell (exit code 3)"])


def test_wrong_configuration_is_a_usage_error(run):
    result = run(modules=["clean_target"], ini="capsule_args = --config nowhere.toml\n")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*cannot read nowhere.toml*"])


def test_configured_modules_are_checked_with_all_tests_and_not_with_one(run):
    ini, own = "capsule_targets =\n    clean_target\n", "def test_one(): pass\n"
    result = run("-k", "importable or own", modules=["clean_target"], targets=[], ini=ini, tests=own)
    assert result.ret == 0 and lines(result, f"{NAME}/clean_target._C_API PASSED") and lines(result, "test_one PASSED")
    assert result.parseoutcomes()["deselected"] > 1
    result = run("test_own.py", targets=[], ini=ini, tests=own)
    result.assert_outcomes(passed=1)


def test_workers_share_one_run_of_two_modules(run):
    result = run("-n", "2", modules=["clean_target", "misnames_its_capsule"])
    assert result.ret == 1
    assert result.parseoutcomes()["failed"] == 1
    assert len(lines(result, f"PASSED capsule-conformance::{NAME}/clean_target/clean_target._C_API")) == 1


@pytest.mark.parametrize("broken", ['{"complete": false, "exit_code": 0}', "", None])
def test_a_report_that_is_none_is_never_green(run, pytester, monkeypatch, broken):
    fake = pytester.mkdir("bin") / "capsule-conformance"
    write = "" if broken is None else f"printf %s '{broken}' >\"${{3#json=}}\""
    fake.write_text(f"#!/bin/sh\n{write}\n")
    fake.chmod(0o755)
    pytester.makeconftest(
        f"import capsule_conformance.pytest_plugin as it\nit.program = lambda: {json.dumps(str(fake))}\n"
    )
    result = run(modules=["clean_target"])
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*capsule-conformance ended with 0*"])
