from __future__ import annotations

from jokebox.sharing.rendering import render


def test_every_text_is_escaped_and_loses_what_acts_on_a_reader() -> None:
    hostile = '<script>alert("it\'s")</script>\x1b[31m\u202egnp.\u2066&\x00'
    page = render("card.svg", **CARD | {"joke": hostile, "model": hostile})
    assert "<script" not in page
    assert "&lt;script&gt;alert(&#34;it&#39;s&#34;)&lt;/script&gt;" in page
    assert not set(page) & set("\x1b\u202e\u2066\x00")
    assert "gnp.&amp;" in page


CARD = {
    "lines": [],
    "size": 30,
    "letter": 18,
    "line": 48,
    "margin": 90,
    "top": 90,
    "width": 1200,
    "height": 630,
}
