from luna.web import bundle


def test_each_file_gets_a_block_of_its_own_in_order_of_names():
    assert (
        bundle.joined({"b.js": "two();\n", "a.js": "one();\n"})
        == bundle.HEAD + "{\none();\n}\n{\ntwo();\n}\n"
    )


def test_the_script_pages_load_is_made_from_its_parts():
    assert bundle.TARGET.read_text() == bundle.current(), "Run: python -m luna.web.bundle"


def test_each_behaviour_is_short():
    assert [p.name for p in bundle.SOURCES.glob("*.js") if len(p.read_text().splitlines()) > 120] == []
