"""The first command of the README: it ends well, is fast the second time, and leaves no process behind when stopped."""

import os
import pathlib
import re
import signal
import subprocess
import time

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]


def start(tmp_path, **more):
    environment = {
        **os.environ,
        "INLET_TO": str(tmp_path / "lake"),
        "INLET_QUICKSTART_WORK": str(tmp_path / "work"),
        "INLET_SAMPLE_DOCUMENTS": "4000",
        **more,
    }
    return subprocess.Popen(
        ["./quickstart"], cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
        preexec_fn=hear_control_c,
    )  # fmt: skip


def hear_control_c():
    """In the child: a shell that runs the tests in the background has told it to ignore SIGINT, and what bash ignores it cannot trap."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def left_over(session):
    """Processes of the session that the script led."""
    found = []
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if int(fields[3]) == session and fields[0] != "Z":
            found.append(stat.parent.name)
    return found


def test_it_ends_with_a_proven_lake_and_what_to_try_next(tmp_path):
    run = start(tmp_path)
    text = run.communicate(timeout=120)[0]
    assert run.returncode == 0, text
    assert "verified: everything is as the manifests say" in text
    assert len(text.split("Try next:\n")[1].strip().splitlines()) == 3
    first_of_try_next = re.search(r"^  (head .*json\.tool)", text, re.M).group(1)
    shown = subprocess.run(first_of_try_next, shell=True, cwd=ROOT, capture_output=True, text=True)
    assert shown.returncode == 0 and '"op"' in shown.stdout
    assert left_over(run.pid) == []


def test_a_lake_of_somebody_else_is_not_touched(tmp_path):
    (tmp_path / "lake").mkdir()
    (tmp_path / "lake" / "mine").write_text("mine")
    run = start(tmp_path)
    text = run.communicate(timeout=60)[0]
    assert run.returncode == 1 and "hint: move it away" in text, text
    assert (tmp_path / "lake" / "mine").read_text() == "mine"
    assert left_over(run.pid) == []


@pytest.mark.parametrize("step", ["2. Build", "3. A private mongod", "5. A writer", "6. inlet sync", "9. The lake"])
def test_control_c_at_any_step_leaves_no_process(tmp_path, step):
    run = start(tmp_path)
    for line in run.stdout:
        if step in line:
            break
    else:
        pytest.fail(f"step {step} never came")
    os.killpg(run.pid, signal.SIGINT)  # As a terminal does: everything in the foreground gets it.
    run.communicate(timeout=30)
    assert run.returncode != 0
    until = time.monotonic() + 5
    while left_over(run.pid) and time.monotonic() < until:
        time.sleep(0.05)
    assert left_over(run.pid) == []
