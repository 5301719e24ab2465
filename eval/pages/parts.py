"""What the structures share: the words of an article, noted as they are put on the page, and the furniture around it."""

from __future__ import annotations

import html
from dataclasses import dataclass, field

from eval.pages.stories import COMMENTS, HEADLINES, Story

SECTIONS = ("Home", "News", "Politics", "Business", "Sport", "Culture", "Travel", "Weather")


@dataclass
class Page:
    """A page in the making. What passes through `say` is the article's; all else is not."""

    story: Story
    said: list[str] = field(default_factory=list)

    def say(self, text: str, tag: str = "p", **attributes: str) -> str:
        self.said.append(text)
        return element(tag, html.escape(text, quote=False), **attributes)

    def paragraphs(self, start: int = 0, end: int | None = None, tag: str = "p", **attributes: str) -> str:
        return "\n".join(self.say(text, tag, **attributes) for text in self.story.paragraphs[start:end])

    def halves(self, between: str, tag: str = "p") -> str:
        """The article with something of the page in its middle."""
        return f"{self.paragraphs(0, 3, tag)}\n{between}\n{self.paragraphs(3, None, tag)}"


def element(tag: str, inside: str, **attributes: str) -> str:
    names = "".join(f' {name.rstrip("_").replace("_", "-")}="{value}"' for name, value in attributes.items())
    return f"<{tag}{names}>{inside}</{tag}>"


def document(page: Page, body: str, head: str = "", language: str = "en") -> str:
    s = page.story
    meta = (
        f'<meta charset="utf-8"><title>{s.title} | {s.outlet}</title><meta property="og:title" content="{s.title}">'
        f'<meta property="og:site_name" content="{s.outlet}"><meta name="author" content="{s.author}">'
        f'<meta property="article:published_time" content="{s.published}T08:00:00+00:00">'
    )
    return f'<!DOCTYPE html>\n<html lang="{language}"><head>{meta}{head}</head>\n<body>\n{body}\n</body></html>'


def links(texts: tuple[str, ...], tag: str = "li") -> str:
    return "".join(f'<{tag}><a href="/{len(t)}.html">{t}</a></{tag}>' for t in texts)


def nav(**attributes: str) -> str:
    return element("nav", element("ul", links(SECTIONS)), **attributes)


def footer() -> str:
    more = ("About us", "Contact", "Privacy policy", "Terms of use", "Advertise with us", "Jobs")
    return (
        f"<footer><ul>{links(more)}</ul><p>© 2023 All rights reserved. No part of this site may be copied without our consent.</p></footer>"
    )


def teasers(start: int = 0, count: int = 5) -> str:
    return links(HEADLINES[start : start + count])


def comments() -> str:
    said = "".join(
        f'<li class="comment"><b>reader{i}</b> <time>2 hours ago</time><p>{text}</p><a>Reply</a></li>' for i, text in enumerate(COMMENTS)
    )
    return (
        f'<section id="comments" class="comments"><h3>{len(COMMENTS)} comments</h3><ol>{said}</ol><p>Comments are moderated.</p></section>'
    )


def figure(story: Story) -> str:
    return (
        f'<figure><img src="a.jpg" alt="{story.caption}"><figcaption>{story.caption}. Photo: {story.author}/Archive</figcaption></figure>'
    )


def byline(story: Story) -> str:
    return (
        f'<div class="byline">By <a rel="author" href="/a">{story.author}</a> <time '
        f'datetime="{story.published}">{story.published}</time></div>'
    )
