"""The long-lived process under the interpreter under test: reads jobs, gives each a process of its own, answers.

    python host.py CONFIG          config as JSON; then jobs in, answers out, as serve.py says
    python host.py --job FD        one job in this very interpreter: how the host starts a fresh one

Read anew by every fresh interpreter, since a script has no cached bytecode: so only what both uses share is here.
"""

import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))


def isolate():
    """Hides the worker from the target: no plain module name of ours, and neither our nor the current folder on the path."""
    package = type(sys)("capsule_worker")
    package.__path__ = [HERE]
    sys.modules["capsule_worker"] = package
    here = os.path.realpath(HERE)
    sys.path[:] = [entry for entry in sys.path if entry and os.path.realpath(entry) != here]


def main(arguments):
    isolate()
    del sys.argv[1:]
    from capsule_worker import job

    if arguments[:1] == ["--job"]:
        config, task = job.receive(int(arguments[1]))
        probe = job.settle(config)
    else:
        from capsule_worker import serve

        # Comes back once in each forked child with that child's job, and at the end of input with none. The job is
        # performed here, with the host's frames gone, so that a real interpreter shutdown only has to return.
        task, probe = serve.serve(arguments[0])
    if task is not None:
        job.perform(task, probe)


# A target that starts `multiprocessing` by spawning loads this file again, under another name.
if __name__ == "__main__":
    main(sys.argv[1:])
