import json
from types import SimpleNamespace

from bench import __main__ as runner
from bench import plan_apply
from luna.clinical import plan


def result(name, value=1.0):
    return {"name": name, "value": value, "unit": "ms", "baseline": None, "note": "made for a test"}


def test_every_module_with_a_measure_names_what_it_measures():
    assert {module.__name__ for module in runner.modules()} >= {"bench.plan_apply"}
    assert all(module.NAMES for module in runner.modules())


def test_run_keeps_only_the_measure_asked_for():
    module = SimpleNamespace(NAMES=("a", "b"), measure=lambda: [result("a"), {**result("b"), "more": 1}])

    assert runner.run([module]) == [result("a"), result("b")]
    assert runner.run([module], "b") == [result("b")]


def test_results_of_one_measure_replace_its_old_ones_and_keep_the_others():
    old = [result("b", 2.0), result("a", 2.0)]

    assert runner.merged(old, [result("b", 3.0), result("c", 3.0)]) == [
        result("a", 2.0),
        result("b", 3.0),
        result("c", 3.0),
    ]


def test_name_nobody_measures_is_refused_and_nothing_is_written(capsys, tmp_path, monkeypatch):
    monkeypatch.setattr(runner, "RESULTS", tmp_path / "results.json")

    assert runner.main(["speed"]) == 2
    assert capsys.readouterr().err.startswith("No measure is called 'speed'. There are: ")
    assert list(tmp_path.iterdir()) == []


def test_measured_results_are_written_as_a_list(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(runner, "RESULTS", tmp_path / "results.json")
    monkeypatch.setattr(plan_apply, "ROUNDS", 1)

    assert runner.main(["plan.apply.ms"]) == 0

    [written] = json.loads((tmp_path / "results.json").read_text())
    assert (written["name"], written["unit"], sorted(written)) == ("plan.apply.ms", "ms", sorted(runner.KEYS))


def test_plan_is_measured_on_sixty_tasks():
    assert len(plan.apply(plan_apply._protocol(1), plan_apply._facts())) == 60
