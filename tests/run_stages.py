"""Runs the stages of ./test and prints how many tests passed. See tests/README.md for the rules of a stage."""

import argparse
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
SUMMARY = re.compile(r"(\d+) passed, (\d+) failed")
SANITIZERS = ("address", "thread")
# What runs under the sanitizers beside the unit tests.
SANITIZED_STAGES = ("sql", "stopping")


class Outcome:
    """Counts of one stage; a stage that breaks counts as one failure."""

    def __init__(self, passed=0, failed=0, output=""):
        self.passed, self.failed, self.output = passed, failed, output


def run(command, limit, environment=None):
    """Runs a command in the root; returns (exit code, output). Ends the whole process group after `limit` seconds."""
    process = subprocess.Popen(
        command, cwd=ROOT, env={**os.environ, **(environment or {})}, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, errors="replace", start_new_session=True)
    try:
        output, _ = process.communicate(timeout=limit)
        return process.returncode, output
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        output, _ = process.communicate()
        return 1, f"{output}\ntime limit of {limit} s passed"


built = {}


def build(preset, targets, limit=3600):
    """Builds once per preset and targets; returns "" or the compiler's output."""
    key = (preset, *targets)
    if key not in built:
        code, output = run(["scripts/build", preset, *targets], limit)
        built[key] = "" if code == 0 else output
    return built[key]


def unit_folders():
    """The folders of src/ that have unit tests, as CMake names their targets."""
    layers = [line.strip() for line in (ROOT / "cmake/layers.txt").read_text().splitlines()]
    layers = [layer for layer in layers if layer and not layer.startswith("#")]
    return [layer.replace("/", "_") for layer in layers if any((ROOT / "src" / layer).glob("*_test.cc"))]


def run_units(preset, folders, limit, environment=None):
    targets = [f"sluice_{folder}_test" for folder in folders]
    errors = build(preset, targets)
    if errors:
        return Outcome(0, 1, errors)
    results = ROOT / "build" / preset / "test-results"
    shutil.rmtree(results, ignore_errors=True)
    pattern = "|".join(f"^sluice_{folder}$" for folder in folders)
    code, output = run(
        ["ctest", "--test-dir", f"build/{preset}", "-R", pattern, "-j", str(os.cpu_count()), "--output-on-failure",
         "--no-tests=error"], limit, {"GTEST_OUTPUT": f"json:{results}/", **(environment or {})})
    passed = failed = 0
    for target in targets:
        report = results / f"{target}.json"
        if not report.exists():  # the program died, so its own count is lost
            failed += 1
            continue
        counts = json.loads(report.read_text())
        failed += counts["failures"]
        passed += counts["tests"] - counts["failures"] - counts["disabled"]
    if code != 0 and failed == 0:
        failed = 1
    return Outcome(passed, failed, output)


def run_script(path, long, debug="debug"):
    """Runs tests/<kind>/run. `debug`: the preset that serves as the debug build."""
    head = path.read_text().splitlines()[:20]

    def setting(name, default):
        for line in head:
            if line.startswith(f"# {name}:"):
                return line.split(":", 1)[1].strip()
        return default

    needs = setting("needs", "debug")
    for preset in (setting("long-needs", needs) if long else needs).split():
        errors = build(debug if preset == "debug" else preset, setting("targets", "sluice").split())
        if errors:
            return Outcome(0, 1, errors)
    limit = int(setting("limit", "300"))
    if long:
        limit = int(setting("long-limit", str(10 * limit)))
    if debug in SANITIZERS:
        limit *= 10
    environment = {"SLUICE_BUILD_DEBUG": str(ROOT / "build" / debug), "SLUICE_BUILD_RELEASE": str(ROOT / "build" / "release")}
    if long:
        environment["SLUICE_LONG"] = "1"
    code, output = run([str(path)], limit, environment)
    summaries = SUMMARY.findall(output)
    if not summaries:
        return Outcome(0, 1, output + "\nthe stage printed no summary")
    passed, failed = map(int, summaries[-1])
    for line in output.splitlines():
        if line.startswith("skipped:"):
            print(f"{path.parent.name}: {line}")
    if code != 0 and failed == 0:
        failed = 1
    return Outcome(passed, failed, output)


def run_sanitized(preset):
    """The unit tests and the SANITIZED_STAGES on a build with a sanitizer, whose findings end the program."""
    total = run_units(preset, unit_folders(), 3600)
    for name in SANITIZED_STAGES:
        outcome = run_script(ROOT / "tests" / name / "run", False, preset)
        total = Outcome(total.passed + outcome.passed, total.failed + outcome.failed, total.output + (outcome.output if outcome.failed else ""))
    return total


def run_tidy():
    """The rules of the code (scripts/tidy) and its layout (scripts/format --check)."""
    outcome = Outcome()
    for command in (["scripts/tidy"], ["scripts/format", "--check"]):
        code, output = run(command, 1200)
        outcome.passed += code == 0
        outcome.failed += code != 0
        outcome.output += output
    return outcome


def check_marks(path):
    """Whether each SLUICE_REACHED mark of the sources was passed by at least one of the programs that ran."""
    counts = {}
    for line in path.read_text().splitlines() if path.exists() else []:
        count, name, place = line.split("\t")
        if not place.rpartition(":")[0].endswith("_test.cc"):
            counts[(name, place)] = counts.get((name, place), 0) + int(count)
    missed = [f"never reached: {name} ({place})" for (name, place), count in sorted(counts.items()) if count == 0]
    return Outcome(0, 1, "\n".join(missed)) if missed else Outcome(1, 0)


def stages(long, named):
    """All stages in their order: a list of (name, function). `named`: also those that only run with --long, unless they are asked for."""
    result = [("tidy", run_tidy)]
    folders = unit_folders()
    result.append(("unit", lambda: run_units("debug", folders, 900)))
    for script in sorted((ROOT / "tests").glob("*/run")):
        if "# long: only" in script.read_text() and not (long or named):
            continue
        result.append((script.parent.name, lambda script=script: run_script(script, long)))
    if long or named:
        result += [(preset, lambda preset=preset: run_sanitized(preset)) for preset in SANITIZERS]
    return result


def main():
    parser = argparse.ArgumentParser(description="Runs the tests.", prog="./test")
    parser.add_argument("names", nargs="*", help="stages, or folders of src/ for their unit tests")
    parser.add_argument("--long", action="store_true", help="the measures at full size, and all sanitizers")
    parser.add_argument("--list", action="store_true", help="show the stages")
    arguments = parser.parse_args()

    chosen = stages(arguments.long, bool(arguments.names))
    if arguments.list:
        print("stages:", " ".join(name for name, _ in chosen))
        print("unit tests:", " ".join(unit_folders()))
        return 0
    if arguments.names:
        by_name = dict(chosen)
        chosen = []
        for name in arguments.names:
            folder = name.replace("/", "_")
            if name in by_name:
                chosen.append((name, by_name[name]))
            elif folder in unit_folders():
                chosen.append((name, lambda folder=folder: run_units("debug", [folder], 900)))
            else:
                print(f"no stage and no folder is named {name}; ./test --list shows them", file=sys.stderr)
                return 2

    marks = ROOT / "build" / "reached.txt"
    marks.parent.mkdir(exist_ok=True)
    marks.unlink(missing_ok=True)
    os.environ["SLUICE_REACHED_FILE"] = str(marks)
    # Some branches are races that only the sweeps reach for certain.
    if arguments.long and not arguments.names:
        chosen.append(("marks", lambda: check_marks(marks)))

    passed = failed = 0
    for name, function in chosen:
        started = time.monotonic()
        outcome = function()
        passed += outcome.passed
        failed += outcome.failed
        if outcome.failed:
            print(outcome.output.rstrip()[-20000:])
        seconds = time.monotonic() - started
        print(f"{name}: {outcome.passed} passed, {outcome.failed} failed ({seconds:.0f} s)", flush=True)
    print(f"{passed} passed, {failed} failed")
    return 0 if failed == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
