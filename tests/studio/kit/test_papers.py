"""Papers of methods as links."""

from __future__ import annotations

import re

from engine.methods.registry import methods
from studio.kit.papers import linked
from studio.shell.help import methods_page


def test_the_papers_of_all_methods_are_links() -> None:
    shown = [info.paper for info in methods().values() if info.paper]
    page = methods_page()
    assert len(shown) >= 18
    for paper in shown:
        links = re.findall(r'<a href="https://arxiv\.org/abs/([\d.]+)">(?:arXiv )?\1</a>', linked(paper))
        assert links == re.findall(r"\d{4}\.\d{4,5}", paper), paper
        assert links or '<a href="https://' in linked(paper), paper
        assert linked(paper) in page


def test_what_is_no_number_of_arxiv_stays_text() -> None:
    assert linked("A & B 2024, arXiv:2405.16406; 2024.1 <x>") == (
        'A &amp; B 2024, <a href="https://arxiv.org/abs/2405.16406">arXiv:2405.16406</a>; 2024.1 &lt;x&gt;'
    )


def test_addresses_are_links() -> None:
    assert linked("A 2023, https://a.example/b_c/.") == 'A 2023, <a href="https://a.example/b_c/">a.example/b_c/</a>.'
    number = linked("https://arxiv.org/abs/2405.16406")
    assert number == '<a href="https://arxiv.org/abs/2405.16406">arxiv.org/abs/2405.16406</a>'
