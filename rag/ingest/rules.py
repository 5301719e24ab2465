"""What a unit of a web page's text is, judged by itself: page furniture of every kind but prose.

Each rule names a kind of furniture by its form, not by a site. A rule that could fit a sentence of an article asks for more:
the words "we", "our" or "this article", no quotation marks, or a place before the first or after the last paragraph.
"""

from __future__ import annotations

import re

from rag.ingest.units import Unit

ADVERTISEMENT = "an advertisement's label"
CONTROL = "a control of the page"
LIST = "a link to another article"
COMMENTS = "an invitation to comment"
CREDIT = "a photo credit"
CAPTION = "a photo caption"
RIGHTS = "a copyright notice"
COOKIES = "a cookie notice"
NAVIGATION = "navigation"
INVITATION = "an invitation to subscribe, follow or log in"
CONTACT = "an invitation to write to the editors"
STAFF = "the credits of the desk"


def _whole(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"\W*(?:{pattern})\W*", re.I)


_ADVERTISEMENT = _whole(
    r"advert(?:isement|isment|ising)?s?|ads?|sponsored(?: (?:content|links?|by))?|promoted(?: content| links?| stories)?|paid (?:content|post)"
    r"|(?:story|article|content|text) continues (?:after|below)(?: (?:this|the))?(?: advertisement| ad)?"
    r"|(?:scroll|continue) (?:down )?(?:to continue|reading)(?: (?:with|the) (?:content|(?:main )?story))?"
    r"|skip (?:past )?(?:the )?(?:advertisement|ad|newsletter promotion)|after (?:the )?newsletter promotion|ads? (?:feedback|by \w+)"
    r"|anzeige|werbung|publicité|publicidad|pubblicità|reclame|annons|реклама"
)
_CONTROL = _whole(
    r"share(?: (?:this|on|via|by)(?: \w+){0,3})?|copy (?:the )?link|link copied|print(?: this)?(?: page| article)?|save(?: (?:for later|article))?"
    r"|(?:email|e-mail)(?: this(?: article)?)?|tweet|bookmark|gift this article|listen(?: to (?:this )?(?:article|story))?(?: \(\d+ min(?:utes)?\))?"
    r"|(?:play|pause|watch)(?: the)? video|view (?:gallery|in gallery|full ?screen|image)|(?:image|photo|slide) \d+ of \d+|\d+ ?/ ?\d+"
    r"|skip to (?:main )?content|back to (?:top|home(?:page)?)|(?:open|close|toggle)(?: (?:menu|navigation))?|menu|search|loading"
    r"|(?:about )?\d+[- ]min(?:ute)?s?(?: (?:to )?read)?|reading time:? \d+ min(?:ute)?s?|show (?:more|less)|load more|text size|hide caption|toggle caption"
    r"|(?:(?:facebook|twitter|x|whatsapp|telegram|e-?mail|linkedin|pinterest|reddit|copy link|print|messenger|flipboard)\W*){2,}"
)
_LIST_LABEL = _whole(
    r"(?:recommended|related|more|other|similar|popular|trending|top|latest|further|suggested|featured)"
    r"(?: (?:articles?|stor(?:y|ies)|news|posts?|reads?|reading|headlines?|content|coverage|topics?|videos?|links?))+"
    r"(?: (?:for you|now|today|from \w[\w ]{0,30}|on this (?:story|topic)))?"
    r"|recommended(?: (?:for you|by \w+))?|trending(?: now)?|most (?:read|popular|viewed|shared|commented|watched)(?: (?:on|in|from) \w[\w ]{0,30})?"
    r"|you (?:may|might)(?: also)? (?:like|enjoy|be interested in|have missed)|(?:editors?['’]?s?|our|staff) picks?|don['’]?t miss|in case you missed it"
    r"|(?:read|see|watch) (?:more|next|also)|also (?:read|see|in \w+)|see also|up next|more (?:on|from|like) (?:this|\w[\w ]{0,30})|keep reading|what to read next"
    r"|around the web|from (?:around )?the web|from our partners"
)
_ONE_LINK = re.compile(
    r"\W*(?:(?:read|see|watch|also)(?: (?:more|next|also|read|this))?|related(?: (?:article|story|coverage))?|recommended|more on this|don['’]t miss)"
    r"\s*[:|»›→]\s*\S",
    re.I,
)
_COMMENTS = _whole(
    r"(?:\d+ |no |view |show |see |read |post |leave |add |hide |all )?(?:a |all |the )?comments?(?: \(?\d+\)?)?(?: (?:section|here|below))?|leave a reply"
    r"|join the (?:conversation|discussion|debate)|have your say|what do you think|comments? (?:are |is )?(?:closed|off|disabled)(?: for this article)?"
    r"|be the first to comment|start the conversation|add a comment"
)
_RIGHTS = re.compile(r"\W*(?:©|\(c\)|copyright\b)[^.]{0,120}\d{4}|.{0,100}\ball rights reserved\W*$", re.I)
_COOKIES = re.compile(r"\b(?:we|our|this (?:site|website|page)|by (?:continuing|clicking|using))\b.*\bcookies\b|^\W*(?:accept|reject|manage) (?:all )?cookies", re.I)
_STAFF = re.compile(r"\W*(?:additional )?(?:reporting|writing|editing|compiled|produced) by [^.]+;\s*(?:additional )?(?:reporting|writing|editing)\b.*", re.I)
_NAVIGATED = re.compile(r"\b(?:home|homepage|news|menu|contact|about us|privacy|terms|log ?in|sign in|sitemap|careers|advertise|help)\b", re.I)

_AGENCY = r"(?:AFP|AP|Reuters|Getty(?: Images)?|EPA(?:-EFE)?|PA(?: Media| Wire)?|Shutterstock|Alamy|Bloomberg|Xinhua|dpa|ANSA|iStock|Handout|File photo)"
_CREDIT_END = re.compile(
    r"(?:\b(?:PHOTOS?|PICTURES?|IMAGES?)|\b(?:Photo(?:graph)?s?|Pictures?|Images?|Credit|Image source|Photo credit)(?: by)?)\s*[:©]\s*[^.!?]{2,60}\.?$"
    rf"|[(\[/–|]\s*(?:(?:AP|EPA|AFP|Reuters) (?:Photo|Images?)|(?:[\w.'’ -]{{2,40}}/ ?)?{_AGENCY})(?:/[\w.'’ -]{{2,40}})?\s*[)\]]?\.?$"
    rf"|\bvia {_AGENCY}(?: Images)?\)?\.?$|\(Photo(?:graph)? by [^)]{{2,80}}\)\.?$"
)
_CREDIT_ALONE = re.compile(rf"\W*(?:(?:Photo|Picture|Image)(?:graph)? by |© ?)?(?:[\w.'’ -]{{2,40}} ?[/|] ?)?{_AGENCY}(?: ?/ ?[\w.'’ -]{{2,40}})?\W*")
_CAPTION_LABEL = re.compile(r"(?:image|photo) caption\b|(?:caption|photo|picture|image source|image credit)\s*:\s", re.I)
_WIRE_CAPTION = re.compile(
    r".*(?<!day),\s(?:Jan(?:uary|\.)?|Feb(?:ruary|\.)?|Mar(?:ch|\.)?|Apr(?:il|\.)?|May|June?|July?|Aug(?:ust|\.)?|Sept?(?:ember|\.)?|Oct(?:ober|\.)?|Nov(?:ember|\.)?"
    r"|Dec(?:ember|\.)?) \d{1,2}, \d{4}\.?$"
)
# A caption of a news agency is a noun with participles; a sentence that says something has one of these.
_FINITE = re.compile(
    r"\b(?:is|are|was|were|has|had|have|will|would|could|can|may|did|does|said|says|told|began|became|took|made|went|came|died|born|founded|opened|signed)\b", re.I
)
_CAPTION_WORDS = range(8, 46)
LONGEST = 1_500  # characters; nothing longer is furniture by its form
LONGEST_CAPTION = 60  # words; a longer paragraph that ends with a credit is prose

_QUOTED = re.compile(r"[\"“”„«»]")
_OURS = re.compile(r"\b(?:our|us|we)\b|\bthis (?:article|story|page|newsletter)\b|@\w", re.I)
_CHANNEL = re.compile(
    r"\b(?:newsletters?|(?:e-?mail|news|push|breaking news) alerts?|telegram|whatsapp|youtube|instagram|facebook|twitter|tiktok|linkedin|podcasts?|inbox|premium"
    r"|(?:news|mobile|our|the|free) apps?|app store|google play|notifications?|browsers?|java ?script|ad ?blockers?|(?:free|premium|full) (?:articles?|access|trial)"
    r"|subscriptions?|subscribers?|accounts?|bookmark(?:s|ed)?|comment(?:s|ing)?|forum|conversations?|latest (?:news|stories|updates)|breaking news|daily briefing)\b",
    re.I,
)
_ASKS = re.compile(
    r"\W*(?:(?i:please) )?(?:"
    r"(?i:subscribe|sign[ -]?(?:up|in)|log[ -]?in|join|unblock)\b|(?i:follow) (?:(?i:us|our)\b|@|[A-Z]\w+)"
    r"|(?i:register (?:for|to|now|here|your|free)|(?:start|begin|manage|renew|upgrade) (?:your|a))\b"
    r"|(?i:get (?:our|the|your|unlimited|full|all|more|news|breaking|instant|daily)|download (?:our|the)|(?:click|tap) (?:here|to|on)|enter your)\b"
    r"|(?i:(?:enable|disable|allow|turn (?:on|off)) (?:your |our |the )?(?:push |browser )?(?:notifications?|java ?script|ad ?blockers?|cookies))"
    r"|(?i:become an? (?:member|subscriber|supporter|patron|insider)|(?:like|find|watch|visit|support|contact) (?:us|our))\b"
    r"|(?i:stay (?:up to date|informed|connected|tuned|ahead)|(?:never|don['’]t) miss|already (?:an? (?:subscriber|member)|have an account|registered))\b"
    r"|(?i:thank you for (?:subscribing|signing|reading)|create (?:an|your) (?:free )?account|receive (?:our|the|your)|try (?:our|for))\b"
    r"|(?i:listen to (?:our|the)|share your|have your say|you (?:have|['’]ve) (?:reached|used|read)|to (?:continue|keep) reading)\b"
    r"|(?i:this (?:article|content|story) is (?:for|only|reserved|exclusive)|your browser does not)\b)"
)
_PITCH = re.compile(r"\W*(?:want (?:to|more)|do you (?:want|like|love)|are you a|enjoy(?:ed|ing) (?:this|our)|like what you|love (?:this|our)|not a (?:subscriber|member)|looking for)\b.*\?$", re.I)
_LONE_FOLLOW = re.compile(r"(?:FOLLOW|LIKE|JOIN|SUBSCRIBE TO) [A-Z][A-Z &.'’-]+$|(?:Follow|Like) (?:us )?(?:on )?(?:[A-Z]\w+ ?){1,5}$")
_CONTACT = re.compile(r"(?:\b(?:email|e-mail|contact|write to|call|message|text|reach) (?:us|me|our|the (?:author|reporter|editor))\b|\btips?\b).*(?:\S@\S+\.\w|\+?\d[\d ()-]{7,})", re.I)
_SENTENCE = re.compile(r"(?<=[.!?])\s+")
_LONGEST_INVITATION = 60  # words


def anywhere(unit: Unit) -> str | None:
    """Why a unit is no prose, wherever it stands."""
    bare = unit.bare
    if len(bare) > LONGEST:
        return None
    if _ADVERTISEMENT.fullmatch(bare):
        return ADVERTISEMENT
    if _CONTROL.fullmatch(bare):
        return CONTROL
    if _COMMENTS.fullmatch(bare):
        return COMMENTS
    if unit.is_headline and _ONE_LINK.match(bare):
        return LIST
    if unit.words <= 40 and (_RIGHTS.match(bare)) and not _QUOTED.search(bare):
        return RIGHTS
    if _STAFF.fullmatch(bare):
        return STAFF
    return photo(unit) or _navigation(bare) or (INVITATION if invites(unit, strict=True) else None)


def photo(unit: Unit) -> str | None:
    """Captions and credits stand apart from prose: a caption says what a picture shows, often of another day."""
    if _CREDIT_ALONE.fullmatch(unit.bare) and unit.words <= 10:
        return CREDIT
    if unit.words > LONGEST_CAPTION or unit.bare.startswith(('"', "“")):
        return None
    if _CREDIT_END.search(unit.bare) or _CAPTION_LABEL.match(unit.bare):
        return CAPTION
    dated = unit.words in _CAPTION_WORDS and _WIRE_CAPTION.fullmatch(unit.bare) and len(_SENTENCE.split(unit.bare)) == 1
    return CAPTION if dated and not _FINITE.search(unit.bare) else None


def at_an_edge(unit: Unit) -> str | None:
    """Why a unit before the first or after the last paragraph is no prose. A sentence that would do inside of an article is none."""
    if _LONE_FOLLOW.fullmatch(unit.bare) or invites(unit, strict=False):
        return INVITATION
    if unit.words <= _LONGEST_INVITATION and _COOKIES.search(unit.bare) and not _QUOTED.search(unit.bare):
        return COOKIES
    if unit.words <= _LONGEST_INVITATION and _CONTACT.search(unit.bare) and not _QUOTED.search(unit.bare):
        return CONTACT
    return None


def is_list_label(unit: Unit) -> bool:
    return bool(_LIST_LABEL.fullmatch(unit.bare))


def invites(unit: Unit, strict: bool) -> bool:
    """Whether every sentence asks the reader to use the site. `strict`: and says "our", "us", "this article" in doing so."""
    if unit.words > _LONGEST_INVITATION or _QUOTED.search(unit.bare):
        return False
    sentences = [s for s in _SENTENCE.split(unit.bare) if s]
    asks = [bool(_ASKS.match(s)) and bool(_CHANNEL.search(s)) for s in sentences]
    pitches = [bool(_PITCH.match(s)) for s in sentences]
    named = bool(_OURS.search(unit.bare)) or any(pitches)
    return any(asks) and all(a or p for a, p in zip(asks, pitches, strict=True)) and (named or not strict)


def _navigation(bare: str) -> str | None:
    parts = [p.strip() for p in re.split(r"[|›»·•]| > ", bare)]
    short = len(parts) >= 3 and all(0 < len(p.split()) <= 4 for p in parts)
    return NAVIGATION if short and _NAVIGATED.search(bare) and not re.search(r"[.!?]$", bare) else None
