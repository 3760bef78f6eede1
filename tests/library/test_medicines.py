"""The packaged medicines and what their classes mean beside ketamine."""

import pytest

from luna.clinical import interactions, medicines
from luna.clinical.interactions import Handling, Level, Medicine
from luna.clinical.questionnaire import Kind
from luna.library import content

LIST = content.medicines()
TABLE = content.interactions("ketamine")
ROWS = {row.id: row for row in TABLE.interactions}
WORDS = content.words("interactions", "ketamine")
DRUGS = {drug.name: drug for drug in LIST.drugs}


def rows_of(typed):
    """Return the ids of the flags for what somebody typed, as the search recognises it."""
    drug = medicines.search(LIST.names, typed)[0].drug
    return {flag.id for flag in interactions.flags([Medicine(drug.name, drug.codes)], TABLE)}


def test_list_is_long_enough_to_find_most():
    assert len(LIST.drugs) >= 950
    assert len(LIST.names) >= 2900


def test_every_class_of_the_table_is_a_class_of_the_list():
    asked = {code for row in TABLE.interactions for code in row.codes} - {interactions.UNKNOWN}

    assert asked - {one.id for one in LIST.classes} == set()


@pytest.mark.parametrize(
    ("row", "level", "handling", "grade"),
    [
        ("benzodiazepines", Level.REVIEW, Handling.ASK_PRESCRIBER, "R"),
        ("lamotrigine", Level.REVIEW, Handling.ASK_PRESCRIBER, "R"),
        ("maoi", Level.REVIEW, Handling.ASK_PRESCRIBER, "R"),
        ("stimulants", Level.REVIEW, Handling.HOLD_DOSE_DAY, "S"),
        ("theophylline", Level.STOP, Handling.AVOID, "R"),
        ("pressor", Level.CAUTION, Handling.MONITOR, "R"),
        ("cns-depressants", Level.REVIEW, Handling.ASK_PRESCRIBER, "R"),
        ("gabapentinoids", Level.REVIEW, Handling.ASK_PRESCRIBER, "B"),
        ("alcohol", Level.REVIEW, Handling.AVOID, "R"),
        ("cannabis", Level.REVIEW, Handling.AVOID, "R"),
        ("other-drugs", Level.REVIEW, Handling.AVOID, "D"),
        ("ketamine-elsewhere", Level.REVIEW, Handling.ASK_PRESCRIBER, "D"),
        ("cyp3a4-inhibitors", Level.REVIEW, Handling.ASK_PRESCRIBER, "R"),
        ("cyp2b6-inhibitors", Level.REVIEW, Handling.ASK_PRESCRIBER, "R"),
        ("enzyme-inducers", Level.REVIEW, Handling.ASK_PRESCRIBER, "R"),
        ("st-johns-wort", Level.REVIEW, Handling.ASK_PRESCRIBER, "R"),
        ("naltrexone", Level.REVIEW, Handling.ASK_PRESCRIBER, "R"),
        ("antipsychotics", Level.CAUTION, Handling.MONITOR, "R"),
        ("alpha-2-agonists", Level.REVIEW, Handling.ASK_PRESCRIBER, "B"),
        ("blood-pressure", Level.CAUTION, Handling.ASK_PRESCRIBER, "S"),
        ("heart", Level.CAUTION, Handling.ASK_PRESCRIBER, "D"),
        ("nmda-antagonists", Level.REVIEW, Handling.ASK_PRESCRIBER, "B"),
        ("thyroid-hormones", Level.CAUTION, Handling.MONITOR, "B"),
        ("glp1", Level.REVIEW, Handling.ASK_PRESCRIBER, "R"),
        ("insulin", Level.REVIEW, Handling.ASK_PRESCRIBER, "S"),
        ("sulfonylureas", Level.REVIEW, Handling.ASK_PRESCRIBER, "S"),
        ("sglt2-inhibitors", Level.REVIEW, Handling.ASK_PRESCRIBER, "S"),
        ("diabetes-tablets", Level.CAUTION, Handling.ASK_PRESCRIBER, "S"),
        ("blood-thinners", Level.CAUTION, Handling.MONITOR, "B"),
        ("noradrenergic", Level.CAUTION, Handling.MONITOR, "S"),
        ("triptans", Level.CAUTION, Handling.MONITOR, "S"),
        ("alcohol-treatment", Level.REVIEW, Handling.ASK_PRESCRIBER, "D"),
        ("cyp3a4-moderate", Level.INFO, Handling.INFO, "D"),
        ("valproate", Level.INFO, Handling.OK, "R"),
        ("grapefruit", Level.CAUTION, Handling.MONITOR, "R"),
        ("antidepressants", Level.INFO, Handling.OK, "R"),
        ("lithium", Level.INFO, Handling.OK, "R"),
        ("itraconazole", Level.INFO, Handling.OK, "R"),
        ("nasal-products", Level.INFO, Handling.INFO, "S"),
        ("unknown", Level.REVIEW, Handling.ASK_PRESCRIBER, "D"),
    ],
)
def test_row_keeps_the_level_handling_and_grade_of_the_evidence(row, level, handling, grade):
    assert (ROWS[row].level, ROWS[row].handling, ROWS[row].grade) == (level, handling, grade)


def test_every_row_is_held_to_its_level_above():
    held = {
        parameters[0]
        for parameters in (test_row_keeps_the_level_handling_and_grade_of_the_evidence.pytestmark[0].args[1])
    }

    assert set(ROWS) == held


@pytest.mark.parametrize("row", TABLE.interactions, ids=lambda row: row.id)
def test_row_is_graded_no_surer_than_its_evidence(row):
    cited = [content.SURENESS.index(content.evidence()[name].grade) for name in row.evidence]

    assert content.SURENESS.index(row.grade) >= min(cited)


@pytest.mark.parametrize(
    ("typed", "rows"),
    [
        ("Valium", {"benzodiazepines"}),
        ("klonopin", {"benzodiazepines"}),
        ("bromazepam", {"benzodiazepines"}),
        ("Lamictal", {"lamotrigine"}),
        ("Parnate", {"maoi"}),
        ("Emsam", {"maoi"}),
        ("procarbazine", {"maoi"}),
        ("methylene blue", {"maoi"}),
        ("Zyvox", {"maoi"}),
        ("Elvanse", {"stimulants"}),
        ("provigil", {"stimulants"}),
        ("Uniphyllin Continus", {"theophylline"}),
        ("aminophylline", {"theophylline"}),
        ("Sudafed", {"pressor"}),
        ("desmopressin", {"pressor"}),
        ("OxyContin", {"cns-depressants"}),
        ("co-codamol", {"cns-depressants"}),
        ("Stadol", {"cns-depressants"}),
        ("nalbuphine", {"cns-depressants"}),
        ("zopiclone", {"cns-depressants"}),
        ("Benadryl", {"cns-depressants"}),
        ("lyrica", {"gabapentinoids"}),
        ("wine", {"alcohol"}),
        ("edibles", {"cannabis"}),
        ("ecstasy", {"stimulants", "other-drugs"}),
        ("Spravato", {"ketamine-elsewhere"}),
        ("Paxlovid", {"cyp3a4-inhibitors"}),
        ("Reyataz", {"cyp3a4-inhibitors"}),
        ("Plavix", {"cyp2b6-inhibitors", "blood-thinners"}),
        ("ticlopidine", {"cyp2b6-inhibitors", "blood-thinners"}),
        ("Eliquis", {"blood-thinners"}),
        ("Coumadin", {"blood-thinners"}),
        ("Fragmin", {"blood-thinners"}),
        ("Sinthrome", {"blood-thinners"}),
        ("aspirin", {"blood-thinners"}),
        ("Strattera", {"noradrenergic"}),
        ("Qelbree", {"noradrenergic"}),
        ("Imigran", {"triptans"}),
        ("Antabuse", {"alcohol-treatment"}),
        ("Campral", {"alcohol-treatment"}),
        ("Cardizem", {"blood-pressure", "cyp3a4-moderate"}),
        ("verapamil", {"blood-pressure", "cyp3a4-moderate"}),
        ("Diflucan", {"cyp3a4-moderate"}),
        ("Faverin", {"antidepressants", "cyp3a4-moderate"}),
        ("Epilim", {"valproate"}),
        ("Tegretol", {"enzyme-inducers"}),
        ("rifabutin", {"enzyme-inducers"}),
        ("Priftin", {"enzyme-inducers"}),
        ("Sustiva", {"enzyme-inducers"}),
        ("Xtandi", {"enzyme-inducers"}),
        ("phenobarbitone", {"enzyme-inducers", "cns-depressants"}),
        ("St Johns Wort", {"st-johns-wort"}),
        ("Vivitrol", {"naltrexone"}),
        ("Contrave", {"naltrexone", "antidepressants"}),
        ("Seroquel", {"antipsychotics"}),
        ("Catapres", {"alpha-2-agonists"}),
        ("Intuniv", {"alpha-2-agonists"}),
        ("lofexidine", {"alpha-2-agonists"}),
        ("lisinopril", {"blood-pressure"}),
        ("Cozaar-Comp", {"blood-pressure"}),
        ("Inderal", {"blood-pressure"}),
        ("Norvasc", {"blood-pressure"}),
        ("Lasix", {"blood-pressure"}),
        ("torsemide", {"blood-pressure"}),
        ("Exforge", {"blood-pressure"}),
        ("Lotrel", {"blood-pressure"}),
        ("Zestoretic", {"blood-pressure"}),
        ("Tarka", {"blood-pressure", "cyp3a4-moderate"}),
        ("Flomax", {"blood-pressure"}),
        ("methyldopa", {"blood-pressure"}),
        ("sotalol", {"blood-pressure", "heart"}),
        ("GTN", {"heart"}),
        ("Lanoxin", {"heart"}),
        ("Ebixa", {"nmda-antagonists"}),
        ("NyQuil", {"nmda-antagonists", "cns-depressants"}),
        ("Synthroid", {"thyroid-hormones"}),
        ("Ozempic", {"glp1"}),
        ("Mounjaro", {"glp1"}),
        ("insulin", {"insulin"}),
        ("Lantus", {"insulin"}),
        ("Xultophy", {"insulin", "glp1"}),
        ("gliclazide", {"sulfonylureas"}),
        ("Prandin", {"sulfonylureas"}),
        ("tolbutamide", {"sulfonylureas"}),
        ("Synjardy", {"sglt2-inhibitors", "diabetes-tablets"}),
        ("Jardiance", {"sglt2-inhibitors"}),
        ("metformin", {"diabetes-tablets"}),
        ("grapefruit juice", {"grapefruit"}),
        ("Zoloft", {"antidepressants"}),
        ("Efexor XL", {"antidepressants"}),
        ("Priadel", {"lithium"}),
        ("Sporanox", {"itraconazole"}),
        ("Flonase", {"nasal-products"}),
        ("omeprazole", set()),
        ("tamoxifen", set()),
        ("leuprolide", set()),
        ("Microgynon", set()),
    ],
)
def test_medicine_found_by_name_is_flagged(typed, rows):
    assert rows_of(typed) == rows


@pytest.mark.hazard("H1")
def test_classes_that_meet_nothing_are_known_by_name():
    """A class is left without a row on purpose: no record speaks of it beside ketamine."""
    asked = {code for row in TABLE.interactions for code in row.codes}

    assert {one.id for one in LIST.classes} - asked == {
        "antibiotic",
        "anticholinergic",
        "antiemetic",
        "antifungal",
        "antihistamine",
        "antiseizure",
        "antithyroid",
        "antiviral",
        "anxiolytic-other",
        "asthma",
        "bladder",
        "bone",
        "bowel",
        "cancer",
        "cholesterol",
        "contraceptive",
        "cough-cold",
        "dementia",
        "erection",
        "gout",
        "herbal",
        "hormone",
        "hormone-blocker",
        "immune",
        "migraine",
        "nsaid",
        "opioid-treatment",
        "painkiller",
        "parkinson",
        "sleep-aid",
        "smoking-treatment",
        "statin",
        "steroid",
        "stomach-acid",
        "supplement",
        "wakefulness",
        "weight-loss",
    }


@pytest.mark.parametrize(
    ("row", "members"),
    [
        ("maoi", ["tranylcypromine", "phenelzine", "isocarboxazid", "selegiline"]),
        ("stimulants", ["amfetamine", "lisdexamfetamine", "methylphenidate", "modafinil", "armodafinil"]),
        (
            "cyp3a4-inhibitors",
            ["clarithromycin", "erythromycin", "ritonavir", "cobicistat", "ketoconazole tablets"],
        ),
        ("cyp2b6-inhibitors", ["ticlopidine", "clopidogrel"]),
        ("enzyme-inducers", ["rifampicin", "carbamazepine", "phenytoin", "phenobarbital"]),
        ("nmda-antagonists", ["memantine", "amantadine", "dextromethorphan"]),
        ("glp1", ["semaglutide", "tirzepatide", "liraglutide", "dulaglutide"]),
        ("gabapentinoids", ["gabapentin", "pregabalin"]),
        ("noradrenergic", ["atomoxetine", "viloxazine"]),
    ],
)
def test_members_named_by_the_evidence_are_flagged(row, members):
    assert [name for name in members if not set(ROWS[row].codes) & DRUGS[name].codes] == []


@pytest.mark.parametrize("letter", sorted({name[0].casefold() for name in DRUGS}))
def test_medicine_is_found_first_by_its_own_name(letter):
    found = {
        name: medicines.search(LIST.names, name)[0].name for name in DRUGS if name[0].casefold() == letter
    }

    assert {name: first for name, first in found.items() if first != name} == {}


def test_every_name_reads_like_no_other_so_a_brand_typed_whole_comes_first():
    texts = {}
    for name in LIST.names:
        texts.setdefault(name.key, set()).add(name.text.casefold())

    assert {key: read for key, read in texts.items() if len(read) > 1} == {}


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("insulin", "insulin"),
        ("Insuline", "insulin"),
        ("bromazapam", "bromazepam"),
        ("procarbazin", "procarbazine"),
        ("methylen blue", "methylene blue"),
        ("rifabutine", "rifabutin"),
        ("rifapentin", "rifapentine"),
        ("efavirens", "efavirenz"),
        ("enzalutamid", "enzalutamide"),
        ("atazanivir", "atazanavir"),
        ("tolbutamid", "tolbutamide"),
        ("daltaparin", "dalteparin"),
        ("tinzeparin", "tinzaparin"),
        ("heparine", "heparin"),
        ("acenocumarol", "acenocoumarol"),
        ("quinipril", "quinapril"),
        ("trandolopril", "trandolapril"),
        ("lacidipin", "lacidipine"),
        ("torsamide", "torasemide"),
        ("Exfroge", "valsartan and amlodipine"),
        ("Lortel", "benazepril and amlodipine"),
        ("Zestoretik", "lisinopril and hydrochlorothiazide"),
        ("tamoxifin", "tamoxifen"),
        ("letrazole", "letrozole"),
        ("anastrazole", "anastrozole"),
        ("gosrelin", "goserelin"),
        ("leuprolid", "leuprorelin"),
        ("cyproteron", "cyproterone"),
        ("butorphenol", "butorphanol"),
        ("nalbuphin", "nalbuphine"),
    ],
)
def test_medicine_is_found_first_in_spite_of_a_slip(typed, name):
    assert medicines.search(LIST.names, typed)[0].drug.name == name


@pytest.mark.threat("T1")
def test_flags_that_tell_of_alcohol_or_drugs_are_private():
    assert {row.id for row in TABLE.interactions if row.kind is Kind.SUBSTANCES} == {
        "alcohol",
        "alcohol-treatment",
        "cannabis",
        "other-drugs",
        "ketamine-elsewhere",
        "naltrexone",
    }


def test_every_row_level_and_handling_has_staff_words():
    assert list(WORDS["interaction"]) == list(ROWS)
    assert {key for one in WORDS["interaction"].values() for key in one} == {
        "title",
        "effect",
        "numbers",
        "practice",
        "strength",
    }
    assert set(WORDS["level"]) == set(interactions.LEVELS)
    assert set(WORDS["handling"]) == {handling.value for handling in Handling}


def test_words_are_for_staff_alone():
    heads = {"id", "version", "review_by", "reviewed_by"}

    assert set(WORDS) - heads == {"level", "handling", "interaction"}
    assert set(content.words("screening", "ketamine")) - heads == {"criterion", "test"}
