"""The examples of docs/authors.md, built and checked as their reader would."""

import os
import re
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
TEXT = (ROOT / "docs/authors.md").read_text(encoding="utf-8")
SCRIPTS = Path(sysconfig.get_path("scripts"))
SHARED = ["-shared", "-fPIC", "-I", sysconfig.get_path("include")]
STRICT = ["-Wall", "-Wextra", "-Werror", "-Wno-cast-function-type"]


@pytest.fixture
def folder(tmp_path):
    """Every example under the name that it begins with."""
    blocks = re.findall(r"```(\w+)\n(?://|#) (\S+)\n(.*?)```", TEXT, re.S)
    assert len(blocks) == TEXT.count("```") // 2, "each example begins with the name of its file"
    for _, name, text in blocks:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def compile_c(folder, stem, compiler=("cc", *STRICT), source=None):
    source = source or f"{stem}.c"
    subprocess.run([*compiler, *SHARED, source, "-o", f"{stem}.so"], cwd=folder, check=True)


def assert_conformant(folder, module, *options):
    run = [SCRIPTS / "capsule-conformance", "--target", module, "--path", ".", "--strict", *options]
    done = subprocess.run(run, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "broke" not in done.stdout


def assert_renders(folder, module):
    """A renderer takes its table from the C example, as the manifest of the documents says."""
    compile_c(folder, "fast_math")
    text = (folder / "capsule-conformance.toml").read_text().replace('"renderer', f'"{module}')
    (folder / f"{module}.toml").write_text(text)
    assert_conformant(folder, module, "--config", f"{module}.toml")
    checked = "import math, %s as it; assert it.render(1.0) == math.cos(1.0)" % module
    subprocess.run([sys.executable, "-c", checked], cwd=folder, check=True)


@pytest.mark.parametrize("compiler", [("cc", *STRICT), ("c++", "-xc++", *STRICT)], ids=["C", "C++"])
def test_the_examples_in_c_are_right_in_both_languages(folder, compiler):
    for stem in ("fast_math", "renderer"):
        compile_c(folder, stem, compiler)
    assert_conformant(folder, "fast_math")
    assert_renders(folder, "renderer")


def test_the_example_in_cpp(folder):
    compile_c(folder, "vectors", ("c++", "-std=c++17", *STRICT), "vectors.cpp")
    assert_conformant(folder, "vectors", "--config", "vectors.toml")


def test_the_examples_in_rust(folder):
    manifest = (folder / "rusty_math/Cargo.toml").read_text()
    (folder / "rusty_renderer/Cargo.toml").write_text(manifest.replace("rusty_math", "rusty_renderer"))
    (folder / "Cargo.toml").write_text('[workspace]\nresolver = "3"\nmembers = ["rusty_math", "rusty_renderer"]\n')
    # The versions that the suite's own fixtures are built with.
    (folder / "Cargo.lock").write_bytes((ROOT / "rust_fixtures/Cargo.lock").read_bytes())
    env = {**os.environ, "PYO3_PYTHON": sys.executable, "PYO3_BUILD_EXTENSION_MODULE": "1"}
    subprocess.run(["cargo", "build", "--quiet"], cwd=folder, env=env, check=True)
    target = Path(os.environ.get("CARGO_TARGET_DIR", folder / "target"))
    for module in ("rusty_math", "rusty_renderer"):
        (folder / f"{module}.so").write_bytes((target / f"debug/lib{module}.so").read_bytes())
    assert_conformant(folder, "rusty_math")
    assert_renders(folder, "rusty_renderer")
    # PyO3 makes the call: a finding is shown at the line that asks PyO3 for it.
    wrong = '[[produces]]\nattribute = "rusty_math._C_API"\nname = "another"\n'
    (folder / "wrong.toml").write_text(wrong, encoding="utf-8")
    run = [SCRIPTS / "capsule-conformance", "--target", "rusty_math", "--path", ".", "--config", "wrong.toml"]
    done = subprocess.run([*run, "--format", "github"], cwd=folder, capture_output=True, text=True)
    source = (folder / "rusty_math/src/lib.rs").read_text().splitlines()
    line = 1 + next(index for index, text in enumerate(source) if "new_with_pointer" in text)
    assert f"::error file=rusty_math/src/lib.rs,line={line}," in done.stdout, done.stdout


def test_the_examples_in_cython(folder):
    for module in ("cy_math", "cy_renderer"):
        subprocess.run([SCRIPTS / "cython", "-3", "-Werror", f"{module}.pyx"], cwd=folder, check=True)
        compile_c(folder, module, ("cc",))
    assert_conformant(folder, "cy_math")
    assert_renders(folder, "cy_renderer")
