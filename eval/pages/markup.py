"""Structures that differ in how the article itself is marked up."""

from __future__ import annotations

from eval.pages.parts import Page, byline, comments, document, figure, footer, links, nav, teasers


def semantic(p: Page) -> str:
    body = f"<header><h1>{p.story.title}</h1>{byline(p.story)}</header>{figure(p.story)}{p.paragraphs()}"
    return document(p, f"{nav()}<main><article>{body}</article></main>{footer()}")


def nested_divs(p: Page) -> str:
    text = f'<div class="story-body"><div class="inner">{p.paragraphs()}</div></div>'
    top = f'<div class="masthead"><div class="menu">{links(("News", "Sport", "Opinion"), "span")}</div></div>'
    return document(
        p, f'{top}<div id="wrap"><div id="col1"><h1 class="hl">{p.story.title}</h1>{text}</div><div id="col2">{teasers()}</div></div>'
    )


def wordpress(p: Page) -> str:
    share = '<div class="sharedaddy"><h3>Share this:</h3><ul><li><a>Facebook</a></li><li><a>Twitter</a></li></ul></div>'
    related = f'<div id="jp-relatedposts"><h3>Related</h3><ul>{teasers(2, 3)}</ul></div>'
    body = f'<h1 class="entry-title">{p.story.title}</h1><div class="entry-content">{p.paragraphs()}{share}{related}</div>'
    aside = f'<aside id="secondary" class="widget-area"><section class="widget"><h2>Recent posts</h2><ul>{teasers()}</ul></section></aside>'
    return document(
        p, f'<div id="page"><div id="primary"><article class="post type-post">{body}</article>{comments()}</div>{aside}</div>{footer()}'
    )


def line_breaks(p: Page) -> str:
    text = "<br><br>\n".join(p.say(t, "span") for t in p.story.paragraphs)
    return document(p, f'<div id="menu">{links(("Start", "Archive"), "b")}</div><h2>{p.story.title}</h2><div id="text">{text}</div>')


def tables_for_layout(p: Page) -> str:
    left = f'<td width="150" bgcolor="#eee">{teasers(0, 6)}</td>'
    text = f'<td width="500"><font size="5"><b>{p.story.title}</b></font><br>{p.paragraphs()}</td>'
    return document(
        p,
        f'<table width="100%" border="0"><tr><td colspan="3">{p.story.outlet}</td></tr><tr>{left}{text}<td>Advertisement</td></tr></table>',
    )


def sections_with_headings(p: Page) -> str:
    first, second = p.story.headings
    text = f"<section>{p.paragraphs(0, 2)}</section><section>{p.say(first, 'h2')}{p.paragraphs(2, 4)}</section>"
    text += f"<section>{p.say(second, 'h2')}{p.paragraphs(4)}</section>"
    return document(p, f"{nav()}<article><h1>{p.story.title}</h1>{text}</article>{footer()}")


def list_of_points(p: Page) -> str:
    before = p.paragraphs(0, 3)
    points = "".join(p.say(t, "li") for t in p.story.bullets)
    return document(p, f"{nav()}<article><h1>{p.story.title}</h1>{before}<ul>{points}</ul>{p.paragraphs(3)}</article>{footer()}")


def table_of_figures(p: Page) -> str:
    before = p.paragraphs(0, 3)
    rows = "".join(f"<tr>{p.say(a, 'td')}{p.say(b, 'td')}</tr>" for a, b in p.story.rows)
    table = f"<table class='data'>{rows}</table>"
    return document(p, f"{nav()}<article><h1>{p.story.title}</h1>{before}{table}{p.paragraphs(3)}</article>{footer()}")


def quotations(p: Page) -> str:
    text = f"{p.paragraphs(0, 2)}<blockquote>{p.say(p.story.quotation)}</blockquote>{p.paragraphs(2)}"
    return document(p, f"<header>{nav()}</header><article><h1>{p.story.title}</h1>{text}</article>{footer()}")


def pulled_quotations(p: Page) -> str:
    pulled = f'<aside class="pullquote"><p>{p.story.paragraphs[3][:80]}</p></aside>'
    return document(p, f"{nav()}<article><h1>{p.story.title}</h1>{p.halves(pulled)}</article>{footer()}")


def interview(p: Page) -> str:
    text = ""
    for question, answer in zip(("What has happened?", "And what comes next?", "Who is to pay for it?"), (0, 2, 4), strict=True):
        text += f"<p>{p.say(question, 'strong')}</p>{p.paragraphs(answer, answer + 2)}"
    return document(p, f"{nav()}<article><h1>{p.story.title}</h1>{text}</article>{footer()}")


def hashed_classes(p: Page) -> str:
    text = "".join(
        f'<div class="css-1x{n}f9"><span class="css-9z">{p.say(t, "span")}</span></div>' for n, t in enumerate(p.story.paragraphs)
    )
    tiles = "".join(f'<div class="css-t{n}"><a href="/{n}"><span>{t}</span></a></div>' for n, t in enumerate(("Sport", "Opinion", "Video")))
    return document(p, f'<div id="root"><div class="css-h">{tiles}</div><div class="css-m"><h1>{p.story.title}</h1>{text}</div></div>')


def custom_elements(p: Page) -> str:
    text = f"<news-article><h1>{p.story.title}</h1><article-body>{p.paragraphs()}</article-body></news-article>"
    return document(
        p,
        f"<site-header>{nav()}</site-header>{text}<site-footer>{footer()}</site-footer>",
    )


def microdata(p: Page) -> str:
    about = f'<h1 itemprop="headline">{p.story.title}</h1><span itemprop="author">{p.story.author}</span>'
    text = f'<div itemprop="articleBody">{p.paragraphs()}</div>'
    kind = 'itemscope itemtype="https://schema.org/NewsArticle"'
    return document(p, f"{nav()}<div {kind}>{about}{text}</div><div class='rail'><ul>{teasers()}</ul></div>{footer()}")


def for_print(p: Page) -> str:
    top = f"<h3>{p.story.outlet}</h3><h1>{p.story.title}</h1><p>{p.story.published}, by {p.story.author}</p><hr>"
    return document(p, f"{top}{p.paragraphs()}<hr><p>Printed from the pages of {p.story.outlet}</p>")


def title_outside(p: Page) -> str:
    about = f"<dl><dt>Published</dt><dd>{p.story.published}</dd><dt>Author</dt><dd>{p.story.author}</dd></dl>"
    crumbs = f'<ol class="breadcrumb">{links(("Home", "Region", "Coast"))}</ol>'
    return document(
        p,
        f"{crumbs}<div class='head'><h1>{p.story.title}</h1>{about}</div><main><div class='content'>{p.paragraphs()}</div>"
        f"</main>{footer()}",
    )
