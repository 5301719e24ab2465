"""Structures of publishing systems: what is fetched, declared or shown in other ways than as a page of paragraphs."""

from __future__ import annotations

import json

from eval.pages.parts import Page, byline, document, figure, footer, nav, teasers


def amp(p: Page) -> str:
    head = '<script async src="https://cdn.ampproject.org/v0.js"></script><style amp-boilerplate>body{visibility:hidden}</style>'
    ad = '<amp-ad width="300" height="250" type="x"><div placeholder>Advertisement</div></amp-ad>'
    menu = f'<amp-sidebar id="s" layout="nodisplay"><ul>{teasers()}</ul></amp-sidebar>'
    image = f'<amp-img src="a.jpg" width="9" height="6" alt="{p.story.caption}"></amp-img>'
    return document(p, f"{menu}<article><h1>{p.story.title}</h1>{image}{p.halves(ad)}</article>{footer()}", head)


def text_in_json_alone(p: Page) -> str:
    p.paragraphs()
    data = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": p.story.title,
        "articleBody": "\n\n".join(p.story.paragraphs),
    }
    head = f'<script type="application/ld+json">{json.dumps(data)}</script>'
    return document(p, f'{nav()}<div id="app"></div><noscript>Please enable JavaScript to read this page.</noscript>{footer()}', head)


def teaser_with_text_in_json(p: Page) -> str:
    p.paragraphs()
    data = {"@context": "https://schema.org", "@graph": [{"@type": "Article", "articleBody": " ".join(p.story.paragraphs)}]}
    head = f'<script type="application/ld+json">{json.dumps(data)}</script>'
    shown = (
        f"<article><h1>{p.story.title}</h1><p>{p.story.paragraphs[0]}</p></article>"
        "<div class='gate'>Subscribe to read the whole article</div>"
    )
    return document(p, f"{nav()}{shown}{footer()}", head)


def start_shown_and_text_in_json(p: Page) -> str:
    p.paragraphs()
    data = {"@context": "https://schema.org", "@type": ["NewsArticle"], "articleBody": "\n".join(p.story.paragraphs)}
    head = f'<script type="application/ld+json">{json.dumps([data])}</script>'
    start = "".join(f"<p>{text}</p>" for text in p.story.paragraphs[:3])
    shown = f"<article><h1>{p.story.title}</h1>{start}</article><div class='gate'>The rest of it is for subscribers.</div>"
    return document(p, f"{nav()}{shown}{footer()}", head)


def live_blog(p: Page) -> str:
    posts = ""
    for hour, text in zip(range(17, 11, -1), p.story.paragraphs, strict=True):
        posts += f'<div class="live-post" id="p{hour}"><time>{hour}:05</time>{p.say(text)}<div class="post-share">Share</div></div>'
    return document(p, f'{nav()}<main class="liveblog"><h1>{p.story.title}</h1><span class="live">LIVE</span>{posts}</main>{footer()}')


def key_points(p: Page) -> str:
    points = "".join(p.say(t, "li") for t in p.story.bullets)
    return document(
        p, f'{nav()}<article><h1>{p.story.title}</h1><div class="summary"><ul>{points}</ul></div>{p.paragraphs()}</article>{footer()}'
    )


def numbered_list(p: Page) -> str:
    text = p.paragraphs(0, 2)
    for number, (heading, start) in enumerate(zip(p.story.headings, (2, 4), strict=True), start=1):
        text += p.say(f"{number}. {heading}", "h3") + p.paragraphs(start, start + 2)
    return document(p, f"{nav()}<article><h1>{p.story.title}</h1>{text}</article>{footer()}")


def accordion(p: Page) -> str:
    before = p.paragraphs(0, 4)
    box = f"<details><summary>{p.say(p.story.headings[0], 'span')}</summary>{p.paragraphs(4)}</details>"
    return document(p, f"{nav()}<article><h1>{p.story.title}</h1>{before}{box}</article>{footer()}")


def embedded_post(p: Page) -> str:
    before = p.paragraphs(0, 3)
    post = f'<blockquote class="twitter-tweet">{p.say(p.story.quotation)}<a href="/p">March 2</a></blockquote>'
    return document(p, f"{nav()}<article><h1>{p.story.title}</h1>{before}{post}{p.paragraphs(3)}</article>{footer()}")


def correction_below(p: Page) -> str:
    text = p.paragraphs() + p.say(
        "Correction: an earlier version of this article gave the wrong day for the meeting of the board.", "p", class_="correction"
    )
    return document(p, f"{nav()}<article><h1>{p.story.title}</h1>{text}</article>{footer()}")


def lazy_pictures(p: Page) -> str:
    picture = (
        '<picture><source data-srcset="a.webp"><img class="lazy" data-src="a.jpg"><noscript><img src="a.jpg"></noscript>'
        f"</picture>{figure(p.story)}"
    )
    return document(p, f"{nav()}<article><h1>{p.story.title}</h1>{byline(p.story)}{p.halves(picture)}</article>{footer()}")


def strict_xhtml(p: Page) -> str:
    text = p.paragraphs().replace("'", "&#8217;").replace(", ", ",&nbsp;")
    about = f"<title>{p.story.title}</title><meta http-equiv='Content-Type' content='text/html; charset=windows-1252' />"
    body = f"<div id='content'><h1>{p.story.title}</h1>{text}</div><div id='nav'><ul>{teasers()}</ul></div>"
    head = '<?xml version="1.0" encoding="windows-1252"?><!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-strict.dtd">'
    return f'{head}<html xmlns="http://www.w3.org/1999/xhtml" xml:lang="en"><head>{about}</head><body>{body}</body></html>'


def two_columns(p: Page) -> str:
    text = f'<div class="col">{p.paragraphs(0, 3)}</div><div class="col">{p.paragraphs(3)}</div>'
    return document(p, f'{nav()}<article><h1>{p.story.title}</h1><div class="columns">{text}</div></article>{footer()}')
