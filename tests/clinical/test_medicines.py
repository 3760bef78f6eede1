import pytest

from luna.clinical import errors, medicines

TEXT = """
id = "example"
version = "1.0.0"
review_by = 2027-11-01
reviewed_by = ""
class = [
  { id = "ssri", atc = ["N06AB"] },
  { id = "pain" },
  { id = "herbal" },
  { id = "antihistamine" },
]
medicine = [
  { name = "sertraline", us = ["Zoloft"], gb = ["Lustral"], codes = ["ssri"] },
  { name = "paroxetine", us = ["Paxil"], gb = ["Seroxat"], codes = ["ssri"] },
  { name = "paracetamol", also = ["acetaminophen"], us = ["Tylenol"], gb = ["Panadol"], codes = ["pain"] },
  { name = "codeine and paracetamol", also = ["co-codamol"], us = ["Tylenol #3"], codes = ["pain"] },
  { name = "St John's wort", also = ["hypericum"], codes = ["herbal"] },
  { name = "café extract", codes = ["herbal"] },
  { name = "diphenhydramine", us = ["Benadryl"], codes = ["antihistamine"] },
  { name = "acrivastine", gb = ["Benadryl"], codes = ["antihistamine"] },
  { name = "dosulepin", codes = ["herbal"] },
  { name = "MDMA", codes = ["herbal"] },
]
"""
READ = medicines.read_medicines(TEXT)


def found(text, limit=8):
    return [match.drug.name for match in medicines.search(READ.names, text, limit)]


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("sertraline", "sertraline"),
        ("SERTRALINE", "sertraline"),
        ("  Zoloft  ", "sertraline"),
        ("lustral", "sertraline"),
        ("sert", "sertraline"),
        ("z", "sertraline"),
        ("st johns wort", "St John's wort"),
        ("St. John’s-wort", "St John's wort"),
        ("stjohn", "St John's wort"),
        ("wort", "St John's wort"),
        ("cocodamol", "codeine and paracetamol"),
        ("co codamol", "codeine and paracetamol"),
        ("cafe", "café extract"),
        ("CAFÉ", "café extract"),
        ("traline", "sertraline"),
    ],
)
def test_search_forgives_case_accents_spaces_and_hyphens(typed, name):
    assert found(typed)[0] == name


@pytest.mark.parametrize(
    "typed",
    [
        "sertralin",  # not finished
        "sertrline",  # a letter missing
        "sertrallne",  # a letter wrong
        "serttraline",  # a letter too many
        "setraline",
        "sertarline",  # two swapped
        "sertralien",
        "sertr4line",
        "sretral",  # swapped, not finished
        "ertraline",  # and the same at the very beginning
        "tertraline",
        "xsertraline",
        "esrtraline",
        "zolfot",
    ],
)
def test_search_forgives_one_slip(typed):
    assert found(typed) == ["sertraline"]


@pytest.mark.parametrize(
    "typed",
    [
        "sretrlaine",  # two slips
        "mdam",  # too short to forgive
        "qwxyz",
        "",
        "   ",
        "-'.",
        "\u200b",
    ],
)
def test_search_finds_nothing(typed):
    assert found(typed) == []


def test_whole_name_comes_before_one_that_begins_so():
    assert found("tylenol") == ["paracetamol", "codeine and paracetamol"]


def test_name_that_begins_so_comes_before_a_later_word():
    assert found("para") == ["paracetamol", "codeine and paracetamol"]


def test_exact_name_comes_before_a_slip():
    assert found("paroxetine")[0] == "paroxetine"


def test_brand_of_two_medicines_finds_both():
    assert sorted(found("benadryl")) == ["acrivastine", "diphenhydramine"]


def test_search_tells_by_which_name():
    (match,) = medicines.search(READ.names, "Seroxat")

    assert (match.drug.name, match.name) == ("paroxetine", "Seroxat")


def test_search_gives_each_medicine_once_and_no_more_than_asked():
    assert found("a", 3) == ["paracetamol", "acrivastine", "codeine and paracetamol"]


def test_search_reads_only_the_beginning_of_a_long_text():
    assert found("sertraline" + " " * 2_000_000 + "x") == ["sertraline"]


@pytest.mark.parametrize(
    ("first", "second", "near"),
    [
        ("abcde", "abcde", True),
        ("abcde", "abxde", True),
        ("abcde", "abde", True),
        ("abcde", "abcdef", True),
        ("abcde", "xabcde", True),
        ("abcde", "abdce", True),
        ("abcde", "bacde", True),
        ("abcde", "abced", True),
        ("abcde", "abxye", False),
        ("abcde", "adcbe", False),
        ("abcde", "abc", False),
        ("abcde", "badce", False),
        ("", "a", True),
        ("", "", True),
        ("ab", "cd", False),
    ],
)
def test_one_slip_is_symmetric(first, second, near):
    assert (medicines.one_slip(first, second), medicines.one_slip(second, first)) == (near, near)


def test_list_is_read_whole():
    drug = READ.drugs[2]

    assert (READ.id, READ.version, len(READ.drugs), len(READ.names)) == ("example", "1.0.0", 10, 22)
    assert (drug.also, drug.us, drug.gb, drug.codes) == (
        ("acetaminophen",),
        ("Tylenol",),
        ("Panadol",),
        frozenset({"pain"}),
    )
    assert [(one.id, one.atc) for one in READ.classes][:2] == [("ssri", ("N06AB",)), ("pain", ())]


def test_name_that_is_also_a_brand_is_kept_once():
    drug = medicines.Drug("ketamine", (), ("Ketalar",), ("Ketalar",), frozenset({"x"}))

    assert drug.names == ("ketamine", "Ketalar")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            'name = "dosulepin", codes = ["herbal"]',
            'name = "dosulepin", codes = ["tca"]',
            "medicine[9] 'dosulepin'.codes: There is no class 'tca'. Add it as a class, or mend the name.",
        ),
        (
            'name = "dosulepin"',
            'name = "sertraline"',
            "medicine[9] 'sertraline'.name: There is another one above. Give each one of its own.",
        ),
        (
            '{ id = "herbal" }',
            '{ id = "herbal" }, { id = "mineral" }',
            "class: No medicine is of the class 'mineral'. Name one, or take it out.",
        ),
        (
            'name = "MDMA", codes = ["herbal"]',
            'name = "MDMA", codes = []',
            "medicine[10] 'MDMA'.codes: The list is empty or says a thing twice. "
            "Name each once, and at least one.",
        ),
        (
            'name = "MDMA"',
            'name = "MDMA", dose = "none"',
            "medicine[10] 'MDMA'.dose: Nothing reads this key. Use only: also, codes, gb, name, us.",
        ),
    ],
)
def test_broken_list_names_the_place_and_the_cure(old, new, message):
    assert TEXT.count(old) == 1

    with pytest.raises(errors.MedicineError) as refused:
        medicines.read_medicines(TEXT.replace(old, new))

    assert str(refused.value) == message


# --- What somebody wrote ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("sertraline", "sertraline"),
        (" ZOLOFT ", "sertraline"),
        ("St John’s wort", "St John's wort"),  # as a phone types it
        ("sertraline 50 mg", "sertraline"),
        ("Sertraline 50mg", "sertraline"),
        ("Zoloft, 50 mg in the morning, 2 on Sundays", "sertraline"),
        ("sertraline (50 mg)", "sertraline"),
        ("St. John's wort 2 capsules", "St John's wort"),
        ("Tylenol #3", "codeine and paracetamol"),
        ("Tylenol 500 mg", "paracetamol"),
        ("Benadryl 25", "diphenhydramine"),
    ],
)
def test_name_is_recognised_also_before_a_dose(written, name):
    assert medicines.named(READ.names, written).name == name


@pytest.mark.parametrize(
    "written",
    [
        "",
        " ",
        "50 mg",
        "sert 50 mg",
        "sertralin",
        "not sertraline 50 mg",
        "sertraline or so",
        "sertraline-like 5",
    ],
)
def test_what_is_no_name_is_not_recognised(written):
    assert medicines.named(READ.names, written) is None


@pytest.mark.parametrize(
    ("written", "still"),
    [
        ("sertraline from the hospital", True),
        ("my Zoloft (white)", True),
        ("Sertr. for the morning", True),
        ("setraline, half", True),
        ("Lustral-like tablets", True),
        ("green drops", False),
        ("a of it", False),
        ("line 3", False),
        ("", False),
    ],
)
def test_medicine_that_was_chosen_is_meant_while_a_word_is_one_of_its_names(written, still):
    [sertraline] = [drug for drug in READ.drugs if drug.name == "sertraline"]

    assert medicines.is_meant(sertraline, written) is still
