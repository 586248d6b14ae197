"""What GitHub and pre-commit would run, run here: the shell lines of the action, the workflows and the example in the docs."""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parent.parent.parent
PROGRAM = Path(sysconfig.get_path("scripts"), "capsule-conformance")


def load(path):
    return yaml.safe_load((ROOT / path).read_text(encoding="utf-8"))


@pytest.fixture
def runner(tmp_path):
    """A folder as a step sees it, and the variables that it is given."""
    for name in ("work", "temp"):
        (tmp_path / name).mkdir()
    # What the action installs is what was built for these tests.
    package = os.environ.get("CAPSULE_CONFORMANCE_WHEEL", ROOT)
    variables = {
        "RUNNER_TEMP": tmp_path / "temp",
        "GITHUB_OUTPUT": tmp_path / "output",
        "GITHUB_STEP_SUMMARY": tmp_path / "summary",
        "GITHUB_ACTION_PATH": package,
    }

    def step(script, **more):
        env = {**os.environ, **variables, **more}
        shell = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script]
        env = {key: str(value) for key, value in env.items()}
        return subprocess.run(shell, cwd=tmp_path / "work", env=env, capture_output=True, text=True)

    step.folder = tmp_path / "work"
    step.summary = tmp_path / "summary"
    return step


def filled(text, values):
    """An expression of the workflow language, of the few kinds that ours use."""
    return re.sub(r"\$\{\{ (?:inputs|matrix)\.([\w-]+) \}\}", lambda it: str(values[it[1]]), str(text))


def use_action(runner, **inputs):
    action = load("action.yml")
    given = {key: it.get("default", "") for key, it in action["inputs"].items()}
    given.update({"python": sys.executable, **inputs})
    for step in action["runs"]["steps"]:
        env = {key: filled(value, given) for key, value in step["env"].items()}
        done = runner(step["run"], **env)
        if done.returncode:
            break
    return done


@pytest.mark.parametrize(
    "module, code, said", [("clean_target", 0, "::notice"), ("misnames_its_capsule", 1, "::error")]
)
def test_the_action_gates_a_module(runner, module, code, said):
    include = sysconfig.get_path("include")
    source = ROOT / "tests/targets" / f"{module}.c"
    subprocess.run(["cc", "-shared", "-fPIC", "-I", include, source, "-o", runner.folder / f"{module}.so"], check=True)
    done = use_action(runner, target=module, args="--path .")
    assert done.returncode == code, done.stderr
    assert said in done.stdout
    assert ("not conformant" in runner.summary.read_text()) == bool(code)


def test_the_action_is_never_green_where_nothing_could_be_told(runner):
    assert use_action(runner, target="no_such_module").returncode == 3


def test_the_example_of_the_docs_has_under_15_lines_and_its_inputs_exist():
    text = re.search(r"```yaml\n(.*?)```", (ROOT / "docs/ci.md").read_text(encoding="utf-8"), re.S)[1]
    assert len(text.splitlines()) < 15
    steps = yaml.safe_load(text)["jobs"]["capsules"]["steps"]
    used = next(step for step in steps if "capsule-conformance@" in step.get("uses", ""))
    inputs = load("action.yml")["inputs"]
    assert set(used["with"]) <= set(inputs)
    assert all(key in used["with"] for key, it in inputs.items() if it.get("required"))


def test_shards_of_the_workflow_make_a_whole(runner):
    jobs = load(".github/workflows/ci.yml")["jobs"]
    release = runner.folder / "target/release"
    release.mkdir(parents=True)
    (release / PROGRAM.name).symlink_to(PROGRAM)
    matrix = jobs["shard"]["strategy"]["matrix"]
    assert jobs["merge"]["strategy"]["matrix"]["python"] == matrix["python"]
    script = next(it["run"] for it in jobs["shard"]["steps"] if "--shard" in it.get("run", ""))
    few = " --case names::runtime_repr_shows_the_name --case 'null::*'"
    for shard in matrix["shard"]:
        env = {key: filled(value, {"shard": shard}) for key, value in jobs["shard"]["env"].items()}
        done = runner(script + few, **env)
        assert done.returncode == 0, done.stderr
        target = runner.folder / "reports" / f"report-x-{shard}"
        target.mkdir(parents=True)
        shutil.move(runner.folder / "report.json", target)
    merge = jobs["merge"]["steps"][-1]["run"]
    done = runner(merge)
    assert done.returncode == 0, done.stderr
    assert "conformant" in runner.summary.read_text()
    shutil.rmtree(runner.folder / "reports/report-x-1")
    assert runner(merge).returncode == 2


def test_precommit_installs_the_hook_and_it_gates(tmp_path):
    config = yaml.safe_load(re.findall(r"```yaml\n(.*?)```", (ROOT / "docs/ci.md").read_text(encoding="utf-8"), re.S)[1])
    head = subprocess.run(["git", "-C", ROOT, "rev-parse", "HEAD"], capture_output=True, text=True, check=True)
    config["repos"][0].update(repo=str(ROOT), rev=head.stdout.strip())
    hook = config["repos"][0]["hooks"][0]

    def run(module):
        source = ROOT / "tests/targets" / f"{module}.c"
        flags = ["-shared", "-fPIC", "-I", sysconfig.get_path("include")]
        subprocess.run(["cc", *flags, source, "-o", tmp_path / f"{module}.so"], check=True)
        hook["args"] = ["--target", module, "--path", ".", "--python", sys.executable]
        (tmp_path / ".pre-commit-config.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
        subprocess.run(["git", "add", ".pre-commit-config.yaml", "own.c"], cwd=tmp_path, check=True)
        env = {**os.environ, "PRE_COMMIT_HOME": str(tmp_path / "home")}
        command = [PROGRAM.with_name("pre-commit"), "run", "--all-files", "--color", "never"]
        return subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True)

    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    (tmp_path / "own.c").touch()
    clean, red = run("clean_target"), run("misnames_its_capsule")
    assert clean.returncode == 0 and "Passed" in clean.stdout, clean.stdout + clean.stderr
    assert red.returncode == 1 and "ImportError" in red.stdout, red.stdout + red.stderr
