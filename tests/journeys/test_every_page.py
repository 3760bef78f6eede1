"""Everybody follows every link there is: each page is there, says what it is, and keeps nobody out."""

import re
from collections import Counter
from urllib.parse import urljoin, urlsplit

import pytest

pytestmark = pytest.mark.journey

# Whose start page, how wide, and whether in the dark. Together they see every kind of page in each.
WALKS = {
    "maya": ("Maya Okafor", 320, False),
    "theo": ("Theo Lindqvist", 1280, True),
    "sam": ("Sam Okafor", 320, True),
    "paul": ("Paul Whitaker", 1280, False),
    "amir": ("Amir Yusuf", 320, False),
    "noor": ("Noor Bakshi", 390, False),
    "rosa": ("Rosa Alvarez", 1280, True),
    "osei": ("Kofi Osei", 320, False),
}
ID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{32}[^/]*")
LOOKED_AT = 1  # page of a kind that a browser opens; some more are only asked for
ASKED_FOR = 12
FILES = "/file"  # what no browser opens
APART = ("/demo", "/me/totp/image")  # the demonstration's own pages, and an image


def kind(path: str) -> str:
    """Return what is the same in the addresses of all pages of a kind."""
    return ID.sub("*", path)


class Walker:
    """Somebody who follows every link once."""

    def __init__(self, person) -> None:
        self.person, self.page = person, person.page
        self.seen: set[str] = set()
        self.kinds: Counter[str] = Counter()

    def walk(self) -> None:
        """Go on until no link leads anywhere new."""
        self.ahead = [self.here()]
        while self.ahead:
            path = self.ahead.pop()
            if path in self.seen:
                continue
            self.seen.add(path)
            self.kinds[kind(path)] += 1
            if self.kinds[kind(path)] <= LOOKED_AT:
                self.look(path)
            elif self.kinds[kind(path)] <= ASKED_FOR:
                self.ask(path)

    def look(self, path: str) -> None:
        """Open a page in the browser, and see whether everybody can use it."""
        response = self.page.goto(path)
        assert response.status == 200, f"{path} answered {response.status}"
        self.person.then_everybody_can_use_the_page()
        self.follow(self.page.eval_on_selector_all("a[href]", "all => all.map((one) => one.href)"))

    def ask(self, path: str) -> None:
        """Ask for a page without a browser: one more of a kind that was looked at."""
        response = self.page.request.get(path)
        assert response.status == 200, f"{path} answered {response.status}"
        text = response.text()
        assert len(re.findall(r"<h1\b", text)) == 1, path
        self.follow(urljoin(response.url, found) for found in re.findall(r'<a\b[^>]*\bhref="([^"]+)"', text))

    def follow(self, addresses) -> None:
        """Put the pages of ours among these addresses on the way."""
        ours = (
            urlsplit(one.replace("&amp;", "&")) for one in addresses if one.startswith(self.person.luna.url)
        )
        for one in ours:
            if not (one.path.startswith(APART) or one.path.endswith(FILES)):
                self.ahead.append(f"{one.path}?{one.query}" if one.query else one.path)

    def here(self) -> str:
        """Return the path of the page that is open."""
        return urlsplit(self.page.url).path


@pytest.mark.parametrize("walk", WALKS.values(), ids=WALKS)
def test_every_page_a_person_can_reach_is_fit(somebody, walk):
    name, width, dark = walk
    person = somebody(width=width, dark=dark)
    person.given_i_am(name)
    walker = Walker(person)

    walker.walk()

    assert len(walker.kinds) > 12
