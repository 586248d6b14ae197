"""The examples of docs/authors.md, built and checked as their reader would."""

import re
import subprocess
import sysconfig
from pathlib import Path

import pytest

TEXT = (Path(__file__).parent.parent.parent / "docs/authors.md").read_text(encoding="utf-8")
PROGRAM = Path(sysconfig.get_path("scripts"), "capsule-conformance")
FLAGS = ["-shared", "-fPIC", "-Wall", "-Wextra", "-Werror", "-I", sysconfig.get_path("include")]
COMPILERS = {"C": ["cc", "-Wno-cast-function-type"], "C++": ["c++", "-xc++", "-Wno-cast-function-type"]}


@pytest.mark.parametrize("language", COMPILERS)
def test_the_examples_compile_and_conform(tmp_path, language):
    blocks = re.findall(r"```(?:c|toml)\n(?://|#) (\S+)\n(.*?)```", TEXT, re.S)
    assert len(blocks) == 4
    for name, text in blocks:
        (tmp_path / name).write_text(text, encoding="utf-8")
    for source in tmp_path.glob("*.c"):
        command = [*COMPILERS[language], *FLAGS, str(source), "-o", str(source.with_suffix(".so"))]
        subprocess.run(command, check=True)
    for module in ("fast_math", "renderer"):
        run = [PROGRAM, "--target", module, "--path", ".", "--strict"]
        done = subprocess.run(run, cwd=tmp_path, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "broke" not in done.stdout
