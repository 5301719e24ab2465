"""Structures that differ in what stands around an article, or in its midst."""

from __future__ import annotations

from eval.pages.parts import Page, byline, comments, document, element, figure, footer, links, nav, teasers
from eval.pages.stories import COMMENTS, HEADLINES, STORIES


def _article(p: Page, text: str, **attributes: str) -> str:
    return element("article", f"<h1>{p.story.title}</h1>{byline(p.story)}{text}", **attributes)


def cookie_banner(p: Page) -> str:
    banner = (
        '<div id="cookie-consent" class="cookie-banner" role="dialog"><h2>We value your privacy</h2>'
        "<p>We and our 812 partners store and read "
        "information on your device, such as cookies, to show you content and advertisements that may interest you. You can change your "
        "choice at any time.</p><button>Accept all</button><button>Manage choices</button></div>"
    )
    return document(p, f"{banner}{nav()}{_article(p, p.paragraphs())}{footer()}")


def paywall_after(p: Page) -> str:
    wall = (
        '<div class="paywall subscription-offer"><h2>Read on with a subscription</h2>'
        "<p>Get full access to all our reporting for 1 crown in the "
        "first month. You can cancel whenever you want.</p><a>Subscribe now</a><p>Already a subscriber? Log in</p></div>"
    )
    return document(p, f"{nav()}{_article(p, p.paragraphs())}{wall}{footer()}")


def long_comments(p: Page) -> str:
    return document(p, f"{nav()}{_article(p, p.paragraphs())}{comments()}{footer()}")


def comments_in_divs(p: Page) -> str:
    said = "".join(
        f'<div class="comment-body"><div class="comment-author">Guest {n}</div><div>{t}</div></div>' for n, t in enumerate(COMMENTS)
    )
    return document(p, f'{nav()}{_article(p, p.paragraphs())}<div id="disqus_thread" class="comment-list">{said}</div>{footer()}')


def related_between(p: Page) -> str:
    box = f'<div class="related-inline"><h4>Read more</h4><ul>{teasers(1, 2)}</ul></div>'
    return document(p, f"{nav()}{_article(p, p.halves(box))}{footer()}")


def read_also_lines(p: Page) -> str:
    line = f"<p><strong>Read also: <a href='/x'>{HEADLINES[3]}</a></strong></p>"
    return document(p, f"{nav()}{_article(p, p.halves(line))}{footer()}")


def next_article_below(p: Page) -> str:
    other = next(s for s in STORIES if s.title != p.story.title)
    teaser = f'<article class="teaser"><h2><a href="/n">{other.title}</a></h2><p>{other.paragraphs[0]}</p></article>'
    more = "".join(f'<article class="teaser card"><h3><a href="/m">{h}</a></h3></article>' for h in HEADLINES[:4])
    return document(
        p,
        f"{nav()}<main>{_article(p, p.paragraphs())}</main><section class='more-stories'>"
        f"<h2>More stories</h2>{teaser}{more}</section>{footer()}",
    )


def sidebars(p: Page) -> str:
    left = f'<div class="sidebar left"><h3>Most read</h3><ol>{teasers(0, 5)}</ol></div>'
    right = (
        f'<div class="sidebar right"><h3>Latest</h3><ul>{teasers(5, 5)}</ul>'
        "<p>Weather in Tarn: 12 degrees, light rain from the west.</p></div>"
    )
    return document(p, f'{nav()}<div class="grid">{left}{_article(p, p.paragraphs())}{right}</div>{footer()}')


def newsletter_form(p: Page) -> str:
    form = (
        '<div class="newsletter-signup"><h3>The morning in five minutes</h3>'
        "<p>Sign up for our newsletter and get the news of the day before "
        'breakfast.</p><form><input type="email" placeholder="Your e-mail"><button>Sign up</button></form></div>'
    )
    return document(p, f"{nav()}{_article(p, p.halves(form))}{footer()}")


def newsletter_line(p: Page) -> str:
    line = "<p>Subscribe to our newsletter and never miss a story from the coast.</p>"
    return document(p, f"{nav()}{_article(p, p.halves(line))}{footer()}")


def advertisements_between(p: Page) -> str:
    slot = "<p>Advertisement</p><div class='ad-slot' id='gpt-ad-3'></div><p>Story continues below this advertisement</p>"
    return document(p, f"{nav()}{_article(p, p.halves(slot))}{footer()}")


def sponsored_block(p: Page) -> str:
    block = (
        '<div class="sponsored native-ad"><span>Sponsored</span><h4>The mattress that everybody talks about</h4>'
        "<p>Sleep as never before, or "
        "send it back within a hundred nights and pay nothing at all.</p></div>"
    )
    return document(p, f"{nav()}{_article(p, p.halves(block))}{footer()}")


def captions_and_gallery(p: Page) -> str:
    slides = "".join(f"<li>{figure(p.story)}</li>" for _ in range(4))
    return document(p, f"{nav()}{_article(p, figure(p.story) + p.halves(f'<div class=gallery><ul>{slides}</ul></div>'))}{footer()}")


def captions_in_paragraphs(p: Page) -> str:
    caption = f'<div class="image-block"><img src="x.jpg"><p class="caption">{p.story.caption} (Photo: {p.story.author})</p></div>'
    return document(p, f"{nav()}{_article(p, caption + p.paragraphs())}{footer()}")


def video_player(p: Page) -> str:
    player = (
        '<div class="video-player"><video src="v.mp4"></video><div class="controls"><span>Play</span><span>Mute</span>'
        "<span>0:00 / 2:31</span></div></div>"
    )
    return document(p, f"{nav()}{_article(p, player + p.paragraphs())}{footer()}")


def author_box(p: Page) -> str:
    box = (
        f'<div class="author-bio"><h4>About the author</h4><p>{p.story.author} writes about the region for {p.story.outlet} '
        "and lives with two "
        "cats by the sea.</p></div>"
    )
    return document(p, f"{nav()}{_article(p, p.paragraphs() + box)}{footer()}")


def share_bars_and_tags(p: Page) -> str:
    bar = "<ul class='share'><li>Facebook</li><li>Twitter</li><li>WhatsApp</li><li>Copy link</li></ul>"
    tags = f"<div class='tags'>Topics: {links(('Coast', 'Traffic', 'Council'), 'span')}</div>"
    return document(p, f"{nav()}{_article(p, bar + p.paragraphs() + tags + bar)}{footer()}")


def ticker_above(p: Page) -> str:
    ticker = (
        f'<div class="breaking-ticker"><b>Breaking</b><ul>{teasers(0, 4)}</ul></div>'
        '<div class="stocks">Index 4,112 +0.3% | Crown 1.08</div>'
    )
    return document(p, f"{ticker}<header>{nav()}<div class='weather'>14° Tarn</div></header>{_article(p, p.paragraphs())}{footer()}")


def giant_footer(p: Page) -> str:
    columns = "".join(f"<div><h5>Section {n}</h5><ul>{teasers(n % 5, 5)}</ul></div>" for n in range(12))
    legal = (
        "<p>The publisher is a member of the press council. Complaints can be sent to the ombudsman within six weeks of publication.</p>"
        * 2
    )
    return document(p, f"{nav()}{_article(p, p.paragraphs())}<div class='site-footer footer'>{columns}{legal}</div>")


def pages_of_an_article(p: Page) -> str:
    pager = '<div class="pagination"><a>Previous</a><span>1</span><a>2</a><a>3</a><a>Next page</a></div>'
    return document(p, f"{nav()}{_article(p, p.paragraphs() + pager)}{footer()}")


def appeal_for_money(p: Page) -> str:
    appeal = (
        "<div class='support-us'><p>Your support makes our work possible.</p>"
        "<p>We have no owner and no paywall, and we are read in every valley. "
        "Your contribution keeps our reporters on the road.</p></div>"
    )
    return document(p, f"{nav()}{_article(p, p.paragraphs() + appeal)}{footer()}")


def appeal_in_paragraphs(p: Page) -> str:
    appeal = (
        "<p>Your donation helps us to send reporters where nobody else goes.</p>"
        "<p>We believe that good journalism should be free to read, and we "
        "do not put our reporting behind a paywall.</p>"
    )
    return document(p, f"{nav()}{_article(p, appeal + p.paragraphs())}{footer()}")
