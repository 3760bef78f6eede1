"""The command, word by word."""

import pytest

from luna import cli

COMMANDS = [
    "serve", "tick", "doctor", "clinic", "backup-key", "backup", "restore", "audit", "demo", "manage",
]  # fmt: skip
CLINIC = [
    "clinic", "new", "--name", "Lakeside", "--zone", "Europe/Dublin", "--country", "IE", "--address",
    "1 Lake Road", "--phone", "+35315550100", "--nurse-line", "+35315550101", "--lead-email",
    "lead@lakeside.example", "--admin-name", "Ada Byrne", "--admin-email", "ada@lakeside.example",
]  # fmt: skip


def test_help_names_every_command(capsys):
    with pytest.raises(SystemExit, match="0"):
        cli.main(["--help"])

    lines = capsys.readouterr().out.splitlines()
    words = [line.split()[0] for line in lines if line.startswith("    ") and not line.startswith("     ")]
    assert words == COMMANDS


def test_unknown_command_is_refused(capsys):
    with pytest.raises(SystemExit, match="2"):
        cli.main(["dance"])

    assert "invalid choice: 'dance'" in capsys.readouterr().err


@pytest.mark.processes
@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("DATABASE_URL", "mysql://db/luna", "DATABASE_URL is not an address like postgresql://"),
        ("DATABASE_URL", "postgresql://db/luna?colour=red", "DATABASE_URL cannot be read: "),
        ("LUNA_SMTP_URL", "smtp://mail:port", "Port could not be cast to integer value as 'port'"),
    ],
)
@pytest.mark.parametrize("words", [["doctor"], ["manage", "check"]], ids=["doctor", "manage"])
def test_setting_that_cannot_be_read_is_said_in_a_sentence(luna, words, name, value, said):
    luna.settings[name] = value

    done = luna.run(*words)

    assert done.returncode == 1
    assert done.stderr.startswith(f"Luna's settings cannot be used. {said}")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.processes
@pytest.mark.both_engines
def test_real_installation_from_nothing_to_its_first_message(bare_luna):
    luna = bare_luna
    luna.start()

    assert luna.run(*CLINIC).returncode == 0

    assert luna.run("doctor").returncode == 1  # no mail server is set
    assert luna.run("audit", "verify").stdout == "Every line of the audit is as it was written.\n"
    assert luna.run("demo", "reset").stderr == (
        "This database is not a demonstration, so it is left as it is.\n"
    )
    letters = luna.wait_for_letters(1)
    assert "ada@lakeside.example" in letters[0]


@pytest.mark.processes
def test_demonstration_starts_over(luna):
    luna.start("--demo")
    people = (
        "from luna.people.models import Patient\nanswer = sorted(str(p.id) for p in Patient.objects.all())"
    )
    before = luna.ask(people)

    done = luna.run("demo", "reset")

    after = luna.ask(people)
    assert (done.returncode, len(after)) == (0, len(before))
    assert set(before) & set(after) == set()
    assert luna.run(*CLINIC).stderr.startswith("This is a demonstration.")
